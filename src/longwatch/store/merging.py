"""Two references that are one person: joined, read as one, and separated again.

Nothing filed is moved: results stay under the reference to which their number led, and go on being
filed there. Only reading joins them, so that separating gives back exactly what each had.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from longwatch.core.errors import Problem, UsageError
from longwatch.store.arrived import Arrived, Then
from longwatch.store.audit import record_audit
from longwatch.store.models import Message, Patient, PatientLink
from longwatch.store.roles import DESK, acting, needs_reason


def merge(
    patient: str, into: str, *, by: str, reason: str, at: datetime, and_then: Then | None = None
) -> None:
    """A person says that two references are one human being.

    Inputs:
        patient: the reference that is read under the other from now on.
        into: the one that stays.
        by, reason: user name, and why.
        at: now, with a time zone.
        and_then: what else belongs into the same transaction, as alerts do.

    Raises:
        UsageError: nobody is meant, the role does not allow it, or it would make a chain or circle.
    """
    with transaction.atomic():
        acting(by, DESK, at)
        join(patient, into, author=by, reason=needs_reason(reason), at=at)
        if and_then is not None:
            and_then(Arrived(None, Message.State.FILED, frozenset({into})))


def unmerge(
    patient: str, *, by: str, reason: str, at: datetime, and_then: Then | None = None
) -> str:
    """A person says that a reference is somebody else after all; both read as if never joined.

    Returns:
        The reference under which it was read until now.

    Raises:
        UsageError: it is not joined, or the role does not allow it.
    """
    with transaction.atomic():
        acting(by, DESK, at)
        into = separate(patient, author=by, reason=needs_reason(reason), at=at)
        if and_then is not None:
            and_then(Arrived(None, Message.State.FILED, frozenset({patient, into})))
    return into


def join(
    patient: str, into: str, *, author: str, reason: str, at: datetime, message: int | None = None
) -> None:
    """Writes that `patient` is `into`, with its audit entry, in the caller's transaction.

    Raises:
        UsageError: see `refusal`.
    """
    people = _locked(patient, into)
    if why := refusal(people[patient], people[into]):
        raise UsageError(Problem(f"{patient} cannot be joined into {into}", why=why[0], how=why[1]))
    _step(people[patient], people[into], "joined", author, reason, at, message)
    Patient.objects.filter(pk=people[patient].pk).update(joined_into=people[into])


def separate(
    patient: str, *, author: str, reason: str, at: datetime, message: int | None = None
) -> str:
    """Writes that `patient` is a person of their own again, in the caller's transaction.

    Returns:
        The reference it was joined into.

    Raises:
        UsageError: it is not joined.
    """
    one = _locked(patient)[patient]
    into = one.joined_into
    if into is None:
        raise UsageError(Problem(f"{patient} is not joined into anybody", how="nothing is to do"))
    _step(one, into, "separated", author, reason, at, message)
    Patient.objects.filter(pk=one.pk).update(joined_into=None)
    return into.reference


def refusal(patient: Patient, into: Patient) -> tuple[str, str] | None:
    """Why these two cannot be joined and how to mend it; None when they can.

    Chains are refused, so that every separation gives back exactly two people.
    """
    if patient.pk == into.pk:
        return "they are the same reference", "nothing is to do"
    if patient.joined_into_id == into.pk:
        return "they are joined already", "nothing is to do"
    if into.joined_into_id == patient.pk:
        return "they are joined the other way round", "separate them first"
    if into.joined_into is not None:
        other = into.joined_into.reference
        return f"{into.reference} is itself read under {other}", f"join into {other}"
    if patient.joined_into is not None:
        other = patient.joined_into.reference
        return f"{patient.reference} is read under {other}", "separate them first"
    if other := ", ".join(patient.joined.order_by("id").values_list("reference", flat=True)):
        return f"{other} is read under {patient.reference}", f"separate {other} first"
    return None


def separated_before(patient: str, into: str) -> bool:
    """Whether these two were once separated: then only a person joins them again."""
    pair = {"patient__reference": patient, "into__reference": into}
    return PatientLink.objects.filter(kind=PatientLink.Kind.SEPARATED, **pair).exists()


def joins(as_of: datetime | None = None) -> dict[int, int]:
    """Keys of those read under another, with the key of that other; now, or as it was then."""
    if as_of is None:
        found = Patient.objects.exclude(joined_into=None)
        return dict(found.values_list("id", "joined_into_id"))
    then: dict[int, int] = {}
    steps = PatientLink.objects.filter(filed_at__lte=as_of).order_by("id")
    for key, kind, into in steps.values_list("patient_id", "kind", "into_id"):
        if kind == PatientLink.Kind.JOINED:
            then[key] = into
        else:
            then.pop(key, None)
    return then


def read_under() -> dict[str, str]:
    """Of everybody who was joined: their reference, and the one under which they are read."""
    found = Patient.objects.exclude(joined_into=None)
    return dict(found.values_list("reference", "joined_into__reference"))


def with_those_under(people: Iterable[int]) -> QuerySet[Patient]:
    """These people and everybody who is read under one of them, to be named in a query by key.

    A condition on the person's row beside one on the key would make the database go through every
    row of what is asked for.
    """
    keys = list(people)
    return Patient.objects.filter(Q(pk__in=keys) | Q(joined_into__in=keys))


def same_person(patient: Patient) -> list[int]:
    """The keys of all references that are this human being, its own first."""
    into = patient.joined_into_id or patient.pk
    found = Patient.objects.filter(Q(pk=into) | Q(joined_into=into)).order_by("pk")
    others = found.exclude(pk=patient.pk).values_list("pk", flat=True)
    return [patient.pk, *others]


def surviving(references: frozenset[str] | set[str]) -> frozenset[str]:
    """The references under which these patients are read."""
    found = Patient.objects.filter(reference__in=references).exclude(joined_into=None)
    moved = dict(found.values_list("reference", "joined_into__reference"))
    return frozenset(moved.get(reference, reference) for reference in references)


def _locked(*references: str) -> dict[str, Patient]:
    rows = Patient.objects.filter(reference__in=references).order_by("id")
    found = {one.reference: one for one in rows.select_for_update(of=("self",), no_key=True)}
    if missing := [name for name in references if name not in found]:
        raise UsageError(
            Problem(f"no patient is called {missing[0]!r}", how="give the reference of a patient")
        )
    return found


def _step(
    patient: Patient,
    into: Patient,
    kind: str,
    author: str,
    reason: str,
    at: datetime,
    message: int | None,
) -> None:
    PatientLink.objects.create(
        patient=patient,
        into=into,
        number=PatientLink.objects.filter(patient=patient).count() + 1,
        kind=kind,
        message_id=message,
        author=author,
        reason=reason,
        filed_at=at,
    )
    record_audit(
        f"{kind} patients",
        actor=author,
        at=at,
        kind="patient",
        target=patient.reference,
        patient=into.reference,
        detail={"patient": patient.reference, "into": into.reference, "reason": reason},
    )
