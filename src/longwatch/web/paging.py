"""Pages of long lists: which one was asked for."""

from __future__ import annotations

from django.http import HttpRequest


def page_of(request: HttpRequest, at_once: int) -> tuple[int, int]:
    """How many rows come before the page that was asked for, and its number from 1 on.

    Inputs:
        at_once: rows on a page.
    """
    try:
        number = max(int(request.GET.get("page", "1")), 1)
    except ValueError:
        number = 1
    return (number - 1) * at_once, number
