"""Differences between packs, one change at a time."""

from pathlib import Path
from shutil import copytree

import pytest

from longwatch.protocols.diff import diff
from longwatch.protocols.load import load_protocol, packs

SOUND = Path(__file__).parent / "museum" / "sound"

CHANGES = [
    ("rules/blood.yaml", "below: 50}", "below: 40}", "rules PLT-1 when: platelets at least 20"),
    ("rules/blood.yaml", "within_days: 7", "within_days: 9", "rules PLT-1 within_days: 7 → 9"),
    ("rules/blood.yaml", "tier: emergency", "tier: week", "rules PLT-1 tier: emergency → week"),
    ("rules/blood.yaml", "id: ALT-1", "id: ALT-2", "rules ALT-1 removed: Liver|rules ALT-2 added"),
    ("activities/labs.yaml", "early: 7", "early: 5", "recurring cbc early: 7 → 5"),
    (
        "activities/labs.yaml",
        "[platelets, lymphocytes]",
        "[platelets]",
        "recurring cbc answered_by: platelets and lymphocytes → platelets",
    ),
    (
        "activities/labs.yaml",
        "months: 2}",
        "months: 3}",
        "periods antiviral end: to the later of 2 months after",
    ),
    (
        "activities/labs.yaml",
        "    applies_if: {sex: [female], unclear: [other, unknown]}\n",
        "",
        "recurring hpv-screen applies_if: sex female, unclear other; unknown → nothing",
    ),
    (
        "protocol.yaml",
        "months_after_last_infusion: 48",
        "months_after_last_infusion: 60",
        "watch watch months_after_last_infusion: 48 → 60",
    ),
    (
        "protocol.yaml",
        "{days_overdue: 8,",
        "{days_overdue: 9,",
        "escalation escalation steps: days_overdue 1, tier routine; days_overdue 8, tier week",
    ),
    ("protocol.yaml", 'version: "1"', 'version: "2"', "version: 1 → 2"),
    ("sources.yaml", "on the shelf", "in the drawer", "sources label where: on the"),
    (
        "advice/symptoms.yaml",
        "place: none, verified: proposal, last_checked_on: 2025-01-01}]\nred",
        "place: none, verified: recalled, last_checked_on: 2025-01-01}]\nred",
        "symptoms nosebleed evidence: our proposal: Our proposals, none → from memory: Our",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "words"), CHANGES, ids=[c[3][:40] for c in CHANGES])
def test_one_change_is_one_difference_in_words(file, old, new, words, tmp_path):
    pack = Path(copytree(SOUND, tmp_path / "pack"))
    text = (pack / file).read_text()
    assert text.count(old) == 1
    (pack / file).write_text(text.replace(old, new))
    found = [str(change) for change in diff(load_protocol(SOUND), load_protocol(pack))]
    expected = words.split("|")
    assert len(found) == len(expected)
    assert all(told.startswith(want) for told, want in zip(found, expected, strict=True))


@pytest.mark.parametrize("pack_id", packs())
def test_a_pack_does_not_differ_from_itself(pack_id):
    assert diff(load_protocol(pack_id), load_protocol(pack_id)) == []


def test_back_is_there_with_old_and_new_exchanged():
    one, other = (load_protocol(pack_id) for pack_id in packs()[:2])
    there, back = diff(one, other), diff(other, one)
    swapped = {"added": "removed", "removed": "added", "changed": "changed"}
    assert there
    assert {(c.section, c.id, c.key, c.what, c.old, c.new) for c in there} == {
        (c.section, c.id, c.key, swapped[c.what], c.new, c.old) for c in back
    }
