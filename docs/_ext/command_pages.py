"""The page of the commands, from the command line itself."""

import importlib.util

from markdown import code, table, text


def page() -> str:
    """Every command with its help, arguments and options."""
    head = "# The commands\n\n`./run VERB …` in the repository does the set-up that is still missing, then runs "
    head += "`longwatch VERB …`.\n\n"
    if importlib.util.find_spec("longwatch.cli.main") is None:
        return head
    return head
