"""A pack small enough to hold in the head, for examples computed by hand."""

import json
from typing import Any

from longwatch.protocols.model import Pack

EVIDENCE = [
    {"source": "us", "place": "test", "verified": "proposal", "last_checked_on": "2026-11-22"}
]


def sourced(id_: str, **fields: Any) -> dict[str, Any]:
    return {"id": id_, "title": id_, "evidence": EVIDENCE, **fields}


def rule(id_: str, when: dict[str, Any], tier: str = "week", **fields: Any) -> dict[str, Any]:
    return sourced(id_, when=when, tier=tier, suspects=["x"], action="act", **fields)


def monthly(id_: str, *tests: str, **fields: Any) -> dict[str, Any]:
    given = {"every_months": 1, "early": 7, "grace": 7, "words": "w", **fields}
    return sourced(id_, answered_by={"tests": list(tests)}, **given)


def tiny(**parts: Any) -> Pack:
    """A whole pack: a 48-month watch, the design's escalation, and what the test names."""
    step = {"days": [1], "dose": {"value": 12, "unit": "mg"}}
    whole = {
        "id": "tiny",
        "version": "1",
        "title": "tiny",
        "drug": "alemtuzumab",
        "jurisdiction": "none",
        "valid_from": "2025-01-01",
        "follows": "the design",
        "state": "draft",
        "sources": {"us": {"title": "ours", "kind": "design", "where": "here"}},
        "watch": sourced("watch", months_after_last_infusion=48),
        "escalation": sourced(
            "escalation",
            steps=[
                {"days_overdue": 1, "tier": "routine"},
                {"days_overdue": 8, "tier": "week"},
                {"days_overdue": 24, "tier": "48-hours"},
                {"days_overdue": 54, "tier": "same-day"},
            ],
        ),
        "tiers": [],
        "courses": [
            sourced("c1", course=1, steps=[step]),
            sourced("c2", course="further", steps=[step], min_months_after_previous=12),
        ],
        **parts,
    }
    return Pack.model_validate_json(json.dumps(whole))
