"""Every address of the table `PAGES`, with keys of the sample clinic, and the demo user who may."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import tests.django_once  # noqa: F401 (before anything of the store)
from django.urls import URLPattern, URLResolver, get_resolver

from longwatch.web.demo import DEMO_USERS, OWN_PAGE
from longwatch.web.granted import PAGES, Page

_OF_ACCOUNTS = (
    *("account_login", "account_reset_password", "account_change_password", "account_email"),
    *("account_logout", "mfa_index", "usersessions_list"),
)
"""Pages of allauth that a person comes to every now and then."""


def _patient() -> int:
    from longwatch.store.models import Patient

    return Patient.objects.get(reference=OWN_PAGE).pk


def _alert() -> int:
    from longwatch.store.models import Alert

    return Alert.objects.filter(patient=_patient()).earliest("pk").pk


def _draft() -> int:
    """Something that Priya typed too late."""
    from datetime import timedelta

    from django.contrib.auth import get_user_model

    from longwatch.store.models import Draft
    from longwatch.web.clock import now

    priya = get_user_model().objects.get(username="priya")
    end = now() + timedelta(days=999)
    draft = Draft.objects.create(user=priya, path="/", sealed=b"", at=now(), expires_at=end)
    return draft.pk


KEYS: dict[str, Callable[[], object]] = {"patient": _patient, "alert": _alert, "draft": _draft}
"""What stands in an address for a part with this name, read from the sample clinic."""


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
        return found + (["ida", "karl"] if self.page.own else [])

    @property
    def parts(self) -> list[str]:
        """The names of what has to be put in."""
        return re.findall(r"<(?:\w+:)?(\w+)>", self.route)

    def address(self, keys: dict[str, object]) -> str:
        """The address with its keys."""
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(keys[part.group(1)]), self.route)


def _rank(role: str) -> int:
    from longwatch.web.granted import ROLES

    return ROLES.index(role)


def stops() -> list[Stop]:
    """Every page of the table that has an address, and some of the accounts' own."""
    found = []
    for name, route in _routes(get_resolver().url_patterns, ""):
        if name in PAGES:
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
