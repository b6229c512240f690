"""The shipped files are what the script makes, and nothing in them lies after the morning shown."""

import re
from importlib.resources import files
from pathlib import Path

import pytest
from tools.make_sample_clinic import clinic
from tools.make_sample_clinic.clinic import KEPT_BY_HAND, make_files, write_files
from tools.make_sample_clinic.model import AS_OF, Draw
from tools.make_sample_clinic.people import everybody
from tools.make_sample_clinic.reports import reports_of
from tools.make_sample_clinic.surroundings import surroundings_of

from longwatch.sample import sample_files

SHIPPED = Path(str(files("longwatch.sample"))) / "files"
LARGEST_BYTES = 8_000_000


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return make_files()


@pytest.fixture(scope="module")
def draws() -> list[Draw]:
    return [draw for one in everybody() for draw in (*reports_of(one), *surroundings_of(one).draws)]


def test_the_shipped_files_are_byte_for_byte_what_the_script_makes(made: dict[str, str]) -> None:
    shipped = {
        path.relative_to(SHIPPED).as_posix(): path.read_bytes()
        for path in SHIPPED.rglob("*")
        if path.is_file() and path.name not in KEPT_BY_HAND
    }
    assert sorted(shipped) == sorted(made)
    different = [name for name, text in made.items() if shipped[name] != text.encode()]
    assert different == [], "run: python -m tools.make_sample_clinic"


def test_a_second_run_clears_away_what_an_earlier_one_left(
    tmp_path: Path, made: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clinic, "make_files", lambda: made)
    (tmp_path / "old.csv").write_text("left over")
    sizes = write_files(tmp_path)
    assert not (tmp_path / "old.csv").exists()
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")} == set(sizes)


def test_all_files_together_stay_small_enough_to_ship(made: dict[str, str]) -> None:
    assert sum(len(text.encode()) for text in made.values()) < LARGEST_BYTES


def test_every_input_is_offered_once_and_what_only_explains_is_not() -> None:
    offered = [
        file
        for path in sample_files()
        for file in (sorted(path.iterdir()) if path.is_dir() else [path])
    ]
    shipped = {path for path in SHIPPED.rglob("*.*") if path.name not in KEPT_BY_HAND}
    assert len(offered) == len(set(offered))
    assert set(offered) == shipped


def test_no_draw_and_no_report_lies_after_the_morning_shown(draws: list[Draw]) -> None:
    assert [draw for draw in draws if max(draw.day, draw.reported) > AS_OF] == []


def test_a_report_is_never_sent_before_its_specimen_was_taken(draws: list[Draw]) -> None:
    assert [draw for draw in draws if draw.reported < draw.day] == []


def test_nobody_shares_a_number() -> None:
    numbers = [person.mrn for person in everybody()]
    assert len(numbers) == len(set(numbers))
    assert 140 <= len(numbers) <= 160


def test_the_identifiers_of_observations_tell_them_apart(made: dict[str, str]) -> None:
    found = re.findall(r'"id":"([^"]+)","status":"(\w+)"', made["hospital/Observation.ndjson"])
    assert len(found) == len(set(found))


def test_all_three_laboratories_and_both_systems_of_laboratory_b_are_there(
    made: dict[str, str],
) -> None:
    assert '"code":"777-3"' in made["hospital/Observation.ndjson"]
    assert "|ST|777-3^^LN||" in made["lab-b/2024-Q1.hl7"]
    assert "|NM|PLT^^L^777-3^^LN||" in made["lab-b/2026-Q1.hl7"]
    assert ";PLT;" in made["lab-c/lab-c-2026.csv"]
