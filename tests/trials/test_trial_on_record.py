"""What a trial counts of its people is what `endpoints` counts in their Record."""

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from longwatch.endpoints import Rule, disability_events, from_record, time_to
from longwatch.mechanism.parameters import Parameters
from longwatch.protocols.load import load_protocol
from longwatch.trials.cohort import CohortPlan, virtual_cohort
from longwatch.trials.cohort_engine import Care
from longwatch.trials.confirmed import confirmed_worsening
from longwatch.trials.design import load_design
from longwatch.trials.survival import kaplan_meier_at_visits
from longwatch.trials.trial import limits_of

pytestmark = pytest.mark.usefixtures("compiled_cohort")
HALF_A_YEAR = 168
"""Days after which the definition lets a visit confirm."""
KEPT = Parameters.load().with_values(
    {
        "adherence.first": 0.999,
        "adherence.decline": 0.0,
        "adherence.concentration": 100.0,
        "adherence.late_share": 0.0,
    }
)
"""Nobody misses a visit: a trial's arrays have no holes."""
ONCE = 1
"""Examinations lie half a year apart: the next one confirms."""


VISITS = 10
"""The last of eleven examinations may come after the last day."""


@pytest.fixture(scope="module")
def cohort():
    """Frames of a cohort's Record, with the visits of those who came every half year."""
    care = Care(further=False, leaving=False)
    plan = CohortPlan(load_protocol("alemtuzumab-us"), 400, seed=4, parameters=KEPT, care=care)
    found = from_record(virtual_cohort(plan).record, date(2026, 1, 1))
    of_person = {}
    for row in found.visits.sort_by([("id", "ascending"), ("date", "ascending")]).to_pylist():
        of_person.setdefault(row["id"], []).append(row)
    kept = []
    for rows in of_person.values():
        days = np.array([row["date"] for row in rows[:VISITS]], "datetime64[D]")
        if len(days) == VISITS and np.all(np.diff(days[1:]).astype(int) >= HALF_A_YEAR):
            kept += rows[:VISITS]
    return replace(found, visits=pa.Table.from_pylist(kept))


@pytest.fixture(scope="module")
def counted(cohort):
    """By the trial's arrays: number of the visit of worsening, and of the last visit."""
    scores = cohort.visits["value"].to_numpy().astype(np.float32).reshape(-1, VISITS).T
    limits = limits_of(load_design("care-ms-2"))
    return [np.asarray(part) for part in confirmed_worsening(scores, None, limits, ONCE)]


@pytest.fixture(scope="module")
def events(cohort):
    return disability_events(cohort.visits, cohort.relapses, Rule.preset("care-ms"))


def test_the_visit_of_confirmed_worsening_is_the_same(cohort, counted, events):
    days = np.array(cohort.visits["date"].to_pylist()).reshape(-1, VISITS)
    who = cohort.visits["id"].to_pylist()[::VISITS]
    first = {row["id"]: row["day"] for row in reversed(events.to_pylist()) if row["kind"] == "CDW"}
    told = [
        list(mine).index(first[one]) if one in first else 0
        for one, mine in zip(who, days, strict=True)
    ]

    assert len(who) >= 200
    assert sum(visit > 0 for visit in told) >= 10
    assert counted[0].tolist() == told


def test_the_share_with_confirmed_worsening_is_the_same(cohort, counted, events):
    is_kept = pc.is_in(cohort.subjects["id"], pc.unique(cohort.visits["id"]))
    times = time_to(events, cohort.subjects.filter(is_kept), visits=cohort.visits)
    number, last = (part[None] for part in counted)

    share = kaplan_meier_at_visits(number, last, VISITS - 1)
    assert times["event"].to_pylist().count(True) / times.num_rows == pytest.approx(1 - share[0])
