"""What the worklist says of the feed: when a laboratory was heard, and what waits."""

from __future__ import annotations

from datetime import timedelta


def test_a_message_that_was_refused_is_not_heard(undone):
    from longwatch.store.models import HeldItem, Message
    from longwatch.web.clock import now
    from longwatch.web.come_in import come_in

    at = now()

    def message(state, minutes):
        return Message.objects.create(
            raw=state.encode(), digest=f"{state}{minutes}", state=state,
            received_at=at - timedelta(minutes=minutes),
        )  # fmt: skip

    before = come_in(at)
    message("filed", 9)
    message("refused", 1)
    HeldItem.objects.create(key="q", reason="bad-row", table="results", filed_at=at)
    after = come_in(at)

    assert after.heard == at - timedelta(minutes=9)
    assert after.held == before.held + 1
    assert (after.unsigned, after.late) == (before.unsigned, before.late)


def test_what_waits_to_be_signed_is_late_after_the_clinics_own_days(undone):
    from longwatch.store.models import InboxItem
    from longwatch.web.come_in import come_in

    oldest = InboxItem.objects.order_by("arrived_at").first().arrived_at
    assert come_in(oldest).late == 0
    here = come_in(oldest + timedelta(microseconds=1))
    assert 0 < here.late <= here.unsigned == InboxItem.objects.count()
    assert here.filed is not None
    assert here.filed.tzinfo is not None
