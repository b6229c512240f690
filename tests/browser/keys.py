"""What stands in an address for each of its parts: found in the sample clinic, or made there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from longwatch.web.demo import OWN_PAGE


def _person():
    from longwatch.store.models import Patient

    return Patient.objects.get(reference=OWN_PAGE)


def _user(name):
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(username=name)


def _alert():
    from longwatch.store.models import Alert

    return Alert.objects.filter(patient=_person()).earliest("pk").pk


def _draft():
    """Something that Priya typed too late."""
    from longwatch.store.models import Draft
    from longwatch.web.clock import now

    end = now() + timedelta(days=999)
    draft = Draft.objects.create(
        user=_user("priya"), path="/", sealed=b"", at=now(), expires_at=end
    )
    return draft.pk


def _entry():
    """A line of Ida's diary."""
    from longwatch.store.diary import NewEntry, write_entry
    from longwatch.web.clock import now

    new = NewEntry(kind="symptoms", day=now().date(), text="tired after work")
    return write_entry(_person(), new, author=_user("ida"), at=now()).pk


def _secret(kind):
    def make():
        from longwatch.store.secret_links import make_link
        from longwatch.web.clock import now

        return make_link(_person(), kind, actor=_user("ida"), at=now(), language="en-us")

    return make


def _held():
    """Something that could not be filed, if the sample clinic has it."""
    from longwatch.store.models import HeldItem

    return HeldItem.objects.values_list("pk", flat=True).first()


def _planned(column):
    """Of the next infusion that is planned in the sample clinic."""

    def find():
        from longwatch.store.models import Infusion

        rows = Infusion.objects.filter(status="planned", gone=False, superseded_by=None)
        return rows.order_by("date", "pk").values_list(column, flat=True).first()

    return find


KEYS: dict[str, Callable[[], object]] = {
    "patient": lambda: _person().pk,
    "alert": _alert,
    "draft": _draft,
    "entry": _entry,
    "held": _held,
    **{
        f"{page}.{part}": _planned(column)
        for page in ("infusion", "infusion-summary")
        for part, column in (("patient", "patient_id"), ("course", "course"), ("day", "day"))
    },
    "emergency-card.secret": _secret("emergency"),
    "calendar-feed.secret": _secret("calendar"),
}
"""By the name of the part, or by name of the address and part where it is not always the same."""
