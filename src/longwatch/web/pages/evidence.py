"""The evidence of this clinic: its endpoints beside the pivotal trials, small groups guarded."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from longwatch.endpoints.picture import NARROW, WIDE
from longwatch.store.clinic_facts import NAME, clinic_facts, clinic_protocol
from longwatch.store.models import Event, Infusion, Result
from longwatch.store.overlays import load_by_name
from longwatch.store.record_out import read_record
from longwatch.web.clock import today
from longwatch.web.felt import FEWEST

if TYPE_CHECKING:
    # Late: the estimators are a sixth of the wait for the very first page of a clinic.
    from longwatch.endpoints.report import Report
    from longwatch.endpoints.report_model import Picture, Row, Section, Shown

_SIGN = {"%": noop(" %"), "/a": noop(" a year"), "{score}": noop(" points")}


def evidence(request: HttpRequest) -> HttpResponse:
    """Every section of the report; those that cannot be computed say why."""
    newest = tuple(
        model.objects.aggregate(last=Max("id"))["last"] for model in (Result, Event, Infusion)
    )
    made = _report(today(), clinic_protocol(), newest)
    enough = made.people >= FEWEST
    context = {
        "made": made,
        "least": FEWEST,
        "enough": enough,
        "name": clinic_facts().get(NAME) or _("This clinic"),
        "sections": [
            (part, [_figure(row) for row in part.rows], _headed(part), _pictures(part))
            for part in made.sections
        ]
        if enough
        else [],
    }
    return render(request, "web/evidence.html", context)


@lru_cache(maxsize=2)
def _report(day: date, protocol: str, newest: tuple[int | None, ...]) -> Report:
    """The report on everybody here; made anew when anything was filed.

    Inputs:
        newest: the newest row of each table of facts; it only tells one state from another.
    """
    from longwatch.endpoints.from_record import from_record
    from longwatch.endpoints.report import report
    from longwatch.endpoints.watched_by import watched_by

    del newest
    watched = watched_by(load_by_name(protocol))
    tests = {test for one in watched.series for test in one.tests}
    codes = {code for one in watched.series for _kind, code in one.events}
    cohort = from_record(read_record(), day, tests=sorted(tests), events=sorted(codes))
    return report(cohort, watched=watched, title="clinic")


def _figure(row: Row) -> dict[str, object]:
    from longwatch.endpoints.report_model import published_words, study_title

    few = row.estimate is not None and 0 < row.n < FEWEST
    shown = replace(row, estimate=None, lo=None, hi=None) if few else row
    return {
        "row": shown,
        "sign": _(_SIGN[row.unit]) if row.unit in _SIGN else "",
        "why": _("fewer than %(least)s people") % {"least": FEWEST} if few else row.why_not,
        "published": [(study_title(one), published_words(one)) for one in row.published],
    }


def _headed(part: Section) -> list[tuple[Shown, list[list[tuple[str, str]]]]]:
    """Each table with its rows, every cell beside the heading of its column: for a phone."""
    return [
        (table, [list(zip(table.head, cells, strict=True)) for cells in table.rows])
        for table in part.tables
    ]


def _pictures(part: Section) -> list[tuple[str, str, str]]:
    """Title, picture for a desk and for a phone; images that stand alone, without page style."""
    return [
        (picture.title, _image(picture, WIDE), _image(picture, NARROW))
        for picture in part.pictures
        if not picture.folded
    ]


def _image(picture: Picture, width: float) -> str:
    return b64encode(picture.draw(width, picture.name, True).encode()).decode()
