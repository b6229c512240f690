"""`explain`, `plan`, `export`, `protocol`: what they print, and that programs can read it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from icalendar import Calendar
from tests.cli.conftest import DAY, Run

from longwatch.protocols.load import packs


def test_explain_goes_down_to_the_result_and_the_source(run: Run, clinic: Path) -> None:
    out = run("explain", clinic, "p1", "plt-2", "--as-of", DAY).out
    first = out.splitlines()[0]
    assert first.startswith("PLT-2 Platelets below 50")
    assert "2025-04-01 platelets 38" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 100


def test_explain_in_json_carries_the_whole_tree(run: Run, clinic: Path) -> None:
    told = json.loads(run("explain", clinic, "p1", "--as-of", DAY, "--json").out)
    assert told["patient"] == "p1"
    assert told["why"]["children"]


def test_explain_follows_the_patients_own_protocol(run: Run, clinic: Path) -> None:
    told = json.loads(run("explain", clinic, "p2", "cbc", "--as-of", DAY, "--json").out)
    assert told["protocol"] == "alemtuzumab-eu"


def test_a_plan_from_a_first_day_counts_from_it(run: Run) -> None:
    told = json.loads(run("plan", "--first", "2025-01-31", "--json").out)
    counts = [item["date"] for item in told["items"] if item["activity"] == "cbc"]
    assert counts[:3] == ["2025-02-28", "2025-03-31", "2025-04-30"]
    assert "2025-02-28" in run("plan", "--first", "2025-01-31").out


def test_a_calendar_holds_every_window_and_can_hide_what_it_is(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "plan.ics"
    assert run("plan", "--first", "2025-03-03", "--ics", file).status == 0
    events = Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    assert len(events) > 48
    run("plan", "--first", "2025-03-03", "--ics", file, "--neutral")
    titles = {
        str(event["SUMMARY"]) for event in Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    }
    assert titles <= {"Blood test", "Appointment", "Paperwork"}


def test_the_plan_of_a_patient_of_a_record(run: Run, clinic: Path) -> None:
    told = json.loads(run("plan", clinic, "--patient", "p2", "--as-of", DAY, "--json").out)
    assert told["protocol"] == "alemtuzumab-eu"
    states = {item["state"] for item in told["items"] if item["activity"] == "cbc"}
    assert "planned" in states


def test_calendars_of_a_clinic_are_one_file_each(run: Run, clinic: Path, tmp_path: Path) -> None:
    ran = run("export", clinic, tmp_path / "ics", "--to", "ics", "--as-of", DAY)
    assert ran.status == 0
    assert sorted(path.name for path in (tmp_path / "ics").iterdir()) == [
        f"p{n}.ics" for n in range(1, 5)
    ]


def test_ids_that_would_leave_the_folder_or_fall_together_do_not(tmp_path: Path) -> None:
    from longwatch.cli.export_work import _file_name

    names = [_file_name(name) for name in ("../a", "..\\a", "..:a", "a" * 300, "a" * 301, "p-1")]
    assert len(set(names)) == len(names)
    assert not any(set(name) & set("/\\.:") for name in names)
    assert names[-1] == "p-1"


def test_every_pack_is_listed_shown_and_sound(run: Run) -> None:
    listed = json.loads(run("protocol", "list", "--json").out)
    assert [pack["id"] for pack in listed] == packs()
    assert run("protocol", "check").out == "".join(f"{name}: sound\n" for name in packs())


def test_a_protocol_is_shown_in_words_with_its_sources(run: Run) -> None:
    out = run("protocol", "show", "alemtuzumab-us").out
    assert "Alert rules (" in out
    assert "PLT-1: platelets below 20 ×10⁹/L" in out
    assert "    - " in out
    assert json.loads(run("protocol", "show", "alemtuzumab-us", "--json").out)["rules"]


@pytest.mark.parametrize("item", ["PLT-1", "plt-1", "cbc", "overdue", "tier-week"])
def test_one_item_is_shown_alone(item: str, run: Run) -> None:
    ran = run("protocol", "show", "alemtuzumab-us", item)
    assert ran.status == 0
    assert ran.out.lower().startswith(item.lower())


def test_the_difference_of_two_protocols(run: Run) -> None:
    changes = json.loads(
        run("protocol", "diff", "alemtuzumab-us", "alemtuzumab-us-2014", "--json").out
    )
    assert any(change["id"] == "liver" and change["what"] == "removed" for change in changes)
    assert run("protocol", "diff", "alemtuzumab-us", "alemtuzumab-us").out == "No differences.\n"


def test_the_schema_is_json(run: Run, tmp_path: Path) -> None:
    assert json.loads(run("protocol", "schema").out)["properties"]["rules"]
    run("protocol", "schema", "--out", tmp_path / "s.json")
    assert json.loads((tmp_path / "s.json").read_text())["properties"]["rules"]


def test_a_broken_pack_is_told_with_file_and_line(run: Run, tmp_path: Path) -> None:
    pack = tmp_path / "mine"
    pack.mkdir()
    (pack / "protocol.yaml").write_text("extends: alemtuzumab-us\nid: mine\ntitel: Mine\n")
    ran = run("protocol", "check", pack)
    assert ran.status == 1
    assert "protocol.yaml:3:1" in ran.err
    assert "did you mean 'title'?" in ran.err
    told = json.loads(run("protocol", "check", pack, "--json").out)
    assert any(problem["where"].endswith("protocol.yaml:3:1") for problem in told[str(pack)])
