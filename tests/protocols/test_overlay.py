"""Overlays: what is merged, replaced, added, taken away, and never inherited."""

from pathlib import Path
from shutil import copytree

import pytest

from longwatch.core.errors import ProtocolError
from longwatch.protocols.load import load_protocol, packs

SOUND = Path(__file__).parent / "museum" / "sound"
OWN = "id: local\nversion: '2'\ntitle: Ours\nstate: draft\nvalid_from: 2025-02-01\nextends: base\n"
EVIDENCE = (
    "evidence: [{source: ours, place: local, verified: proposal, last_checked_on: 2025-02-01}]"
)


@pytest.fixture
def overlay(tmp_path):
    copytree(SOUND, tmp_path / "base")

    def load(text: str, own: str = OWN):
        folder = tmp_path / "local"
        folder.mkdir(exist_ok=True)
        (folder / "protocol.yaml").write_text(own + text)
        return load_protocol(folder)

    return load


def told(overlay, text: str, own: str = OWN) -> str:
    with pytest.raises(ProtocolError) as error:
        overlay(text, own)
    return str(error.value)


def by_id(items):
    return {item.id: item for item in items}


def test_without_changes_everything_but_the_own_fields_is_the_base(overlay):
    pack, base = overlay(""), load_protocol(SOUND)
    same = {"id", "version", "title", "valid_from", "extends"}
    assert pack.model_dump(exclude=same) == base.model_dump(exclude=same)
    assert (pack.id, pack.version, pack.extends) == ("local", "2", "base")


def test_an_item_is_merged_field_by_field_over_that_of_the_base(overlay):
    pack, base = overlay(f"recurring: [{{id: cbc, grace: 10, {EVIDENCE}}}]\n"), load_protocol(SOUND)
    cbc, was = by_id(pack.recurring)["cbc"], by_id(base.recurring)["cbc"]
    assert (cbc.grace, cbc.early, cbc.answered_by) == (10, was.early, was.answered_by)
    assert [evidence.place for evidence in cbc.evidence] == ["local"]
    assert [item.id for item in pack.recurring] == [item.id for item in base.recurring]


def test_a_mapping_inside_an_item_is_merged_deep_and_a_list_replaced(overlay):
    text = (
        "periods:\n  - id: antiviral\n    end: {first_result: {at_least: 300}}\n"
        f"    {EVIDENCE}\nrules:\n  - {{id: ALT-1, suspects: [virus], {EVIDENCE}}}\n"
    )
    pack = overlay(text)
    end = pack.periods[0].end
    assert (end.first_result.at_least, end.first_result.test) == (300, "cd4")
    assert end.later_of[0].months == 2
    assert by_id(pack.rules)["ALT-1"].suspects == ("virus",)


def test_new_items_and_sources_are_added_behind(overlay):
    text = (
        "sources: {local: {title: Local, kind: guideline, where: here}}\n"
        "recurring:\n  - {id: skin, title: Skin, words: Skin., every_months: 12, early: 3, "
        f"grace: 3, answered_by: {{events: [{{codes: [skin]}}]}}, {EVIDENCE}}}\n"
    )
    pack = overlay(text)
    assert [item.id for item in pack.recurring] == ["cbc", "hpv-screen", "skin"]
    assert set(pack.sources) == {"label", "ours", "local"}


def test_items_are_taken_away_and_can_be_written_anew(overlay):
    text = (
        "remove: [ALT-1, hpv-screen, periods/antiviral]\n"
        "recurring:\n  - {id: hpv-screen, title: New, words: New., every_months: 6, early: 3, "
        f"grace: 3, answered_by: {{events: [{{codes: [new]}}]}}, {EVIDENCE}}}\n"
    )
    pack = overlay(text)
    assert (list(by_id(pack.rules)), pack.periods) == (["PLT-1"], ())
    assert by_id(pack.recurring)["hpv-screen"].applies_if is None


def test_watch_is_merged_under_its_id_and_replaced_under_another(overlay):
    kept = overlay(f"watch: {{id: watch, months_after_last_infusion: 60, {EVIDENCE}}}\n").watch
    assert (kept.title, kept.months_after_last_infusion) == ("The watch", 60)
    assert "watch: the key 'title' is missing" in told(
        overlay, f"watch: {{id: other, months_after_last_infusion: 60, {EVIDENCE}}}\n"
    )


def test_a_signature_of_the_base_does_not_sign_the_overlay(overlay, tmp_path):
    base = tmp_path / "base" / "protocol.yaml"
    signed = (
        "state: approved\napproved_by: [{name: A, role: neurologist, on: 2025-01-01}]\nnote: Base."
    )
    base.write_text(base.read_text().replace("state: draft", signed))
    pack = overlay("")
    assert (pack.state, pack.approved_by, pack.note) == ("draft", (), "")
    assert "nobody has signed" in told(overlay, "", OWN.replace("draft", "approved"))


def test_an_overlay_must_name_itself(overlay):
    said = told(overlay, "", "extends: base\n")
    missing = ("id", "version", "title", "state", "valid_from")
    assert all(f"the key '{key}' is missing" in said for key in missing)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("remove: [PLT-7]\n", 7, ["remove: the base has no item 'PLT-7'", "did you mean 'PLT-1'?"]),
        ("remove: PLT-1\n", 7, ["remove must be a list of ids"]),
        ("remove: [recurring/PLT-1]\n", 7, ["the base has no item 'recurring/PLT-1'"]),
        (
            "recurring: [{id: cbc, grace: 10}]\n",
            7,
            ["recurring cbc", "without evidence of its own"],
        ),
        ("watch: {months_after_last_infusion: 60}\n", 7, ["watch", "without evidence of its own"]),
        (
            "recurring: [{id: cbc, title: A}, {id: cbc, title: B}]\n",
            7,
            ["stands twice in recurring"],
        ),
        (f"recurring: [{{id: cbc, garce: 10, {EVIDENCE}}}]\n", 7, ["did you mean 'grace'?"]),
    ],
)
def test_a_wrong_overlay_is_told_at_its_own_line(text, line, words, overlay, tmp_path):
    said = told(overlay, text)
    assert f"{tmp_path}/local/protocol.yaml:{line}:" in said
    assert all(word in said for word in words)


def test_mistakes_against_the_base_and_in_shape_are_told_at_once(overlay):
    said = told(
        overlay,
        "remove: [PLT-7]\nrecurring:\n  - {id: cbc, grace: 10}\n"
        f"  - {{id: hpv-screen, early: soon, {EVIDENCE}}}\n"
        f"rules: [{{id: ALT-1, titel: A, {EVIDENCE}}}]\n",
    )
    words = ["no item 'PLT-7'", "without evidence of its own", "'early' must be", "mean 'title'?"]
    assert len(said.splitlines()) == len(words)
    assert all(word in said for word in words)


def test_an_id_in_several_sections_must_be_removed_by_section(overlay, tmp_path):
    labs = tmp_path / "base" / "activities" / "labs.yaml"
    labs.write_text(labs.read_text().replace("id: vaccines", "id: cbc"))
    said = told(overlay, "remove: [cbc]\n")
    assert "in several sections. Mend: write recurring/cbc or before_course/cbc" in said
    pack = overlay("remove: [before_course/cbc]\n")
    assert (len(pack.recurring), pack.before_course) == (2, ())


def test_a_mistake_in_the_base_is_told_in_the_file_of_the_base(overlay, tmp_path):
    labs = tmp_path / "base" / "activities" / "labs.yaml"
    labs.write_text(labs.read_text().replace("early: 30", "early: soon"))
    assert f"{labs}:16:12: recurring hpv-screen: 'early' must be a whole number" in told(
        overlay, ""
    )


def test_packs_that_extend_each_other_in_a_circle_are_refused(overlay, tmp_path):
    base = tmp_path / "base" / "protocol.yaml"
    base.write_text(base.read_text() + "extends: local\n")
    assert "in a circle: local → base → local" in told(overlay, "")


def test_overlays_can_lie_over_overlays(overlay, tmp_path):
    overlay(f"recurring: [{{id: cbc, grace: 10, {EVIDENCE}}}]\n")
    top = tmp_path / "top"
    top.mkdir()
    (top / "protocol.yaml").write_text(
        OWN.replace("base", "local").replace("id: local", "id: top")
        + f"recurring: [{{id: cbc, early: 9, {EVIDENCE}}}]\n"
    )
    cbc = by_id(load_protocol(top).recurring)["cbc"]
    assert (cbc.early, cbc.grace) == (9, 10)


def test_a_shipped_pack_can_be_the_base(overlay):
    pack = overlay("", OWN.replace("extends: base", "extends: campath-bcll"))
    assert pack.drug == load_protocol("campath-bcll").drug


def test_a_folder_named_like_a_shipped_pack_is_not_guessed(overlay, tmp_path):
    copytree(SOUND, tmp_path / packs()[0])
    own = OWN.replace("extends: base", f"extends: {packs()[0]}")
    assert "is a shipped pack and a folder beside this one" in told(overlay, "", own)
