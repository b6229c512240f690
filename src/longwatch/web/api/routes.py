"""The addresses of the JSON interface. Who may ask what stands in the one table, as for pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern
from ninja import NinjaAPI, Status
from ninja.errors import ValidationError
from ninja.params.functions import Query

from longwatch import __version__
from longwatch.alerts.acting import AlreadyMovedError, act, close, see, snooze
from longwatch.alerts.clinic import read_clinic
from longwatch.alerts.inbox import inbox_rules
from longwatch.alerts.listing import in_words
from longwatch.core.errors import UsageError
from longwatch.core.status import ResultStatus
from longwatch.store.models import Alert, Patient, State
from longwatch.web.api import models
from longwatch.web.clock import clinic_zone, now, today
from longwatch.web.dossier import Dossier
from longwatch.web.morning import lines_of
from longwatch.web.places import count_places, urgent_people
from longwatch.web.refusals import refusal

api = NinjaAPI(
    title="Longwatch",
    version=__version__,
    description="What the pages of the clinic show, for programs of the clinic. A bearer token of "
    "a registered client with the scope `api`, or the session of somebody of the staff.",
    docs_url=None,
    openapi_url=None,
)
_MOST = 200
_BIGGEST = 2**63 - 1
_REFUSED = {401: models.Refusal, 403: models.Refusal}
_MISSING = {**_REFUSED, 404: models.Refusal}
_INVALID = {422: models.Invalid}


@api.exception_handler(ValidationError)
def _unread(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Which parts of a request cannot be read; never what they said."""
    said = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors]
    return JsonResponse({"detail": said}, status=422)


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return refusal("api", 404, "not-found", "there is no such thing")


@api.get(
    "worklist",
    url_name="api-worklist",
    response={200: models.Worklist, **_REFUSED, **_INVALID},
    summary="The morning: everybody with something open, most urgent first",
)
def worklist(
    request: HttpRequest,
    where: models.Where | None = None,
    skip: int = Query(0, ge=0, le=_BIGGEST),
    limit: int = Query(50, ge=1, le=_MOST),
) -> Any:
    """The lines of one place (`act`, `soon`, `overdue`, `in-hand`) or of all."""
    found = urgent_people(where, skip, limit + 1)
    here: dict[str, list[int]] = {}
    for key, place in found[:limit]:
        here.setdefault(place, []).append(key)
    shown = [
        {
            "patient": line.patient.pk,
            "name": line.patient.name,
            "reference": line.patient.reference,
            "where": place,
            "alerts": [_line(one.alert) for one in line.alerts],
        }
        for place, lines in lines_of(here, today(), inbox_rules()).items()
        for line in lines
    ]
    counted = count_places()
    return {
        "counts": counted.counts,
        "everybody": counted.everybody,
        "lines": shown,
        "more": len(found) > limit,
    }


@api.get(
    "patients",
    url_name="api-patients",
    response={200: models.People, **_REFUSED, **_INVALID},
    summary="Everybody the clinic looks after",
)
def patients(
    request: HttpRequest,
    after: int = Query(0, ge=0, le=_BIGGEST),
    limit: int = Query(50, ge=1, le=_MOST),
) -> Any:
    """In pages, by key; numbers and names are searched with FHIR's `Patient/_search`."""
    found = list(Patient.objects.filter(pk__gt=after, joined_into=None).order_by("pk")[: limit + 1])
    page = found[:limit]
    people = [
        {
            "patient": one.pk,
            "reference": one.reference,
            "name": one.name,
            "birth_date": one.birth_date,
            "sex": one.sex,
        }
        for one in page
    ]
    return {"people": people, "next": page[-1].pk if len(found) > limit else None}


def _of_one(what: str, shape: Any, summary: str) -> Callable[[Any], Any]:
    made: Callable[[Any], Any] = api.get(
        f"patients/{{int:patient}}/{what}",
        url_name=f"api-{what}",
        response={200: shape, **_MISSING, **_INVALID},
        summary=summary,
    )
    return made


@_of_one("status", list[models.Status], "Where each recurring activity stands")
def status(request: HttpRequest, patient: int) -> Any:
    """By the watch, today."""
    return _dossier(patient).status


@_of_one("findings", list[models.Finding], "What was found, active or not")
def findings(request: HttpRequest, patient: int) -> Any:
    """By the watch, today, with rule and source."""
    return _dossier(patient).found


@_of_one("plan", models.Plan, "The dated plan")
def plan(request: HttpRequest, patient: int) -> Any:
    """Everything from the first infusion to the end of the watch."""
    return _dossier(patient).plan


@_of_one("results", list[models.Result], "All results, oldest first")
def results(request: HttpRequest, patient: int) -> Any:
    """Those that stand; a result without a number has its words."""
    rows = _dossier(patient).record.results.to_pylist()
    return [row | {"status": row["status"] or ResultStatus.FINAL.value} for row in rows]


@api.get(
    "alerts",
    url_name="api-alerts",
    response={200: list[models.AlertLine], **_REFUSED, **_INVALID},
    summary="Alerts that are open",
)
def alerts(
    request: HttpRequest,
    kind: Alert.Kind | None = None,
    after: int = Query(0, ge=0, le=_BIGGEST),
    limit: int = Query(50, ge=1, le=_MOST),
) -> Any:
    """By key, in pages: the next begins `after` the last."""
    rows = Alert.objects.exclude(state=State.CLOSED).filter(pk__gt=after)
    if kind is not None:
        rows = rows.filter(kind=kind)
    return [_line(one) for one in rows.select_related("role", "result").order_by("pk")[:limit]]


@api.get(
    "alerts/{int:alert}",
    url_name="api-alert",
    response={200: models.AlertWhole, **_MISSING, **_INVALID},
    summary="One alert and everything that happened to it",
)
def alert(request: HttpRequest, alert: int) -> Any:
    """With its steps, oldest first."""
    return _whole(alert)


@api.post(
    "alerts/{int:alert}/steps",
    url_name="api-alert-step",
    response={200: models.AlertWhole, **_MISSING, 409: models.Refusal, **_INVALID},
    summary="Records what somebody did about an alert",
)
def step(request: HttpRequest, alert: int, body: models.NewStep) -> Any:
    """As on the worklist: seen, acted on, put off, closed; only by somebody who has signed in."""
    if "\x00" in body.note:
        return Status(422, {"detail": ["body.note: a character that no text has"]})
    if not Alert.objects.filter(pk=alert).exists():
        raise Http404
    steps: dict[str, Callable[..., Alert]] = {"see": see, "act": act, "snooze": snooze}
    steps["close"] = close
    given: dict[str, Any] = {"step": body.shown}
    if body.step != "see":
        given["note"] = body.note
    if body.step == "snooze":
        if body.until is None:
            return Status(422, {"detail": ["body.until: the day is missing"]})
        given["until"] = body.until
    if body.step == "close":
        given["follow_up"] = body.follow_up
    try:
        steps[body.step](alert, request.user, now(), read_clinic(clinic_zone()), **given)
    except AlreadyMovedError as error:
        return Status(409, {"detail": error.problems[0].what})
    except UsageError as error:
        problem = error.problems[0]
        return Status(422, {"detail": [f"{problem.what}. {problem.how or ''}".strip()]})
    return _whole(alert)


def _dossier(key: int) -> Dossier:
    person = Patient.objects.select_related("joined_into").filter(pk=key).first()
    if person is None:
        raise Http404
    return Dossier(person.joined_into or person, today())


def _line(alert: Alert) -> dict[str, Any]:
    return in_words(alert) | {"patient": alert.patient_id}


def _whole(key: int) -> dict[str, Any]:
    found = Alert.objects.select_related("role", "result").filter(pk=key).first()
    if found is None:
        raise Http404
    steps = [
        {
            "number": one.number,
            "state": one.state,
            "at": one.at,
            "by": one.actor.get_username() if one.actor else None,
            "note": one.note,
        }
        for one in found.states.select_related("actor").order_by("number")
    ]
    return _line(found) | {"steps": steps}


def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document; there is no patient data in it."""
    return JsonResponse(api.get_openapi_schema(path_prefix="/api/"))


def elsewhere(request: HttpRequest) -> HttpResponse:
    """What is not there."""
    return refusal("api", 404, "not-found", "nothing is here; see /api/openapi.json")


@cache
def views() -> Mapping[str, URLPattern]:
    """The routes by their names of the table."""
    patterns, _, _ = api.urls
    found = (one for one in patterns if isinstance(one, URLPattern))
    return {str(one.name): one for one in found if one.name != "api-root"}


def view(name: str) -> Callable[..., HttpResponse]:
    """One route."""
    return views()[name].callback
