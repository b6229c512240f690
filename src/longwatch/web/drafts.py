"""What somebody sent when their session had ended: sealed, kept for its writer, and offered again.

Without it a long note is gone when a phone call takes longer than the session. The old session is
looked up by the cookie that the browser still sends; it gives no right any more, but it says who
wrote. Nothing is kept in the browser.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from longwatch.store.models import Draft

LASTS = timedelta(hours=24)
"""How long a draft waits for its writer."""

_MOST_BYTES = 200_000
_SECRETS = ("csrfmiddlewaretoken", "password", "password1", "password2")
_AFTER_THE_END = timedelta(days=1)
"""How long after its end a session still says whose it was."""

Fields = Mapping[str, Sequence[str]]


def keep_draft(request: HttpRequest, at: datetime) -> Draft | None:
    """Keeps the form of a request whose session has ended; None where nobody knows whose it is."""
    user = _who_it_was(request)
    if user is None:
        return None
    fields = {name: values for name, values in request.POST.lists() if name not in _SECRETS}
    told = json.dumps(fields).encode()
    if not fields or len(told) > _MOST_BYTES:
        return None
    Draft.objects.filter(expires_at__lte=at).delete()
    return Draft.objects.create(
        user_id=user, path=request.path, sealed=_seal().encrypt(told), at=at, expires_at=at + LASTS
    )


def fields_of(draft: Draft) -> Fields | None:
    """What was typed; None when it cannot be opened any more: the clinic has another key now."""
    try:
        told = json.loads(_seal().decrypt(bytes(draft.sealed)))
    except InvalidToken:
        return None
    return {str(name): [str(value) for value in values] for name, values in told.items()}


def _who_it_was(request: HttpRequest) -> int | None:
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    session = Session.objects.filter(pk=cookie).first() if cookie else None
    if session is None or session.expire_date + _AFTER_THE_END < timezone.now():
        return None
    key = session.get_decoded().get(SESSION_KEY)
    users = get_user_model().objects.filter(is_active=True)
    return users.filter(pk=key).values_list("pk", flat=True).first() if key else None


def _seal() -> Fernet:
    key = hashlib.sha256(b"longwatch drafts" + settings.SECRET_KEY.encode()).digest()
    return Fernet(urlsafe_b64encode(key))
