"""The page of the commands, from the command line itself."""

from enum import Enum

from markdown import code, table, text
from typer.main import get_command

from longwatch.cli.main import app

_HEAD = """# The commands

`./run VERB …` in the repository does the set-up that is still missing, then runs
`longwatch VERB …`. Its own verbs besides: `test`, `lint`, `bench`, `campaign`, `docs`,
`lock`, `setup`.

Exit status: 0 done; 1 done, but something was held back or is not valid; 2 wrong use. Errors go to
stderr and say what, where, why and how to mend it.

"""


def page() -> str:
    """Every command with its help, arguments and options."""
    return _HEAD + "".join(_sections("longwatch", get_command(app)))


def _sections(name: str, command: object) -> list[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        return [_section(name, command)]
    return [part for word, one in inner.items() for part in _sections(f"{name} {word}", one)]


def _section(name: str, command: object) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    usage = " ".join([name, *(_argument(one) for one in arguments)])
    rows = [[code(_argument(one)), text(one.help or "")] for one in arguments]
    rows += [[_option(one), text(one.help or "")] for one in options if not one.hidden]
    paragraphs = (command.help or "").split("\n\n")
    said = "\n\n".join(text(paragraph) for paragraph in paragraphs)
    example = text(command.epilog or "")
    if example.startswith("Example: "):
        example = f"Example: {code(command.epilog.removeprefix('Example: '))}"
    return f"## {name}\n\n`{usage}`\n\n{said}\n\n{table(['', ''], rows)}{example}\n\n"


def _argument(one: object) -> str:
    word = (one.metavar or one.name.upper()).strip("[]")
    return word if one.required else f"[{word}]"


def _option(one: object) -> str:
    names = ", ".join(code(name) for name in one.opts)
    kind = one.type_descriptor.annotation
    if kind is bool:
        return names
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"{names} {', '.join(code(choice.value) for choice in kind)}"
    return f"{names} {text(one.metavar or one.name.upper())}"
