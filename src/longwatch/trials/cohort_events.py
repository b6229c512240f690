"""What happens to a virtual patient besides tests: what the clinic plans and does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from longwatch.mechanism.adherence import Vaccines
from longwatch.trials.cohort_harm import Harm, harm_events
from longwatch.trials.cohort_plan import Asked, Happening
from longwatch.trials.cohort_tables import Event
from longwatch.trials.cohort_visits import (
    NEVER,
    Calendar,
    months_later,
    weekday_near,
    year_begins,
)

Values = dict[str, float]
Floats = NDArray[np.float64]

VARICELLA_VACCINE, INFLUENZA_VACCINE = "varicella-vaccine", "influenza-vaccine"
_ANTIVIRAL_MONTHS = 2


class Plans(NamedTuple):
    """What the clinic plans and does for the people of one chunk.

    forms: bool[F, K, n], which item of each examination was done.
    released: i64[C, n], day on which the waiting test let each course's antiviral end; -1 for not.
    vaccines: None where the clinic gives none. antiviral: is it given? months: of the watch.
    """

    female: NDArray[np.bool_]
    forms: NDArray[np.bool_]
    released: NDArray[np.int64]
    vaccines: Vaccines | None
    antiviral: bool
    months: int


def events_of(
    asked: Asked, values: Values, days: Calendar, plans: Plans, harm: Harm
) -> list[Event]:
    """All events of a chunk."""
    return [
        *_before(asked, days, plans.female),
        *_forms(asked, days, plans),
        *(_antiviral(asked, days, plans.released) if plans.antiviral and asked.antiviral else []),
        *(_vaccinations(asked, values, days, plans.vaccines) if plans.vaccines else []),
        *harm_events(asked, values, days, harm),
    ]


def _for(happening: Happening, female: NDArray[np.bool_]) -> NDArray[np.bool_]:
    if not happening.sexes:
        return np.ones_like(female)
    return np.where(female, "female" in happening.sexes, "male" in happening.sexes)


def _before(asked: Asked, days: Calendar, female: NDArray[np.bool_]) -> list[Event]:
    found = []
    for number, start in enumerate(days.starts, 1):
        for part in asked.before:
            if part.courses and number not in part.courses:
                continue
            there = _for(part, female) & (start < NEVER)
            found.append(Event(part.kind, part.code, np.where(there, start - part.days, NEVER)))
    return found


def _forms(asked: Asked, days: Calendar, plans: Plans) -> list[Event]:
    found = []
    for series, part in enumerate(asked.forms):
        concerned = _for(part, plans.female)
        # What is due after the last visit is not known.
        number = min(plans.forms.shape[1], plans.months // part.every_months)
        items = np.arange(1, number + 1)[:, None] * part.every_months
        due = months_later(days.first, items)
        held = plans.forms[series, :number] & concerned & (due <= days.end)
        found.append(Event(part.kind, part.code, np.where(held, weekday_near(due), NEVER)))
    return found


def _antiviral(asked: Asked, days: Calendar, released: NDArray[np.int64]) -> list[Event]:
    found = []
    for start, doses, free in zip(days.starts, days.doses, released, strict=True):
        least = months_later(np.minimum(start, NEVER) + int(doses) - 1, _ANTIVIRAL_MONTHS)
        end = np.where(free < 0, NEVER, np.maximum(least, free))
        found.append(Event("medication", asked.antiviral, start, end))
    return found


def _vaccinations(asked: Asked, values: Values, days: Calendar, vaccines: Vaccines) -> list[Event]:
    """Against varicella when everything else is complete; against influenza every autumn.

    Nobody is vaccinated shortly before a course or between its infusions.
    """
    apart = int(values["adherence.vaccine_apart"])
    early = days.first - max(
        (part.days for part in asked.before if part.days > apart), default=apart + 1
    )
    varicella = np.where(np.asarray(vaccines.varicella), early, NEVER)
    number = np.arange(len(vaccines.influenza))[:, None]
    day = weekday_near(year_begins(days.first, number) + np.asarray(vaccines.day).astype(np.int64))
    clear = np.asarray(vaccines.influenza).copy()
    for start in days.starts:
        clear &= (day < start - apart) | (day > start + apart)
    return [
        Event("vaccination", VARICELLA_VACCINE, varicella),
        Event("vaccination", INFLUENZA_VACCINE, np.where(clear, day, NEVER)),
    ]
