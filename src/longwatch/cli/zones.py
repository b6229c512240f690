"""The clinic's time zone as it is named on the command line; that of this machine otherwise."""

from __future__ import annotations

import os
from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from longwatch.core.errors import Problem, UsageError


def find_zone(name: str | None) -> tzinfo:
    """The clinic's time zone; that of this machine where none is named.

    Raises:
        UsageError: there is no such zone, or this machine does not say which is its own.

    >>> find_zone("Europe/Berlin").key
    'Europe/Berlin'
    """
    if name is None:
        _, _, name = os.path.realpath("/etc/localtime").partition("zoneinfo/")
        name = os.environ.get("TZ") or name
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        how = "give --zone Europe/Berlin"
        raise UsageError(Problem(f"no time zone is called {name!r}", how=how)) from None
