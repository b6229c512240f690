"""`longwatch watch`: the list a nurse reads at eight, and what programs get."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.cli.conftest import DAY, TABLES, Run, write

from longwatch.core.tables import OUTCOME


def test_the_most_urgent_person_comes_first_with_value_limit_and_what_to_do(
    run: Run, clinic: Path
) -> None:
    out = run("watch", clinic, "--as-of", DAY).out
    same_day, later = out.split("!!  SAME DAY")[1], out.split("?  ")[-1]
    assert "Ash, Ada" in same_day.splitlines()[2]
    assert "PLT-2 Platelets below 50: platelets 38 ×10⁹/L on 2025-04-01 (below 50)" in same_day
    assert "> Hematology the same day" in same_day
    assert "no infusion given or planned" in later


def test_numbers_are_shown_with_the_decimals_of_their_test(run: Run, clinic: Path) -> None:
    out = " ".join(run("watch", clinic, "--as-of", DAY).out.split())
    assert "creatinine 141 µmol/L on 2025-04-01 (up by more than 30 % from baseline: 90" in out
    assert "141.4567" not in out


def test_the_counters_add_up_to_everybody(run: Run, clinic: Path) -> None:
    lines = run("watch", clinic, "--as-of", DAY).out.split("Everybody on the watch\n")[1]
    numbers = [int(line.split()[0]) for line in lines.splitlines() if line.strip()]
    assert sum(numbers[:-1]) == numbers[-1] == 4


def test_each_patient_is_watched_by_their_own_protocol_and_the_list_is_one(
    run: Run, clinic: Path
) -> None:
    answer = json.loads(run("watch", clinic, "--as-of", DAY, "--json").out)
    followed = {row["patient"]: row["protocol"] for row in answer["status"]}
    assert followed == {f"p{n}": "alemtuzumab-us" for n in (1, 3, 4)} | {"p2": "alemtuzumab-eu"}
    assert [row["rank"] for row in answer["worklist"]] == [1, 2, 3, 4]
    order = ["emergency", "same-day", "48-hours", "week", "routine"]
    tiers = [order.index(row["tier"]) for row in answer["worklist"]]
    assert tiers == sorted(tiers)
    same = [(row["tier"], -row["days"], row["patient"]) for row in answer["worklist"]]
    assert [x[1:] for x in same if x[0] == "routine"] == sorted(
        x[1:] for x in same if x[0] == "routine"
    )


def test_a_patient_of_an_unknown_protocol_is_watched_all_the_same_and_named(
    run: Run, tmp_path: Path
) -> None:
    text = TABLES["patients.csv"].replace("alemtuzumab-eu", "alemtuzumab-mars")
    clinic = write(tmp_path / "c", {**TABLES, "patients.csv": text})
    ran = run("watch", clinic, "--as-of", DAY, "--json")
    assert ran.status == 1
    assert "follow 'alemtuzumab-mars', which is no protocol here" in ran.err
    assert "p2" in {row["patient"] for row in json.loads(ran.out)["status"]}


def test_a_protocol_asked_for_is_everybodys(run: Run, clinic: Path) -> None:
    ran = run("watch", clinic, "--as-of", DAY, "--protocol", "alemtuzumab-us-2014", "--json")
    assert {row["protocol"] for row in json.loads(ran.out)["status"]} == {"alemtuzumab-us-2014"}


def test_json_csv_and_parquet_say_the_same(run: Run, clinic: Path, tmp_path: Path) -> None:
    answer = json.loads(run("watch", clinic, "--as-of", DAY, "--json").out)
    shown = list(
        csv.DictReader(io.StringIO(run("watch", clinic, "--as-of", DAY, "--format", "csv").out))
    )
    run("watch", clinic, "--as-of", DAY, "--out", tmp_path / "o", "--format", "parquet")
    run("watch", clinic, "--as-of", DAY, "--out", tmp_path / "o2")
    run("watch", clinic, "--as-of", DAY, "--out", tmp_path / "o3", "--format", "json")
    expected = [row["patient"] for row in answer["worklist"]]
    assert [row["patient"] for row in shown] == expected
    assert pq.read_table(tmp_path / "o" / "worklist.parquet")["patient"].to_pylist() == expected
    assert (
        json.loads((tmp_path / "o3" / "outcome.json").read_text())["worklist"] == answer["worklist"]
    )
    assert {path.stem for path in (tmp_path / "o2").iterdir()} == set(OUTCOME)


@pytest.mark.parametrize("name", list(OUTCOME))
def test_every_table_can_be_printed_and_is_the_one_of_the_json(
    name: str, run: Run, clinic: Path
) -> None:
    ran = run("watch", clinic, "--as-of", DAY, "--table", name)
    rows = json.loads(run("watch", clinic, "--as-of", DAY, "--table", name, "--json").out)[name]
    assert ran.status == 0
    assert "p1" in ran.out or not rows
    if name != "worklist":
        assert ran.out.splitlines()[-1] == f"{len(rows):,} rows"


def test_one_patient_alone_gets_the_same_answer(run: Run, clinic: Path) -> None:
    def rows(*words: str) -> list[dict[str, object]]:
        ran = run("watch", clinic, "--as-of", DAY, "--json", *words)
        status = json.loads(ran.out)["status"]
        return [row for row in status if row["patient"] == "p1"]

    assert rows() == rows("--patient", "p1")


def test_a_pipe_gets_no_colors(run: Run, clinic: Path) -> None:
    assert "\x1b" not in run("watch", clinic, "--as-of", DAY).both


def test_quiet_prints_the_answer_alone(run: Run, clinic: Path) -> None:
    assert run("watch", clinic, "--as-of", DAY).err.strip().startswith("Why? longwatch explain")
    assert run("watch", clinic, "--as-of", DAY, "--quiet").err == ""


def test_a_bad_row_is_named_the_rest_is_used_and_the_status_is_1(run: Run, tmp_path: Path) -> None:
    text = TABLES["results.csv"] + "p1,2025-02-30,platelets,100,10*9/L,,,final\n"
    clinic = write(tmp_path / "c", {**TABLES, "results.csv": text})
    ran = run("watch", clinic, "--as-of", DAY)
    assert ran.status == 1
    assert "results.csv:6:2" in ran.err
    assert "PLT-2" in ran.out
    assert "held back until a person decides (bad-date 1)" in " ".join(ran.out.split())


def test_without_a_day_it_is_today(run: Run, clinic: Path) -> None:
    from longwatch.cli.options import today

    answer = json.loads(run("watch", clinic, "--json", "--table", "worklist").out)
    assert answer["as_of"] == today().isoformat()


def test_the_answer_never_lands_in_the_record(run: Run, clinic: Path) -> None:
    before = sorted(clinic.iterdir())
    ran = run("watch", clinic, "--out", clinic)
    assert ran.status == 2
    assert sorted(clinic.iterdir()) == before


def test_a_symptom_that_the_protocol_cannot_read_is_told_and_changes_the_exit_status(
    run: Run, tmp_path: Path
) -> None:
    rows = "p1,2025-04-02,symptom,epistaxis\np1,2025-04-03,symptom,\n"
    files = {**TABLES, "events.csv": TABLES["events.csv"] + rows}
    ran = run("watch", write(tmp_path / "c", files), "--as-of", DAY)
    said = " ".join(ran.out.split())
    assert "2 symptoms whose code the protocol does not know: (no code) 1, epistaxis 1" in said
    assert ran.status == 1
    told = json.loads(run("watch", tmp_path / "c", "--as-of", DAY, "--json").out)
    assert told["unread_symptoms"] == {"(no code)": 1, "epistaxis": 1}


@pytest.mark.parametrize(
    ("as_of", "words"), [("2025-04-11", "overdue 1 day"), ("2025-04-12", "overdue 2 days")]
)
def test_one_day_is_a_day_and_more_are_days(
    run: Run, tmp_path: Path, as_of: str, words: str
) -> None:
    files = {
        "patients.csv": "patient,birth_date,sex\np1,1985-04-02,male\n",
        "infusions.csv": TABLES["infusions.csv"].replace("p2", "p1").replace("p3", "p1"),
        "results.csv": "patient,date,test,value,unit\n",
    }
    clinic = write(tmp_path / "c", files)
    table = run("watch", clinic, "--as-of", as_of, "--format", "csv").out
    assert next(csv.DictReader(io.StringIO(table)))["reason"].endswith(f": {words}"), table


def test_no_remedy_guesses_what_a_word_of_a_closed_list_means(run: Run, tmp_path: Path) -> None:
    files = {
        "patients.csv": "patient,sex\np1,woman\n",
        "results.csv": "patient,date,test,value,unit,status\n"
        "p1,2025-04-01,platelets,38,10*9/L,entered-in-error\n",
    }
    err = run("watch", write(tmp_path / "c", files), "--as-of", DAY).err
    assert "write the one that is meant: female, male, other, unknown" in err
    assert "write the one that is meant: preliminary, final, corrected, cancelled" in err
    assert "write male" not in err
    assert "write preliminary" not in err
