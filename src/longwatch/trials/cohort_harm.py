"""What befalls a virtual patient, as a clinic writes it down: relapses, harm, what is felt.

Symptoms that the protocol cannot read are written as notes: a protocol reads every symptom, or
somebody must (`watch/unread.py`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from longwatch.mechanism.autoimmunity import CONDITIONS, Thyroid
from longwatch.mechanism.infections import KINDS
from longwatch.mechanism.reactions import SYMPTOMS
from longwatch.trials.cohort_life import Life
from longwatch.trials.cohort_look import Seen
from longwatch.trials.cohort_plan import Asked
from longwatch.trials.cohort_tables import Event
from longwatch.trials.cohort_visits import NEVER, Calendar

Values = dict[str, float]
Whole = NDArray[np.int64]

_THYROID_CODES = {
    Thyroid.GRAVES: "graves-disease",
    Thyroid.FLUCTUATING: "graves-disease",
    Thyroid.HASHIMOTO: "hypothyroidism",
    Thyroid.THYROIDITIS: "thyroiditis",
}
_CODES = {"itp": "immune-thrombocytopenia", "hepatitis": "autoimmune-hepatitis"}
_FELT = {"hepatitis": "jaundice", "hemolytic_anemia": "tiredness"}
"""The symptom that leads to a disease which no draw has shown."""
_INFECTION, _REACTION = "active-infection", "infusion-reaction"
_MILD, _SEVERE, _GRAVE = 1, 3, 4
"""Grades of an event: mild, severe, threatening life."""


class Harm(NamedTuple):
    """What happened (`Life`), what visits showed of it (`Seen`)."""

    life: Life
    seen: Seen


def harm_events(asked: Asked, values: Values, days: Calendar, harm: Harm) -> list[Event]:
    """Events of everything that befalls people."""
    whole = [
        *_relapses(values, days, harm.life),
        *_diseases(values, days, harm),
        *_infections(values, days, harm.life),
        *_reactions(days, harm.life),
        *_feelings(values, days, harm.life),
    ]
    return [_readable(asked, event) for event in whole]


def _readable(asked: Asked, event: Event) -> Event:
    if event.kind != "symptom" or event.code in asked.symptoms:
        return event
    return event._replace(kind="note", text=event.text or event.code)


def _day(first: Whole, since: object) -> Whole:
    """Day numbers of days since the first infusion; `NEVER` for `inf`."""
    found = np.floor(np.minimum(np.asarray(since, np.float64), NEVER)).astype(np.int64)
    return np.where(found >= NEVER, NEVER, first + found)


def _relapses(values: Values, days: Calendar, life: Life) -> list[Event]:
    onset = _day(days.first, life.relapses)
    told = onset + int(values["recovery.fast_days"])
    return [
        Event("relapse", "relapse", onset),
        Event("symptom", "new-ms-symptom", onset + 1, told),
    ]


def _diseases(values: Values, days: Calendar, harm: Harm) -> list[Event]:
    found = []
    day = _day(days.first, harm.seen.found)
    felt = np.asarray(harm.seen.felt)
    kind = np.asarray(harm.life.onsets.thyroid)
    anti_gbm = np.asarray(harm.life.onsets.anti_gbm)
    for row, name in enumerate(CONDITIONS):
        if name == "thyroid":
            found += [
                Event("diagnosis", code, np.where(kind == which, day[row], NEVER))
                for which, code in _THYROID_CODES.items()
            ]
            fast = felt[row] & ((kind == Thyroid.GRAVES) | (kind == Thyroid.FLUCTUATING))
            found.append(_until(values, np.where(fast, day[row], NEVER), "palpitations"))
            slow = felt[row] & (kind == Thyroid.HASHIMOTO)
            found.append(_until(values, np.where(slow, day[row], NEVER), "cold-intolerance"))
            continue
        code = _CODES.get(name, name.replace("_", "-"))
        found.append(Event("diagnosis", code, day[row]))
        if name == "nephropathy":
            rapid, slow = felt[row] & anti_gbm, felt[row] & ~anti_gbm
            found.append(_until(values, np.where(rapid, day[row], NEVER), "blood-in-urine"))
            found.append(_until(values, np.where(slow, day[row], NEVER), "leg-swelling"))
        elif name in _FELT:
            found.append(_until(values, np.where(felt[row], day[row], NEVER), _FELT[name]))
    bleeding = _day(days.first, harm.seen.bleeding)
    itp = day[CONDITIONS.index("itp")]
    found.append(
        Event(
            "symptom",
            "bruising",
            bleeding,
            np.maximum(itp, bleeding) + int(values["infections.symptom_days"]),
        )
    )
    return found


def _until(values: Values, day: Whole, code: str) -> Event:
    """A symptom that somebody tells shortly before the diagnosis, and that is treated then."""
    there = day < NEVER
    soon = int(values["infections.symptom_days"])
    return Event("symptom", code, np.where(there, day - 1, NEVER), day + soon)


def _infections(values: Values, days: Calendar, life: Life) -> list[Event]:
    drawn = life.infections
    people = len(days.first)
    # Most of the numbers that are kept are of infections that never came.
    there = np.flatnonzero(np.isfinite(drawn.any))
    who = there % people
    begin = days.first[who] + np.asarray(drawn.any).reshape(-1)[there].astype(np.int64)
    length = np.ceil(np.asarray(drawn.lasts).reshape(-1)[there]).astype(np.int64)
    end = _over_before_courses(days.starts[:, who], begin, begin + length)
    grade = np.where(np.asarray(drawn.serious).reshape(-1)[there], _SEVERE, _MILD)
    kind = np.asarray(drawn.kind).reshape(-1)[there]
    found = []
    for number, name in enumerate(KINDS):
        of = kind == number
        text = name.replace("_", " ")
        found.append(Event("diagnosis", _INFECTION, begin[of], end[of], grade[of], text, who[of]))
        if name == "urinary_tract":
            found.append(Event("symptom", "burning-urine", begin[of], end[of], who=who[of]))
    hot = np.asarray(drawn.fever).reshape(-1)[there]
    cool = np.minimum(begin + int(values["infections.fever_days"]), end)[hot]
    found.append(Event("symptom", "fever", begin[hot], cool, who=who[hot]))
    herpes = _day(days.first, drawn.herpes)
    over = _over_before_courses(
        days.starts, herpes, herpes + int(values["infections.symptom_days"])
    )
    zoster = np.asarray(drawn.zoster)
    blisters = np.where(zoster, herpes, NEVER)
    found += [
        Event("diagnosis", "herpes-zoster", blisters, over, _MILD),
        Event("symptom", "blister-rash", blisters, over),
        Event("diagnosis", _INFECTION, np.where(zoster, NEVER, herpes), over, _MILD, "herpes"),
    ]
    listeria = _day(days.first, drawn.listeria)
    last = listeria + int(values["infections.listeria_lasts"])
    found.append(Event("diagnosis", _INFECTION, listeria + 1, last, _GRAVE, "listeria"))
    found += [
        Event("symptom", code, listeria, last) for code in ("fever", "headache", "neck-stiffness")
    ]
    return found


def _over_before_courses(starts: Whole, begin: Whole, end: Whole) -> Whole:
    """An infection that began before a course is over by then: no course is begun with one."""
    for start in starts:
        end = np.where((begin < start) & (end >= start), start - 1, end)
    return end


def _reactions(days: Calendar, life: Life) -> list[Event]:
    drawn = life.reactions
    start = days.starts
    day = np.where(start < NEVER, start + np.asarray(drawn.day) - 1, NEVER)
    serious = np.asarray(drawn.serious)
    reacts = np.where(np.asarray(drawn.any), day, NEVER)
    found = [
        Event("note", _REACTION, reacts, reacts + 1, np.where(serious, _SEVERE, _MILD)),
        Event(
            "diagnosis",
            "severe-infusion-reaction",
            np.where(serious, day, NEVER),
            reacts + 1,
            _SEVERE,
        ),
    ]
    symptoms = np.asarray(drawn.symptoms)
    for row, name in enumerate(SYMPTOMS):
        felt = np.where(symptoms[:, row], day, NEVER)
        found.append(Event("symptom", name, felt, felt + 1, _MILD))
    return found


def _feelings(values: Values, days: Calendar, life: Life) -> list[Event]:
    drawn = life.feelings
    begin, there = days.starts, days.starts < NEVER
    uplift = int(values["diary.uplift_days"])
    found = []
    for code, length in (("rash", drawn.rash), ("nausea", drawn.nausea)):
        lasts = np.ceil(np.asarray(length)).astype(np.int64)
        day = np.where(there & (lasts > 0), begin + int(values["diary.first_day"]), NEVER)
        grade = round(values[f"diary.{code}_burden"])
        found.append(Event("symptom", code, day, day + lasts, grade, _DIARY))
    lifted = np.where(there, begin + 1, NEVER)
    gain = round(values["diary.uplift"])
    found.append(Event("note", "steroid-uplift", lifted, begin + uplift, gain, _DIARY))
    lasts = np.ceil(np.asarray(drawn.tired)).astype(np.int64)
    tired = np.where(there & (lasts > 0), begin + uplift, NEVER)
    height = np.asarray(drawn.before) + np.asarray(drawn.fatigue)
    burden = np.round(np.minimum(height, values["diary.most"])).astype(np.int64)
    found.append(Event("symptom", "tiredness", tired, tired + lasts, burden, _DIARY))
    return found


_DIARY = "diary, burden of 10"
