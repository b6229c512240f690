"""What happens to a virtual patient besides tests: relapses, diseases, symptoms, forms."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from longwatch.mechanism.autoimmunity import CONDITIONS, Thyroid
from longwatch.trials.cohort_plan import Asked, Happening
from longwatch.trials.cohort_tables import Event
from longwatch.trials.cohort_visits import months_later, weekday_near

Values = dict[str, float]
Floats = NDArray[np.float64]

_THYROID_CODES = {
    Thyroid.GRAVES: "graves-disease",
    Thyroid.FLUCTUATING: "graves-disease",
    Thyroid.HASHIMOTO: "hypothyroidism",
    Thyroid.THYROIDITIS: "thyroiditis",
}
_TOLD = {"itp": "immune-thrombocytopenia", "hepatitis": "autoimmune-hepatitis"}
_BLOOD = ("hemolytic_anemia", "pancytopenia")
_ANTIVIRAL_MONTHS = 2


class Facts(NamedTuple):
    """What happened to the people of one chunk; days `[n]` or `[K, n]` since the first infusion.

    first, end: day numbers of the first infusion and of the watch's end, `[n]`.
    forms: bool[F, K, n], which item of each examination was done.
    relapses: `[K, n]`. onsets: `[12, n]` by `CONDITIONS`. thyroid: kinds.
    released: `[C, n]`, when the waiting test let each course's antiviral end.
    """

    first: NDArray[np.int64]
    end: NDArray[np.int64]
    female: NDArray[np.bool_]
    forms: NDArray[np.bool_]
    relapses: Floats
    onsets: Floats
    thyroid: NDArray[np.int32]
    anti_gbm: NDArray[np.bool_]
    treated: Floats
    bleeding: Floats
    released: Floats


def events_of(asked: Asked, values: Values, facts: Facts) -> list[Event]:
    """All events of a chunk, each a column of day numbers."""
    return [
        *_before(asked, facts),
        *_forms(asked, facts),
        *_antiviral(asked, facts),
        *(Event("relapse", "", facts.first + np.floor(day)) for day in facts.relapses),
        *_diseases(values, facts),
    ]


def _for(happening: Happening, female: NDArray[np.bool_]) -> NDArray[np.bool_]:
    if not happening.sexes:
        return np.ones_like(female)
    return np.where(female, "female" in happening.sexes, "male" in happening.sexes)


def _before(asked: Asked, facts: Facts) -> list[Event]:
    found = []
    for number, course in enumerate(asked.courses, 1):
        for part in asked.before:
            if part.courses and number not in part.courses:
                continue
            day = facts.first + course.day - part.days
            concerned = _for(part, facts.female)
            found.append(Event(part.kind, part.code, np.where(concerned, day, np.inf)))
    return found


def _forms(asked: Asked, facts: Facts) -> list[Event]:
    found = []
    for series, part in enumerate(asked.forms):
        concerned = _for(part, facts.female)
        for item, done in enumerate(facts.forms[series], 1):
            due = months_later(facts.first, item * part.every_months)
            held = done & concerned & (due <= facts.end)
            if held.any():
                found.append(Event(part.kind, part.code, np.where(held, weekday_near(due), np.inf)))
    return found


def _antiviral(asked: Asked, facts: Facts) -> list[Event]:
    if not asked.antiviral:
        return []
    found = []
    for number, course in enumerate(asked.courses):
        start = facts.first + int(course.day)
        least = months_later(start + int(course.doses) - 1, _ANTIVIRAL_MONTHS)
        end = np.maximum(least, facts.first + facts.released[number])
        found.append(Event("medication", asked.antiviral, start.astype(float), end))
    return found


def _diseases(values: Values, facts: Facts) -> list[Event]:
    found = []
    for row, name in enumerate(CONDITIONS):
        onset = facts.first + facts.onsets[row]
        if name == "thyroid":
            day = onset + values["tissue.thyroid_treated_after"]
            for kind, code in _THYROID_CODES.items():
                mine = np.where(facts.thyroid == kind, day, np.inf)
                found.append(Event("diagnosis", code, mine))
            continue
        day = onset + _until_diagnosis(values, name)
        if name == "itp":
            day = facts.first + facts.treated
        found.append(Event("diagnosis", _TOLD.get(name, name.replace("_", "-")), day))
        if name == "nephropathy":
            visible = onset + values["tissue.hematuria_lead_high"]
            seen = np.where(facts.anti_gbm, visible, np.inf)
            found.append(Event("symptom", "blood-in-urine", seen))
    found.append(Event("symptom", "bruising", facts.first + facts.bleeding))
    return found


def _until_diagnosis(values: Values, name: str) -> float:
    if name in _BLOOD:
        name = "blood"
    known = values.get(f"tissue.{name}_treated_after")
    return values["tissue.other_told_after"] if known is None else known
