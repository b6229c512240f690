"""A museum of broken packs: each mistake is told in words, at its line, and nothing else."""

from pathlib import Path
from shutil import copytree

import pytest

from longwatch.protocols.check import check
from longwatch.protocols.yaml import read_yaml

MUSEUM = Path(__file__).parent / "museum"
EXHIBITS = read_yaml(MUSEUM / "exhibits.yaml").plain()
SEVERAL = read_yaml(MUSEUM / "several.yaml").plain()


def test_the_pack_that_the_exhibits_break_is_sound():
    assert check(MUSEUM / "sound") == []


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=[exhibit["name"] for exhibit in EXHIBITS])
def test_each_mistake_is_told_in_words_and_at_its_line(exhibit, tmp_path):
    pack = tmp_path / "pack"
    copytree(MUSEUM / "sound", pack)
    broken = pack / exhibit["file"]
    sound = broken.read_text("utf-8")
    line = exhibit.get("line")
    if "whole" in exhibit:
        broken.write_text(exhibit["whole"], "utf-8")
    elif "append" in exhibit:
        broken.write_text(sound + exhibit["append"], "utf-8")
    else:
        assert sound.count(exhibit["replace"]) == 1, "the exhibit must change one place"
        broken.write_text(sound.replace(exhibit["replace"], exhibit["by"]), "utf-8")
        if line is None:
            line = sound[: sound.index(exhibit["replace"])].count("\n") + 1

    problems = check(pack)

    told_in = pack / exhibit.get("told_in", exhibit["file"])
    where = f"{told_in}:{line}:" if line else str(told_in)
    told = [str(problem) for problem in problems]
    matching = [
        text
        for text, problem in zip(told, problems, strict=True)
        if problem.where.startswith(where) and all(word in text for word in exhibit["says"])
    ]
    assert len(matching) == 1, "\n".join(told)
    assert exhibit.get("all") or len(problems) == 1, "\n".join(told)
    assert "pydantic" not in matching[0]
    assert "tuple" not in matching[0]


@pytest.mark.parametrize("exhibit", SEVERAL, ids=[exhibit["name"] for exhibit in SEVERAL])
def test_mistakes_of_every_kind_are_told_at_once_and_nothing_beside_them(exhibit, tmp_path):
    pack = tmp_path / "pack"
    copytree(MUSEUM / "sound", pack)
    for change in exhibit["changes"]:
        broken = pack / change["file"]
        if "whole" in change:
            broken.write_text(change["whole"], "utf-8")
            continue
        text = broken.read_text("utf-8")
        assert text.count(change["replace"]) == 1, "each change must change one place"
        broken.write_text(text.replace(change["replace"], change["by"]), "utf-8")

    told = [str(problem) for problem in check(pack)]

    assert len(told) == len(exhibit["tells"]), "\n".join(told)
    for text, (file, line, words) in zip(told, exhibit["tells"], strict=True):
        assert text.startswith(f"{pack / file}:{line}:" if line else f"{pack / file}: "), text
        assert words in text
