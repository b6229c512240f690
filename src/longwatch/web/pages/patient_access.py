"""Who sees one person's own pages: the person, and carers by consent, invited by the clinic."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from longwatch.core.errors import Problem, UsageError
from longwatch.store.invitations import To, revoke, withdraw
from longwatch.store.models import Invitation, OwnRecord, Patient
from longwatch.web.clock import now
from longwatch.web.invited import attempt, letter, send_invitation


def patient_access(request: HttpRequest, patient: int) -> HttpResponse:
    """Accounts and invitations of one person; a POST invites, revokes, or ends what one sees."""
    person = get_object_or_404(Patient, pk=patient)
    wrong = {}
    if request.method == "POST":

        def invite_self(request: HttpRequest) -> None:
            name = request.POST.get("name", "") or person.name or person.reference
            send_invitation(request, To("self", name, patient=person))

        wrong = attempt(
            request,
            {
                "self": invite_self,
                "carer": lambda request: invite_carer(request, person),
                **endings(person),
            },
        )
        if not wrong:
            return redirect("patient-access", patient)
    context = {
        "person": person,
        "accounts": accounts_of(person),
        "invitations": invitations_of(person),
        "letter": letter(request),
        **wrong,
    }
    return render(request, "web/patient_access.html", context, status=422 if wrong else 200)


def invite_carer(request: HttpRequest, person: Patient, consent: str | None = None) -> None:
    """Invites a carer with the scope of the form; `consent` None: as typed in the form."""
    said = request.POST.get("consent", "") if consent is None else consent
    if not said.strip():
        how = "write how and when the person agreed, as: on paper, 2 March 2026"
        raise UsageError(Problem("the consent is missing", how=how))
    to = To(
        "carer",
        request.POST.get("name", ""),
        patient=person,
        scope=request.POST.get("scope", ""),
        consent=said,
    )
    send_invitation(request, to)


def accounts_of(person: Patient) -> object:
    """Who sees the pages now."""
    return person.accounts.filter(until=None).select_related("user").order_by("kind", "since")


def invitations_of(person: Patient) -> object:
    """Invitations that can still be used."""
    waiting = person.invitations.filter(used_at=None, revoked_at=None, expires_at__gt=now())
    return waiting.select_related("made_by").order_by("made_at")


def endings(person: Patient) -> dict[str, Callable[[HttpRequest], None]]:
    """The steps that take something away, of this person only."""

    def revoke_one(request: HttpRequest) -> None:
        revoke(_one(person.invitations, request, "invitation"), by=request.user, at=now())

    def withdraw_one(request: HttpRequest) -> None:
        right = _one(person.accounts.exclude(user_id=request.user.pk or 0), request, "account")
        withdraw(right, by=request.user, at=now())

    return {"revoke": revoke_one, "withdraw": withdraw_one}


def _one(rows, request: HttpRequest, name: str):  # type: ignore[no-untyped-def]
    key = request.POST.get(name, "")
    found: Invitation | OwnRecord | None = rows.filter(pk=key if key.isdigit() else 0).first()
    if found is None:
        raise UsageError(Problem("there is no such entry for this person"))
    return found
