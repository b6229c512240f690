"""MedicationAdministration: infusions given, and those that were to be given and were not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from longwatch.core.status import InfusionStatus
from longwatch.exchange.fhir.codes import sent_codes
from longwatch.exchange.fhir.elements import Json
from longwatch.store.models import Infusion
from longwatch.web.fhir.asking import Parameter, token
from longwatch.web.fhir.by_patient import code_is, of_every_row, of_patient
from longwatch.web.fhir.moments import on_days
from longwatch.web.fhir.rows import resource, stamped
from longwatch.web.fhir.source import Table

_REPLACED = "entered-in-error"
_DRUG = "alemtuzumab"
_NOT_DONE = Q(status=InfusionStatus.NOT_DONE.value)
_STANDING = Q(gone=False, superseded_by=None)


def _rows() -> QuerySet[Infusion]:
    """Planned ones are not administrations: they stand in the plan."""
    planned = Q(status=InfusionStatus.PLANNED.value)
    rows = Infusion.objects.exclude(planned)
    return rows.select_related("patient__joined_into", "superseded_by")


def _write(rows: Sequence[Infusion]) -> Iterable[tuple[Json, str]]:
    for row in rows:
        body = resource("infusions", row)
        later = getattr(row, "superseded_by", None)
        if row.gone or later is not None:
            body["status"] = _REPLACED
        at = row.filed_at if later is None else later.filed_at
        yield stamped(body, at), row.patient.reference


def _by_status(said: str) -> Q:
    _, code = token(said)
    if code == _REPLACED:
        return ~_STANDING
    known = {"completed": _STANDING & ~_NOT_DONE, "not-done": _STANDING & _NOT_DONE}
    return known.get(code, Q(pk__in=()))


def _by_code(said: str) -> Q:
    named = token(said) == (None, _DRUG)
    coded = any(code_is(said, system, (code,)) for system, code in sent_codes("infused", _DRUG))
    return Q(drug=None) | Q(drug=_DRUG) if named or coded else Q(drug=token(said)[1])


PARAMETERS = {
    **of_every_row("filed_at"),
    **of_patient(),
    "code": Parameter("token", "the drug, by RxNorm, ATC or name", _by_code),
    "effective-time": Parameter("date", "day given", lambda said: on_days("date", said)),
    "status": Parameter("token", "completed, not-done, entered-in-error", _by_status),
}
GIVEN = Table(_rows, _write, PARAMETERS, day="date")
