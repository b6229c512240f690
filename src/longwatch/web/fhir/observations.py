"""Observation: every result, also those that another one corrected or took back, marked as such."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from longwatch.core.catalogue import catalogue
from longwatch.core.status import ResultStatus
from longwatch.exchange.fhir.elements import Json
from longwatch.exchange.fhir.own import SOURCE, TEST
from longwatch.exchange.intake import LOINC
from longwatch.store.models import Result
from longwatch.watch.rivals import Sent, which_count
from longwatch.web.fhir.asking import Parameter, token
from longwatch.web.fhir.by_patient import code_is, nothing, of_every_row, of_patient
from longwatch.web.fhir.moments import on_days
from longwatch.web.fhir.rows import concept, resource, stamped
from longwatch.web.fhir.source import Table

REPLACED = "entered-in-error"
"""Status of a value that must not be used any more: another one took its place."""

STATUS_BEFORE = "urn:longwatch:status-before"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_LABORATORY, _EXAM = "laboratory", "exam"
_BY_EYE = frozenset({"edss"})
"""Tests that no laboratory makes."""

_FINAL = Q(status=None) | Q(status=ResultStatus.FINAL.value)
_STANDING = Q(gone=False, superseded_by=None)


def _rows() -> QuerySet[Result]:
    return Result.objects.select_related("patient__joined_into", "superseded_by")


def _write(rows: Sequence[Result]) -> Iterable[tuple[Json, str]]:
    outranked = _outranked(rows)
    for row in rows:
        body = resource("results", row)
        category = _EXAM if row.test in _BY_EYE else _LABORATORY
        body["category"] = [concept(CATEGORY, category)]
        if row.laboratory:
            body["performer"] = [{"display": row.laboratory}]
        if _is_replaced(row) or row.pk in outranked:
            before = {"url": STATUS_BEFORE, "valueCode": body["status"]}
            body["extension"] = [*body.get("extension", []), before]
            body["status"] = REPLACED
        later = getattr(row, "superseded_by", None)
        at = row.filed_at if later is None else later.filed_at
        yield stamped(body, at), row.patient.reference


def _is_replaced(row: Result) -> bool:
    return row.gone or getattr(row, "superseded_by", None) is not None


def _outranked(rows: Sequence[Result]) -> set[int]:
    """Keys of those that do not count beside other results of their day, as the watch reads them.

    One query, and seldom anything in it: only what is not plainly final has rivals.
    """
    doubtful = ~_FINAL
    places = Q(
        patient_id__in={row.patient_id for row in rows},
        date__in={row.date for row in rows},
        test__in={row.test for row in rows},
    )
    marked = Result.objects.filter(_STANDING & places & doubtful)
    days = {(row.patient_id, row.date, row.test) for row in marked}
    if not days:
        return set()
    beside: dict[object, list[Result]] = defaultdict(list)
    for row in Result.objects.filter(_STANDING & places):
        if (key := (row.patient_id, row.date, row.test)) in days:
            beside[key].append(row)
    found = set()
    for group in beside.values():
        sent = [Sent(one.test, one.laboratory, one.status, one.received) for one in group]
        for one, stands in zip(group, which_count(sent), strict=True):
            if not stands and one.status != ResultStatus.CANCELLED.value:
                found.add(one.pk)
    return found


def _by_code(said: str) -> Q:
    tests = [
        test.id
        for test in catalogue().tests.values()
        if code_is(said, LOINC, test.loinc) or code_is(said, TEST, (test.id,))
    ]
    return Q(test__in=tests)


def _by_category(said: str) -> Q:
    if code_is(said, CATEGORY, (_EXAM,)) and code_is(said, CATEGORY, (_LABORATORY,)):
        return Q()
    if code_is(said, CATEGORY, (_EXAM,)):
        return Q(test__in=_BY_EYE)
    return ~Q(test__in=_BY_EYE) if code_is(said, CATEGORY, (_LABORATORY,)) else nothing()


def _by_status(said: str) -> Q:
    """As the row itself says; what was replaced is found as `entered-in-error`."""
    _, code = token(said)
    if code == REPLACED:
        return ~_STANDING
    return _STANDING & (_FINAL if code == ResultStatus.FINAL.value else Q(status=code))


PARAMETERS = {
    **of_every_row("filed_at"),
    **of_patient(),
    "code": Parameter("token", "LOINC or the catalogue's id of the test", _by_code),
    "category": Parameter("token", "laboratory or exam", _by_category),
    "date": Parameter("date", "day of the specimen", lambda said: on_days("date", said)),
    "status": Parameter("token", "preliminary, final, corrected, cancelled, …", _by_status),
    "identifier": Parameter(
        "token",
        "the sender's number",
        lambda said: Q(source=token(said)[1]) if token(said)[0] in (None, SOURCE) else nothing(),
    ),
}
OBSERVATION = Table(_rows, _write, PARAMETERS, day="date")
