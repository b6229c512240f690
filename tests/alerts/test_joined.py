"""H28: two references that are one person have their alerts as one, and apart again as before."""

import pytest


@pytest.fixture
def joined(ward):
    from longwatch.store.merging import merge

    ward.user("dora", "laboratory-desk")
    ward.send("15", who="2", day="20250629")

    def join():
        merge("p2", "p1", by="dora", reason="same card", at=ward.now, and_then=ward.hook)

    return join


def _open(ward, who):
    return {
        a.rule: a.state for a in ward.alerts(subject=who, kind="finding") if a.state != "closed"
    }


def test_what_was_found_under_one_reference_is_an_alert_under_the_one_that_stays(ward, joined):
    assert _open(ward, "p1") == {}
    joined()

    assert _open(ward, "p1")["PLT-1"] == "raised"
    # Whoever looks at the old reference is told, and nothing disappears.
    assert _open(ward, "p2")["PLT-1"] == "value-corrected"


def test_a_later_result_under_the_old_reference_counts_for_the_person(ward, joined):
    joined()
    ward.wait(days=1)
    ward.send("250", who="2", day="20250701")

    assert _open(ward, "p1")["PLT-1"] == "closable"


def test_apart_again_each_has_what_is_their_own(ward, joined):
    from longwatch.store.merging import unmerge

    joined()
    unmerge("p2", by="dora", reason="two cards", at=ward.now, and_then=ward.hook)

    assert _open(ward, "p1")["PLT-1"] == "value-corrected"
    assert _open(ward, "p2")["PLT-1"] == "raised-again"


def test_the_sweep_agrees(ward, joined):
    from longwatch.alerts.sweep import sweep

    joined()
    sweep(ward.now, ward.clinic, engine="python")

    assert sweep(ward.now, ward.clinic, engine="python").steps == {}
    assert ward.alerts(kind="incident") == []
