"""What persons teach of one laboratory: a code that means a test, a spelling that means a unit.

One person teaches, another confirms; it counts from then on, for that laboratory alone (and a unit
for that test alone), until somebody withdraws it.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from longwatch.core.catalogue import catalogue
from longwatch.core.errors import Problem, UsageError
from longwatch.store.arrivals import Reception
from longwatch.store.arrived import Arrived, Then
from longwatch.store.audit import record_audit
from longwatch.store.held_desk import try_again
from longwatch.store.models import LearnedAlias
from longwatch.store.roles import DESK, acting, needs_reason


def teach_code(laboratory: str, said: str, test: str, *, by: str, reason: str, at: datetime) -> int:
    """A person says which test a laboratory's own code means; another must confirm it.

    Inputs:
        laboratory: as results name it, `APPLICATION/FACILITY`.
        said: its code, as sent.
        test: id in the catalogue.
        by, reason: user name, and how it is known.
        at: now, with a time zone.

    Returns:
        The number to confirm or withdraw it by.

    Raises:
        UsageError: there is no such test, the code is a LOINC code of another, or it was taught.
    """
    if test not in catalogue().tests:
        how = "give an id of the catalogue, as platelets"
        raise UsageError(Problem(f"no test is called {test!r}", how=how))
    meant = catalogue().by_loinc(said)
    if meant is not None and meant.id != test:
        why = f"{said} is the LOINC code of {meant.id} everywhere"
        raise UsageError(Problem("this code means something else", why=why, how="look again"))
    kind = LearnedAlias.Kind.CODE
    with transaction.atomic():
        same = LearnedAlias.objects.filter(kind=kind, laboratory=laboratory, said=said.strip())
        _refuse_twice(same.filter(withdrawn_at=None).first())
        user = acting(by, DESK, at)
        return _teach(kind, laboratory, said, test, test, user, reason, at)


def teach_unit(
    laboratory: str, test: str, said: str, unit: str, *, by: str, reason: str, at: datetime
) -> int:
    """A person says which unit a laboratory's spelling means for a test; another must confirm it.

    Inputs:
        unit: one of the spellings that the catalogue accepts for the test.
        the others: as in `teach_code`; `said` is the unit as sent.

    Raises:
        UsageError: the spelling is known to mean something, or the unit is none of this test.
    """
    found = catalogue().tests.get(test)
    if found is None:
        how = "give an id of the catalogue, as platelets"
        raise UsageError(Problem(f"no test is called {test!r}", how=how))
    spelling = said.strip()
    if not spelling:
        why = "a number without a unit can mean anything, and no unit is ever assumed"
        raise UsageError(Problem("no unit was sent", why=why, how="correct the result instead"))
    if unit not in found.units:
        how = f"give one of: {', '.join(sorted(found.units))}"
        raise UsageError(Problem(f"{unit!r} is no unit of {test}", how=how))
    known = [one.id for one in catalogue().tests.values() if spelling in one.units]
    if known:
        why = f"{spelling!r} is a unit of {', '.join(sorted(known)[:3])}, and means what it says"
        how = "correct this result instead, and ask the laboratory"
        raise UsageError(Problem("this unit is known to mean something", why=why, how=how))
    kind = LearnedAlias.Kind.UNIT
    with transaction.atomic():
        same = LearnedAlias.objects.filter(kind=kind, laboratory=laboratory, said=spelling)
        _refuse_twice(same.filter(test=test, withdrawn_at=None).first())
        user = acting(by, DESK, at)
        return _teach(kind, laboratory, spelling, test, unit, user, reason, at)


def confirm_alias(
    number: int, *, by: str, at: datetime, reception: Reception, and_then: Then | None = None
) -> Arrived:
    """A second person signs; what waited for it is tried again in the same transaction.

    Raises:
        UsageError: the same person taught it, or it is not pending.
    """
    with transaction.atomic():
        user = acting(by, DESK, at)
        alias = _alias(number)
        if alias.confirmed_at is not None:
            raise UsageError(Problem(f"{number} is confirmed already", how="nothing is to do"))
        if alias.author_id == user.pk:
            raise UsageError(
                Problem(
                    "whoever taught it cannot confirm it",
                    why="a code or unit read wrongly is wrong in every result: two people look",
                    how="ask a colleague of the desk",
                )
            )
        alias.confirmed_by, alias.confirmed_at = user, at
        alias.save(update_fields=["confirmed_by", "confirmed_at"])
        _note("confirmed what was taught", alias, by, at, "")
        return try_again(by=by, at=at, reception=reception, and_then=and_then)


def withdraw_alias(number: int, *, by: str, reason: str, at: datetime) -> None:
    """It counts no longer. Results filed by it stay, and say in their note that they were.

    Raises:
        UsageError: there is no such alias in force or pending.
    """
    with transaction.atomic():
        acting(by, DESK, at)
        why = needs_reason(reason)
        alias = _alias(number)
        alias.withdrawn_at = at
        alias.save(update_fields=["withdrawn_at"])
        _note("withdrew what was taught", alias, by, at, why)


def _teach(
    kind: LearnedAlias.Kind,
    laboratory: str,
    said: str,
    test: str,
    meaning: str,
    user: User,
    reason: str,
    at: datetime,
) -> int:
    if not laboratory.strip() or not said.strip():
        raise UsageError(Problem("laboratory or code is empty", how="give both, as they were sent"))
    alias = LearnedAlias.objects.create(
        kind=kind,
        laboratory=laboratory.strip(),
        said=said.strip(),
        test=test,
        meaning=meaning,
        reason=needs_reason(reason),
        author=user,
        filed_at=at,
    )
    _note("taught", alias, user.get_username(), at, alias.reason)
    return alias.pk


def _alias(number: int) -> LearnedAlias:
    rows = LearnedAlias.objects.select_for_update(of=("self",), no_key=True)
    alias = rows.filter(pk=number, withdrawn_at=None).first()
    if alias is None:
        how = "see the list: longwatch desk taught"
        raise UsageError(Problem(f"nothing taught has the number {number}", how=how))
    return alias


def _refuse_twice(alias: LearnedAlias | None) -> None:
    if alias is not None:
        why = f"number {alias.pk} says that it means {alias.meaning}"
        how = "withdraw that first, if it is wrong"
        raise UsageError(Problem("this was taught already", why=why, how=how))


def _note(action: str, alias: LearnedAlias, by: str, at: datetime, reason: str) -> None:
    detail = {name: getattr(alias, name) for name in ("laboratory", "kind", "said", "test")}
    record_audit(
        action,
        actor=by,
        at=at,
        kind="alias",
        target=str(alias.pk),
        detail={**detail, "meaning": alias.meaning, "reason": reason},
    )
