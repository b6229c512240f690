"""How many alerts a clinic gets a day, and how many stem from a disease that is there (H45).

    python -m bench.alert_rate --people 1000 --days 90

Virtual patients are watched day by day. What nobody had found the day before would raise an alert:
one for each person and rule, and for each person and overdue activity, as in the store. A later
abnormal result of what is found already raises the same alert again; that is counted apart. The
`truth` beside the cohort says who had fallen ill by then. Figures go to
`bench/results/alert_rate.json`.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

RESULTS = Path(__file__).parent / "results" / "alert_rate.json"
_BEGIN = date(2019, 1, 7)
_WEEKS = 104
"""First infusions are spread over two years, as in a clinic with people in every phase."""
_AFTER_YEARS = 3
_DISEASES = {
    "itp": ("platelets",),
    "thyroid": ("tsh", "ft4", "ft3"),
    "nephropathy": ("creatinine", "urine_rbc", "urine_protein", "upcr"),
    "hepatitis": ("alt", "ast", "bilirubin"),
}
"""By condition of the truth: the tests that show it."""


def run(people: int, days: int) -> dict[str, Any]:
    """Alerts of so many virtual patients in so many days."""
    from longwatch.protocols.load import load_protocol
    from longwatch.trials.cohort import CohortPlan, virtual_cohort
    from longwatch.watch.api import watch

    pack = load_protocol("alemtuzumab-us")
    cohort = virtual_cohort(CohortPlan(pack, people, start=_BEGIN, weeks=_WEEKS))
    ill = _onsets(cohort.truth)
    first = _BEGIN.replace(year=_BEGIN.year + _AFTER_YEARS)
    found: set[tuple[str, str]] = set()
    results: set[tuple[str, str, date]] = set()
    late: set[tuple[str, str]] = set()
    tiers: Counter[str] = Counter()
    true = again = overdue = 0
    for number in range(days + 1):
        day = first + timedelta(days=number)
        outcome = watch(pack, cohort.record, as_of=day)
        active = [row for row in outcome.findings.to_pylist() if row["active"]]
        now = {(row["patient"], row["rule"]): row for row in active}
        dated = {(row["patient"], row["rule"], row["date"]) for row in active}
        status = outcome.status.select(["patient", "activity", "status"]).to_pylist()
        missing = {(r["patient"], r["activity"]) for r in status if r["status"] == "overdue"}
        if number:
            new = [row for key, row in now.items() if key not in found]
            tiers.update(row["tier"] for row in new)
            true += sum(_is_true(row, ill, day) for row in new)
            again += sum(key not in results and key[:2] in found for key in dated)
            overdue += len(missing - late)
        found, results, late = set(now), dated, missing
    alerts = sum(tiers.values())
    share = 1000 / people / days
    return {
        "people": people,
        "days": days,
        "findings_per_1000_and_day": round(alerts * share, 2),
        "of_them_by_tier": {tier: round(count * share, 2) for tier, count in tiers.items()},
        "raised_again_per_1000_and_day": round(again * share, 2),
        "overdue_per_1000_and_day": round(overdue * share, 2),
        "positive_predictive_value": round(true / max(1, alerts), 3),
    }


def _onsets(truth: pa.Table) -> dict[tuple[str, str], date]:
    """The day of onset by person and test."""
    return {
        (row["patient"], test): row[f"onset_{name}"]
        for row in truth.to_pylist()
        for name, tests in _DISEASES.items()
        for test in tests
        if row.get(f"onset_{name}") is not None
    }


def _is_true(row: dict[str, Any], ill: dict[tuple[str, str], date], day: date) -> bool:
    onset = ill.get((row["patient"], row["test"]))
    return onset is not None and onset <= day


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--days", type=int, default=90)
    chosen = parser.parse_args()
    figures = run(chosen.people, chosen.days)
    RESULTS.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")
    print(json.dumps(figures, indent=1))
