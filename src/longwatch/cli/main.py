"""The command `longwatch`: every command by its name, every failure turned into words."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from typing import Annotated

import typer

from longwatch import __version__
from longwatch.cli import commands
from longwatch.cli.failures import DONE, INTERRUPTED, translate
from longwatch.cli.grouped_help import Grouped

_EXAMPLES = "Start with: longwatch demo"

app = typer.Typer(
    name="longwatch",
    cls=Grouped,
    rich_markup_mode=None,
    help=(
        "The long safety watch after alemtuzumab: who is due, overdue or abnormal, why, and how "
        "fast somebody must act. Decision support for trained staff; the clinician decides."
    ),
    epilog=_EXAMPLES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
protocol = typer.Typer(
    cls=Grouped,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Protocols: list, read, check, compare.",
)
audit = typer.Typer(
    cls=Grouped,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="The audit log: is it whole, and what does it tell of one person.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"longwatch {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


commands.register(app, protocol, audit)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Inputs:
        arguments: the words after `longwatch`; those of the process when missing.

    Returns:
        The exit status: 0 done, 1 something held back or invalid, 2 wrong use.
    """
    _use_utf8()
    if arguments is None:
        _start_light()
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = app(words, prog_name="longwatch", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (`| head`) has seen enough.
        _print_no_more()
        return DONE
    except SystemExit as done:
        # A reader that has seen enough (`| head`) makes rich and typer leave in this way.
        if isinstance(done.__context__, BrokenPipeError):
            return DONE
        return done.code if isinstance(done.code, int) else DONE
    except BaseException as error:
        status = translate(error)
        try:
            sys.stdout.flush()
        except (OSError, ValueError):
            # A full disk: Python would try once more at exit, complain, and change the status.
            _print_no_more()
        return status
    if status == INTERRUPTED:  # typer has caught the interrupt by itself
        return translate(KeyboardInterrupt())
    return status if isinstance(status, int) else DONE


def _print_no_more() -> None:
    """Whatever else is flushed at exit goes nowhere."""
    with suppress(OSError, ValueError, io.UnsupportedOperation):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _start_light() -> None:
    """What a short-lived process can do without; not done where others share the interpreter."""
    sys.meta_path.insert(0, _WithoutPandas())
    gc.set_threshold(100_000, 50, 100)


class _WithoutPandas(MetaPathFinder):
    """Finds no pandas.

    Where it is installed, pyarrow imports it at the first array it makes: two seconds for nothing,
    because no command uses it.
    """

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("commands do not use pandas", name=name)


def _use_utf8() -> None:
    """Signs that the terminal cannot show become question marks instead of a crash."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
