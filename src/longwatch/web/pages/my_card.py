"""The wallet card, and the page for emergencies behind its QR code."""

from __future__ import annotations

import io
import logging
from datetime import date

import segno
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from longwatch.store.models import Patient, SecretLink
from longwatch.store.secret_links import find_link, make_link, revoke_link
from longwatch.web.access import only_the_person
from longwatch.web.clock import now, today
from longwatch.web.dossier import Dossier
from longwatch.web.pages.mine import courses
from longwatch.web.told import Told
from longwatch.web.when_to_call import when_to_call

log = logging.getLogger("longwatch.web")

KIND = SecretLink.Kind.EMERGENCY


def card(request: HttpRequest, patient: int) -> HttpResponse:
    """The card to print; a POST puts a new QR code on it, or ends the one that is out."""
    person = get_object_or_404(Patient, pk=patient)
    code = ""
    if request.method == "POST":
        only_the_person(request, patient)
    if request.method == "POST" and request.POST.get("do") == "revoke":
        revoke_link(person, KIND, actor=request.user, at=now())  # type: ignore[arg-type]
        messages.success(request, _("The QR code no longer works."))
        return redirect("my-card", patient)
    if request.method == "POST":
        # Shown in the answer itself: a secret must not wait in a session or an address.
        secret = make_link(
            person,
            KIND,
            actor=request.user,  # type: ignore[arg-type]
            at=now(),
            language=translation.get_language() or "en-us",
            name_agreed=request.POST.get("name") == "yes",
        )
        code = qr(request.build_absolute_uri(reverse("emergency-card", args=[secret])))
    link = SecretLink.objects.filter(patient=person, kind=KIND, revoked_at=None).first()
    dossier = Dossier(person, today())
    context = {"code": code, "link": link, **_medical(dossier)}
    return render(request, "web/my_card.html", context)


@sensitive_variables()
def emergency(request: HttpRequest, secret: str) -> HttpResponse:
    """What a doctor must know, without signing in; a wrong or ended address is not found."""
    link = find_link(secret, KIND)
    if link is None:
        raise Http404
    try:
        with translation.override(link.language):
            dossier = Dossier(link.patient, today())
            context = {"name": link.patient.name if link.name_agreed else "", **_medical(dossier)}
            return render(request, "web/own/emergency.html", context)
    except Exception:
        log.exception("an emergency page could not be made")
        return HttpResponse(status=503)


def qr(address: str) -> str:
    """The address as a QR code, as SVG without a script or style of its own."""
    made = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        made, kind="svg", xmldecl=False, svgns=True, scale=4, border=4, omitsize=True, nl=False,
        svgclass="qr", lineclass="qr-dark", title=_("QR code of the page for emergencies"),
    )  # fmt: skip
    return made.getvalue().decode()


def _medical(dossier: Dossier) -> dict[str, object]:
    given: list[tuple[date, date]] = courses(dossier)
    return {
        "dossier": dossier,
        "told": Told(dossier.pack),
        "help": when_to_call(dossier),
        "courses": given,
        "watch_end": dossier.plan.end,
        "as_of": dossier.as_of,
    }
