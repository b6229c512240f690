"""CarePlan and Task: the dated plan of one person, with where each step stands today."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from longwatch.exchange.fhir.elements import Json
from longwatch.feed.fhir_words import RefusedError
from longwatch.store.models import Patient
from longwatch.watch.plan import CALENDAR_KINDS, SETTLED, Plan, PlanItem
from longwatch.web.clock import today
from longwatch.web.dossier import Dossier
from longwatch.web.fhir.asking import Asked, Parameter, key_of, number, token
from longwatch.web.fhir.by_patient import nothing
from longwatch.web.fhir.rows import concept, stamped, subject
from longwatch.web.fhir.source import Found

ACTIVITY, STATE, CATEGORY = "urn:longwatch:activity", "urn:longwatch:state", "urn:longwatch:plan"
WATCH = "safety-watch"
_TASK_STATUS = {
    "planned": "requested",
    "due": "ready",
    "overdue": "ready",
    "done": "completed",
    "done-late": "completed",
    "missed": "failed",
    "unknown": "on-hold",
}
"""FHIR's word for each state of the plan; our own stands beside it as `businessStatus`."""


@dataclass(frozen=True)
class Planned:
    """Resources made of the plan: only of one person at a time.

    Inputs:
        write: from a person and their plan to all resources.
        owner: from an id to the key of the person.
        matches: whether a resource is what a token of `status`, `code` or `category` asks for.
    """

    write: Callable[[Patient, Plan], Sequence[Json]]
    owner: Callable[[str], str]
    parameters: Mapping[str, Parameter]
    sorts: Sequence[str] = ()

    def search(self, asked: Asked) -> Found:
        """One page of one person's; whose, must be said."""
        named = [value for name in ("patient", "subject") for value in asked.given.get(name, ())]
        ids = asked.given.get("_id", ())
        if not named and not ids:
            raise RefusedError(400, "required", "say whose: patient=Patient/KEY")
        if len(named) + len(ids) > 1:
            raise RefusedError(400, "too-costly", "ask for one person at a time")
        begin = _place(asked.after)
        found = self._of(key_of(named[0]) if named else number(self.owner(ids[0])))
        kept = [part for part in found.resources if _matches(part, asked)]
        end = begin + asked.count
        more = str(end) if end < len(kept) else ""
        return Found(kept[begin:end], found.patients, more, len(kept))

    def read(self, key: str) -> Found:
        """The one with this id, if the plan of today has it."""
        found = self._of(number(self.owner(key)))
        return Found([part for part in found.resources if part["id"] == key], found.patients)

    def _of(self, key: int) -> Found:
        person = Patient.objects.select_related("joined_into").filter(pk=key).first()
        if person is None:
            return Found([], frozenset())
        person = person.joined_into or person
        resources = self.write(person, Dossier(person, today()).plan)
        return Found([stamped(part) for part in resources], frozenset({person.reference}))


def _place(after: str) -> int:
    begin = number(after) if after else 0
    if begin < 0:
        raise RefusedError(400, "value", "_after is taken from the link to the next page")
    return begin


def _matches(part: Json, asked: Asked) -> bool:
    for name in ("status", "code", "category", "_id"):
        for value in asked.given.get(name, ()):
            if not any(_is(part, name, token(said)) for said in value.split(",")):
                return False
    return True


def _is(part: Json, name: str, said: tuple[str | None, str]) -> bool:
    system, code = said
    if name in ("status", "_id"):
        return str(part["id" if name == "_id" else name]) == code
    concepts = part.get(name, [])
    for one in concepts if isinstance(concepts, list) else [concepts]:
        for coding in one.get("coding", ()):
            if system in (None, coding["system"]) and code in ("", coding["code"]):
                return True
    return False


def _shown(plan: Plan) -> Iterable[PlanItem]:
    return (item for item in plan.items if item.kind in CALENDAR_KINDS)


def _task_id(person: Patient, item: PlanItem) -> str:
    return f"{person.pk}.{item.activity}.{item.course}.{item.item}".replace("_", "-")


def _tasks(person: Patient, plan: Plan) -> Sequence[Json]:
    return [_task(person, item) for item in _shown(plan)]


def _task(person: Patient, item: PlanItem) -> Json:
    window = {"start": item.opens.isoformat()} if item.opens else {}
    window |= {"end": (item.closes or item.date).isoformat()}
    body: Json = {
        "resourceType": "Task",
        "id": _task_id(person, item),
        "basedOn": [{"reference": f"CarePlan/{person.pk}"}],
        "status": _TASK_STATUS.get(item.state, "on-hold"),
        "businessStatus": concept(STATE, item.state),
        "intent": "plan",
        "code": concept(ACTIVITY, item.activity, item.title),
        "description": item.words or item.title,
        "for": subject(person),
        "restriction": {"period": window},
    }
    if item.answered is not None:
        body["executionPeriod"] = {"end": item.answered.isoformat()}
    if item.source:
        body["note"] = [{"text": f"Source: {item.source}"}]
    return body


def _care_plans(person: Patient, plan: Plan) -> Sequence[Json]:
    ahead = [item for item in _shown(plan) if item.state not in SETTLED]
    body: Json = {
        "resourceType": "CarePlan",
        "id": str(person.pk),
        "instantiatesUri": [f"urn:longwatch:protocol:{plan.protocol}:{plan.version}"],
        "status": _plan_status(plan, ahead),
        "intent": "plan",
        "category": [concept(CATEGORY, WATCH)],
        "title": "Safety watch after alemtuzumab",
        "subject": subject(person),
    }
    period = {
        name: day.isoformat()
        for name, day in (("start", plan.first), ("end", plan.end))
        if day is not None
    }
    if period:
        body["period"] = period
    if ahead:
        body["activity"] = [
            {"reference": {"reference": f"Task/{_task_id(person, item)}"}} for item in ahead
        ]
    if plan.notes:
        body["note"] = [{"text": words} for words in plan.notes]
    return [body]


def _plan_status(plan: Plan, ahead: Sequence[PlanItem]) -> str:
    if plan.first is None or any(item.state == "unknown" for item in ahead):
        return "unknown"
    return "active" if ahead else "completed"


def _parameter(kind: str, words: str) -> Parameter:
    # Plans are chosen after they were made, not by the database.
    return Parameter(kind, words, lambda _: nothing())


_SHARED = {
    "_id": _parameter("token", "its id"),
    "patient": _parameter("reference", "whose it is: Patient/KEY; must be given"),
    "status": _parameter("token", "FHIR's status"),
}
CARE_PLAN = Planned(
    _care_plans,
    lambda key: key,
    {
        **_SHARED,
        "subject": _SHARED["patient"],
        "category": _parameter("token", WATCH),
    },
)
TASK = Planned(
    _tasks,
    lambda key: key.partition(".")[0],
    {**_SHARED, "subject": _SHARED["patient"], "code": _parameter("token", "the activity")},
)
