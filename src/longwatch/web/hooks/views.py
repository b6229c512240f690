"""The addresses of CDS Hooks: discovery, the two services, and what came of their cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from longwatch.feed.fhir_words import RefusedError
from longwatch.store.audit import record_audit
from longwatch.store.clients import HOOKS
from longwatch.store.models import CardFeedback, HookCard, Patient
from longwatch.web.clock import now, today
from longwatch.web.dossier import Dossier
from longwatch.web.hooks.asked import Call, whom
from longwatch.web.hooks.cards import Card, nobody, of_patient
from longwatch.web.hooks.orders import ordered_days, readiness_cards, stranger
from longwatch.web.refusals import refusal

WATCH, READY = "longwatch-watch", "longwatch-ready"
_PREFETCH = {"patient": "Patient/{{context.patientId}}"}
SERVICES = {
    WATCH: {
        "hook": "patient-view",
        "title": "The safety watch after alemtuzumab",
        "description": "What is overdue or abnormal in the watch of the person whose chart opens.",
    },
    READY: {
        "hook": "order-sign",
        "title": "Ready for alemtuzumab?",
        "description": "What is missing before a course of alemtuzumab that is being ordered.",
    },
}
_MOST = 10
"""Cards of one answer: more are not read."""

View = Callable[..., HttpResponse]


def _answered(view: View) -> View:
    """A view that takes JSON by POST; refusals are JSON."""

    @wraps(view)
    def answer(request: HttpRequest, service: str) -> HttpResponse:
        try:
            if request.method != "POST":
                response = refusal(HOOKS, 405, "not-supported", "only POST is answered here")
                response.headers["Allow"] = "POST"
                return response
            if service not in SERVICES:
                raise RefusedError(404, "not-found", "there is no such service; see /cds-services")
            if request.content_type != "application/json":
                raise RefusedError(415, "not-supported", "send application/json")
            return view(request, service)
        except RefusedError as refused:
            return refusal(HOOKS, refused.status, refused.code, str(refused))
        except ValidationError as error:
            wrong = {".".join(map(str, one["loc"])) or "body" for one in error.errors()}
            words = f"cannot be read: {', '.join(sorted(wrong))}"
            return refusal(HOOKS, 400, "invalid", words)

    return csrf_exempt(answer)


def discovery(request: HttpRequest) -> HttpResponse:
    """What there is; for everybody."""
    if request.method not in ("GET", "HEAD"):
        response = refusal(HOOKS, 405, "not-supported", "only GET is answered here")
        response.headers["Allow"] = "GET, HEAD"
        return response
    services = [{"id": key, **about, "prefetch": _PREFETCH} for key, about in SERVICES.items()]
    return JsonResponse({"services": services})


@_answered
def call(request: HttpRequest, service: str) -> HttpResponse:
    """The cards for one opening of a chart, or one signing of orders."""
    asked = Call.model_validate_json(request.body)
    if asked.hook != SERVICES[service]["hook"]:
        raise RefusedError(400, "invalid", f"this service is for {SERVICES[service]['hook']}")
    days = ordered_days(asked.context.draftOrders, today())
    if service == READY and not days:
        return JsonResponse({"cards": []})
    met = whom(asked, request.build_absolute_uri("/fhir"))
    what = "Alemtuzumab ordered" if service == READY else "Safety watch"
    if met.doubt:
        cards = [nobody(met.doubt, what)]
    elif met.person is None:
        cards = [stranger(day) for day in days] if service == READY else []
    else:
        dossier = Dossier(met.person, today())
        cards = readiness_cards(dossier, days) if service == READY else of_patient(dossier)
    return JsonResponse({"cards": _shown(request, service, met.person, cards[:_MOST])})


def _shown(
    request: HttpRequest, service: str, person: Patient | None, cards: Sequence[Card]
) -> list[dict[str, object]]:
    """The cards as JSON; each is kept, so that feedback finds it."""
    name, at = request.viewer.name, now()  # type: ignore[attr-defined]
    link = ""
    if person is not None:
        link = request.build_absolute_uri(reverse("patient", args=[person.pk]))
    bodies = [card.as_json(link) for card in cards]
    with transaction.atomic():
        HookCard.objects.bulk_create(
            HookCard(
                uuid=body["uuid"],
                service=service,
                client=name,
                patient=person,
                rule=card.rule,
                indicator=card.indicator,
                shown_at=at,
            )
            for card, body in zip(cards, bodies, strict=True)
        )
        whose = person.reference if person else None
        detail = {"cards": [card.rule for card in cards]}
        record_audit(
            "read", actor=name, at=at, kind=HOOKS, target=service, patient=whose, detail=detail
        )
    return bodies


class Reason(BaseModel):
    """Why a card was set aside."""

    model_config = ConfigDict(extra="ignore")

    reason: dict[str, object] | None = None
    userComment: str | None = None  # noqa: N815 (CDS Hooks' name)


class Feedback(BaseModel):
    """What became of one card."""

    model_config = ConfigDict(extra="ignore")

    card: UUID
    outcome: CardFeedback.Outcome
    outcomeTimestamp: str = Field(min_length=1)  # noqa: N815 (CDS Hooks' name)
    overrideReason: Reason | None = None  # noqa: N815 (CDS Hooks' name)


class Heard(BaseModel):
    """A call of the feedback endpoint."""

    feedback: list[Feedback] = Field(min_length=1)


@_answered
def feedback(request: HttpRequest, service: str) -> HttpResponse:
    """Keeps what somebody did with cards that this system was shown."""
    heard = Heard.model_validate_json(request.body)
    name, at = request.viewer.name, now()  # type: ignore[attr-defined]
    told = {one.card for one in heard.feedback}
    mine = HookCard.objects.filter(uuid__in=told, service=service, client=name)
    cards = {card.uuid: card for card in mine}
    if told - cards.keys():
        raise RefusedError(404, "not-found", "a card was never shown to this system")
    rows = []
    for one in heard.feedback:
        why = one.overrideReason or Reason()
        code = (why.reason or {}).get("code")
        rows.append(
            CardFeedback(
                card=cards[one.card],
                outcome=one.outcome,
                reason=None if code is None else _plain(str(code)),
                comment=_plain(why.userComment),
                happened_at=_plain(one.outcomeTimestamp) or "",
                client=name,
                filed_at=at,
            )
        )
    with transaction.atomic():
        CardFeedback.objects.bulk_create(rows)
        detail = {f"{row.card.uuid}": row.outcome for row in rows}
        record_audit("heard of cards", actor=name, at=at, kind=HOOKS, target=service, detail=detail)
    return JsonResponse({})


def _plain(words: str | None) -> str | None:
    return None if words is None else words.replace("\x00", "")
