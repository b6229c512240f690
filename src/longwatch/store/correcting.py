"""What a person corrects in a held fact: the original stays in the held item and in the note."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from longwatch.core.errors import Problem, UsageError
from longwatch.exchange.intake import IdentityFact, PatientFact, Person, ResultFact
from longwatch.exchange.matching import OWN_PATIENT
from longwatch.exchange.payload import Fact


@dataclass(frozen=True, slots=True)
class Correction:
    """What the sender got wrong, as a person knows it from the report; None: as it was sent.

    Inputs:
        patient: reference of the patient whose it is.
        unit: the unit of the number.
        day: day of the specimen, or of the event.
    """

    patient: str | None = None
    unit: str | None = None
    day: date | None = None


def corrected(fact: Fact, correction: Correction) -> Fact:
    """The fact as it should have been sent.

    Raises:
        UsageError: the fact has nothing that could be corrected in this way.
    """
    if correction == Correction():
        return fact
    if isinstance(fact, PatientFact | IdentityFact):
        raise _unfit("a person's numbers and names are not corrected here", "file it as it is")
    changes: list[str] = []
    if correction.unit is not None:
        if not isinstance(fact, ResultFact):
            raise _unfit("only a result has a unit", "leave the unit out")
        changes.append(f"unit {fact.unit or ''!r} to {correction.unit!r}")
        fact = replace(fact, unit=correction.unit)
    if correction.day is not None:
        changes.append(f"date {fact.date} to {correction.day}")
        fact = replace(fact, date=correction.day)
    if correction.patient is not None:
        changes.append(f"filed to {correction.patient} by a person")
        fact = replace(fact, who=Person(((OWN_PATIENT, correction.patient),)))
    if isinstance(fact, ResultFact):
        said = f"corrected at the desk: {', '.join(changes)}"
        fact = replace(fact, note="\n".join(filter(None, (fact.note, said))))
    return fact


def _unfit(why: str, how: str) -> UsageError:
    return UsageError(Problem("this cannot be corrected", why=why, how=how))
