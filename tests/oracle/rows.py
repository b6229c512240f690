"""Rows of a Record from compact writing, the same as in the packs' cases."""

from datetime import date, timedelta
from typing import Any


def day(text: str) -> date:
    return date.fromisoformat(text)


def infusions(first: str, days: int, course: int = 1, status: str = "given") -> list[dict]:
    start = day(first)
    return [
        {
            "patient": "p",
            "date": start + timedelta(days=k),
            "course": course,
            "day": k + 1,
            "status": status,
        }
        for k in range(days)
    ]


def result(date_: str, test: str, value: float | None, unit: str | None, **more: Any) -> dict:
    return {"patient": "p", "date": day(date_), "test": test, "value": value, "unit": unit, **more}


def event(date_: str, kind: str, code: str | None, **more: Any) -> dict:
    return {"patient": "p", "date": day(date_), "kind": kind, "code": code, **more}


def tables(**given: list[dict]) -> dict[str, list[dict]]:
    return {"patients": [{"patient": "p"}], "infusions": [], "results": [], "events": [], **given}
