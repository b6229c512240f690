"""Every address of the table `PAGES`, with keys of the sample clinic, and the demo user who may."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

import tests.django_once  # noqa: F401 (before anything of the store)
from django.urls import URLPattern, URLResolver, get_resolver

from longwatch.web.demo import DEMO_USERS
from longwatch.web.granted import NOT_FOR_CARERS, PAGES, Page

_OF_ACCOUNTS = (
    *("account_login", "account_reset_password", "account_change_password", "account_email"),
    *("account_logout", "mfa_index", "usersessions_list"),
)
"""Pages of allauth that a person comes to every now and then."""


_FOR_SYSTEMS = ("fhir-", "cds-", "api-")
_FOR_STRANGERS = ("account_login", "account_reset_password")


@dataclass(frozen=True)
class Stop:
    """One page to look at."""

    name: str
    route: str
    page: Page

    @property
    def users(self) -> list[str | None]:
        """The demo users who may open it, one for each role; None: a stranger."""
        if self.page.anybody:
            return [None]
        if self.page.signed_in:
            return ["priya"] if "draft" in self.parts else ["priya", "ida"]
        by_role = {one.roles[0]: one.name for one in reversed(DEMO_USERS) if one.roles}
        found = [by_role[role] for role in sorted(self.page.roles, key=_rank) if role in by_role]
        carers = [] if self.name in NOT_FOR_CARERS else ["karl"]
        return found + (["ida", *carers] if self.page.own else [])

    @property
    def parts(self) -> list[str]:
        """The names of what has to be put in."""
        return re.findall(r"<(?:\w+:)?(\w+)>", self.route)

    def key_names(self, known: Container[str]) -> list[str]:
        """What each part is called in `KEYS`."""
        named = [f"{self.name}.{part}" for part in self.parts]
        return [a if a in known else b for a, b in zip(named, self.parts, strict=True)]

    def address(self, keys: Mapping[str, object]) -> str:
        """The address with its keys."""
        values = iter(self.key_names(keys))
        return "/" + re.sub(r"<[^>]+>", lambda _: str(keys[next(values)]), self.route)


def _rank(role: str) -> int:
    from longwatch.web.granted import ROLES

    return ROLES.index(role)


def stops() -> list[Stop]:
    """Every page of the table that has an address, and some of the accounts' own."""
    found = []
    for name, route in _routes(get_resolver().url_patterns, ""):
        if name in PAGES and not PAGES[name].systems and not name.startswith(_FOR_SYSTEMS):
            found.append(Stop(name, route, PAGES[name]))
        elif name in _OF_ACCOUNTS:
            found.append(Stop(name, route, Page(anybody=name in _FOR_STRANGERS, signed_in=True)))
    return found


def _routes(patterns: object, before: str) -> Iterator[tuple[str, str]]:
    for one in patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _routes(one.url_patterns, route)
        elif isinstance(one, URLPattern) and one.name:
            yield one.name, route
