"""Loading: shipped packs, folders, and what stands in the way."""

import os
from collections import deque
from pathlib import Path
from shutil import copytree
from time import process_time

import pytest
from yaml import parse
from yamlcore import CCoreLoader

from longwatch.core.errors import ProtocolError
from longwatch.protocols import load
from longwatch.protocols.cases import load_cases
from longwatch.protocols.check import check
from longwatch.protocols.folders import yaml_files
from longwatch.protocols.load import load_protocol, pack_digest, packs, shipped_path
from longwatch.protocols.validate import validate

SOUND = Path(__file__).parent / "museum" / "sound"


@pytest.fixture
def pack(tmp_path):
    return Path(copytree(SOUND, tmp_path / "pack"))


def refusal(id_or_path) -> str:
    with pytest.raises(ProtocolError) as error:
        load_protocol(id_or_path)
    return str(error.value)


@pytest.mark.parametrize("pack_id", packs())
def test_each_shipped_pack_and_its_cases_are_without_a_problem(pack_id):
    assert [str(problem) for problem in check(pack_id)] == []
    assert load_protocol(pack_id).id == pack_id == shipped_path(pack_id).name


def test_packs_are_shipped():
    assert {"alemtuzumab-us", "campath-bcll"} <= set(packs())


def test_a_shipped_pack_is_read_once():
    assert load_protocol("alemtuzumab-us") is load_protocol("alemtuzumab-us")


@pytest.mark.parametrize("pack_id", packs())
def test_a_shipped_pack_loads_in_a_few_times_what_its_yaml_events_cost(pack_id):
    # A ratio, not seconds: both sides slow down together on a busy machine.
    composed = load.compose(pack_id)
    texts = [
        path.read_text("utf-8")
        for folder in (composed.folder, *composed.bases)
        for path in yaml_files(folder)
    ]

    def spent(work) -> float:
        start = process_time()
        work()
        return process_time() - start

    def events():
        for text in texts:
            deque(parse(text, Loader=CCoreLoader), maxlen=0)

    pairs = [(spent(lambda: load._shipped.__wrapped__(pack_id)), spent(events)) for _ in range(4)]
    loaded, bare = (min(times) for times in zip(*pairs, strict=True))
    assert loaded < 8 * bare


def test_a_folder_loads_by_path_text_and_by_its_protocol_file():
    assert (
        load_protocol(SOUND) == load_protocol(str(SOUND)) == load_protocol(SOUND / "protocol.yaml")
    )


def test_lists_of_several_files_are_joined(pack):
    (pack / "rules" / "more.yaml").write_text(
        (pack / "rules" / "blood.yaml").read_text().replace("-1\n", "-2\n")
    )
    assert [rule.id for rule in load_protocol(pack).rules] == ["PLT-1", "ALT-1", "PLT-2", "ALT-2"]


def test_hidden_files_and_other_kinds_are_left_alone(pack):
    (pack / ".hidden.yaml").write_text("nonsense")
    (pack / "._rules.yml").write_text("nonsense")
    (pack / "README.md").write_text("nonsense")
    (pack / ".git").mkdir()
    (pack / ".git" / "x.yaml").write_text("nonsense")
    assert load_protocol(pack) == load_protocol(SOUND)


def test_a_pack_without_cases_has_none(pack):
    (pack / "cases" / "first.yaml").unlink()
    (pack / "cases").rmdir()
    assert (check(pack), load_cases(pack)) == ([], [])


def test_problems_of_all_files_are_told_at_once(pack):
    for name in ("sources.yaml", "rules/blood.yaml", "activities/labs.yaml"):
        (pack / name).write_text("a: [")
    told = refusal(pack)
    assert all(f"{pack}/{name}:2:1" in told for name in ("sources.yaml", "rules/blood.yaml"))
    assert told.count("\n") == 2


def test_problems_inside_all_files_are_told_at_once_in_the_order_of_the_files(pack):
    labs, rules = pack / "activities" / "labs.yaml", pack / "rules" / "blood.yaml"
    labs.write_text(
        labs.read_text().replace("early: 7", "early: soon").replace("grace: 7", "grac: 7")
    )
    rules.write_text(rules.read_text().replace("tier: week", "tier: later"))
    lines = refusal(pack).splitlines()
    assert [line.partition(str(pack))[2].partition(": ")[0] for line in lines] == [
        "/activities/labs.yaml:6:12",
        "/activities/labs.yaml:7:5",
        "/rules/blood.yaml:18:11",
    ]


def test_a_contradiction_between_parts_refuses_a_folder(pack):
    rules = pack / "rules" / "blood.yaml"
    rules.write_text(rules.read_text().replace("unit: 10*9/L", "unit: mg/dL"))
    assert "cannot be converted" in refusal(pack)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("alemtuzumab-su", "did you mean 'alemtuzumab-us'?"),
        ("zzz", "give a folder, or one of: alemtuzumab-eu"),
        ("", "no protocol pack"),
        ("a\0b", "no protocol pack|cannot be read"),
        ("x" * 5000, "no protocol pack|cannot be read"),
    ],
)
def test_a_pack_that_does_not_exist_is_told_with_the_nearest(name, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = refusal(name)
    assert any(word in told for word in words.split("|"))


def test_an_unknown_id_names_no_shipped_path():
    with pytest.raises(ProtocolError, match="did you mean"):
        shipped_path("../packs/alemtuzumab-us")


def test_a_folder_without_protocol_yaml_says_what_a_pack_is(tmp_path):
    assert f"{tmp_path}: the folder has no protocol.yaml" in refusal(tmp_path)


def test_a_file_with_the_short_ending_is_not_left_out_unseen(pack):
    (pack / "rules" / "more.yml").write_text("rules: []")
    assert "more.yml: files of a pack end in .yaml. Mend: name it more.yaml" in refusal(pack)


def test_a_flood_of_files_is_refused(pack):
    for number in range(400):
        (pack / "rules" / f"r{number}.yaml").write_text("rules: []")
    assert "more than 300 YAML files" in refusal(pack)


@pytest.mark.parametrize("unreadable", ["pack", "rules"])
def test_a_folder_that_may_not_be_read_says_so(unreadable, pack, monkeypatch):
    real = os.scandir

    def scandir(path):
        if Path(path).name == unreadable:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    assert f"{unreadable}: the folder cannot be read (Permission denied)" in refusal(pack)


def test_the_digest_follows_the_content_and_not_the_files(pack):
    loaded = load_protocol(pack)
    text = (pack / "sources.yaml").read_text()
    (pack / "sources.yaml").unlink()
    (pack / "advice" / "a.yaml").write_text(f"# moved\n{text}")
    assert pack_digest(load_protocol(pack)) == pack_digest(loaded)
    labs = pack / "activities" / "labs.yaml"
    labs.write_text(labs.read_text().replace("grace: 7", "grace: 8"))
    assert pack_digest(load_protocol(pack)) != pack_digest(loaded)


def test_a_validated_pack_survives_its_own_json():
    pack = validate(load.compose(SOUND))
    assert type(pack).model_validate_json(pack.model_dump_json()) == pack
