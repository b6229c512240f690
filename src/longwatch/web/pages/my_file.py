"""Everything about me as one file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from longwatch.store.audit import record_audit
from longwatch.store.models import Patient
from longwatch.web.clock import now
from longwatch.web.own_export import export_of


def export(request: HttpRequest, patient: int) -> HttpResponse:
    """A zip file; that it was taken stands in the audit log, too."""
    person = get_object_or_404(Patient, pk=patient)
    record_audit(
        "exported", actor=request.user.get_username(), at=now(), kind="record",
        target="own file", patient=person.reference,
    )  # fmt: skip
    words = _(
        "record: your results, infusions and events as tables. fhir.json: the same for other "
        "programs. diary.json and questions.json: what you wrote. contacts.csv: calls and visits. "
        "messages.csv: what was sent to you. who-read-and-changed.csv: who opened your record."
    )
    answer = HttpResponse(export_of(person, words), content_type="application/zip")
    answer.headers["Content-Disposition"] = 'attachment; filename="my-record.zip"'
    return answer
