"""The cases computed by pymsprog 1.0.7 and confirmed by the R package, under preset `msprog`.

Each is an EDSS series with settings and the events that must come out, most of them also written
by hand beforehand. `DIFFERENT` holds the deliberate differences: the definition that decides them.
"""

import json
import os
from pathlib import Path

import pytest
from tests.endpoints.msprog_settings import FALLS, rule_of

from longwatch.endpoints.disability import disability_events, unconfirmed
from longwatch.endpoints.rule import Rule

_HERE = Path(__file__).parents[2]
_FOLDER = Path(os.environ.get("LONGWATCH_INPUTS") or _HERE.parent / "shared" / "inputs")
_FILE = _FOLDER / "endpoints" / "cases.json"
CASES = json.loads(_FILE.read_text(encoding="utf-8"))["cases"] if _FILE.is_file() else []

pytestmark = pytest.mark.skipif(not CASES, reason="no cases: set LONGWATCH_INPUTS")

DIFFERENT = {
    "D05": ("care-ms", [], "improvement counts from a baseline of 2.0 on (improvement_from)"),
    "A09": ("care-ms", [], "no half step at high EDSS (rise)"),
    "A15": ("care-ms", [], "1.5 points from baseline 0 (rise)"),
    "C09": ("care-ms", [["CDW", 90]], "relapses do not keep a visit from confirming"),
    "E01": ("msbase2015", [], "sustained to the end of follow-up (sustained)"),
}
"""Cases that another definition decides otherwise: preset, its events, the setting that decides."""


def _tables(case):
    rows = case["visits"]
    visits = {
        "id": ["p"] * len(rows),
        "day": [row[0] for row in rows],
        "value": [float(row[1]) for row in rows],
    }
    if len(case["visit_columns"]) > 2:
        visits["scheduled"] = [bool(row[2]) for row in rows]
    relapses = {"id": ["p"] * len(case["relapses"]), "day": case["relapses"]}
    return visits, relapses


def _rule(case):
    steps = FALLS[case["delta"]]
    return rule_of(case["settings"], rise=steps, fall=steps)


def _shown(events):
    """What happened, and how many days after the first visit."""
    return [
        [row["type"] if row["type"] in ("RAW", "PIRA") else row["kind"], row["time"]]
        for row in events.to_pylist()
    ]


def _as_theirs(row, windows):
    """One of our events with the names of pymsprog."""
    theirs = {
        "nevent": row["event"],
        "event_type": row["kind"],
        "CDW_type": row["type"],
        "date": row["day"],
        "value": row["value"],
        "bl_date": row["baseline_day"],
        "bl_value": row["baseline_value"],
        "last_delta_date": row["reference_day"],
        "last_delta_value": row["reference_value"],
        "total_fu": row["follow_up"],
        "time2event": row["time"],
        "bl2event": row["since_baseline"],
        "sust_days": row["sustained_days"],
        "sust_last": row["sustained_to_end"],
    }
    for window in windows:
        found = [one for one in row["confirmations"] if one["window"] == window]
        one = found[0] if found else {}
        theirs[f"conf{window}_date"] = one.get("day")
        theirs[f"conf{window}_value"] = one.get("value")
        theirs[f"PIRA_conf{window}_date"] = one.get("pira_day")
        theirs[f"PIRA_conf{window}_value"] = one.get("pira_value")
    return theirs


@pytest.mark.parametrize("engine", ["python", "compiled"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_case_has_its_events_and_their_evidence(case, engine):
    rule = _rule(case)

    events = disability_events(*_tables(case), rule, engine=engine)

    assert _shown(events) == case["expected"]["events"], case["desc"]
    expected = [row for row in case["expected"]["results"] if row["nevent"]]
    for row, theirs in zip(events.to_pylist(), expected, strict=True):
        ours = _as_theirs(row, rule.confirm)
        assert {name: ours[name] for name in theirs} == theirs


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_case_has_its_unconfirmed_changes(case):
    found = unconfirmed(*_tables(case), _rule(case)).to_pylist()

    keys = {"date": "day", "value": "value", "bl_date": "baseline_day"}
    keys["bl_value"] = "baseline_value"
    assert [{name: row[key] for name, key in keys.items()} for row in found] == [
        {name: row[name] for name in keys} for row in case["expected"]["unconfirmed"]
    ]


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_deliberate_difference_is_decided_by_its_definition(name):
    case = next(case for case in CASES if case["id"] == name)
    preset, events, _ = DIFFERENT[name]
    rule = Rule.preset(preset).with_(
        event=case["settings"].get("event", "firstCDW"), tolerance=(7, 730), confirm=[84]
    )

    assert _shown(disability_events(*_tables(case), rule)) == events
    assert case["expected"]["events"] != events
