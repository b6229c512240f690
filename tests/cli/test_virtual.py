"""`longwatch simulate` and `longwatch trial`, as a user meets them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run


def test_a_virtual_cohort_is_watched_like_any_clinic(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "virtual"

    made = run("simulate", "--patients", "20", "--out", folder, "--as-of", "2023-06-01")

    assert made.status == 0, made.err
    assert "20 virtual patients" in made.out
    watched = run("watch", folder, "--as-of", "2023-06-01", "--table", "status", "--json")
    assert watched.status == 0, watched.err
    assert len({row["patient"] for row in json.loads(watched.out)["status"]}) == 20
    again = run("simulate", "--patients", "20", "--out", folder)
    assert (again.status, "add --replace" in again.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("simulate", "--patients", "-1"), "give 0 to"),
        (("simulate", "--months", "0"), "give 1 to"),
        (("simulate", "--months", "1300"), "give 1 to"),
        (("simulate", "--seed", "-3"), "seed -3"),
        (("simulate", "--without", "aspirin"), "antiviral, diet"),
        (("simulate", "--start", "0202-01-07"), "begin from"),
        (("simulate", "--protocol", "campath-bcll"), "no cohort on campath-bcll"),
        (("trial", "care-ms-3"), "care-ms-1"),
        (("trial", "care-ms-1", "--replicates", "0"), "give from 1 to"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(
    run: Run, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    out = ("--out", tmp_path / "out") if words[0] == "simulate" else ()

    ran = run(*words, *out)

    assert ran.status == 2
    assert said in ran.err
    assert not (tmp_path / "out").exists()


def test_a_trial_stands_beside_its_published_figures(run: Run, tmp_path: Path) -> None:
    ran = run("trial", "care-ms-2", "--replicates", "4", "--out", tmp_path, "--json")

    assert ran.status == 0, ran.err
    rows = json.loads(ran.out)
    account = [row for row in rows if row["account"]]
    assert {row["published"] for row in account} >= {65.4, 46.7, 12.7, 21.1, 0.26, 0.52}
    assert (tmp_path / "care-ms-2.svg").read_text().startswith("<svg")
    assert len((tmp_path / "care-ms-2.csv").read_text().splitlines()) == len(rows) + 1


@pytest.mark.parametrize("verb", ["simulate", "trial"])
def test_without_jax_it_says_how_to_install_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    given = {"simulate": ("--out", tmp_path / "v"), "trial": ("care-ms-1",)}

    ran = run(verb, *given[verb])

    assert ran.status == 2
    assert "longwatch[model]" in ran.err
