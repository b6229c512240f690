"""`longwatch import`: an account of every entry, one writer at a time, whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from pathlib import Path

import pytest
from tests.cli.conftest import Run, everything_under, write

from longwatch.core.record import Record

HL7 = (
    "MSH|^~\\&|LIS|LAB|||20250402080000||ORU^R01^ORU_R01|1|P|2.5.1\r"
    "PID|1||p1^^^CLINIC||Ash^Ada||19850402|F\r"
    "OBR|1||A1|CBC|||20250402\r"
    "OBX|1|NM|777-3^Platelets^LN||{value}|10*3/uL|150-400||||F|||20250402\r"
    "OBX|2|NM|2951-2^Sodium^LN||140|mmol/L|||||F|||20250402\r"
)
IDENTIFIERS = "authority,value,patient\nCLINIC,p1,p1\n"


@pytest.fixture
def record(clinic: Path) -> Path:
    return write(clinic, {"identifiers.csv": IDENTIFIERS})


def message(folder: Path, value: object = 25) -> Path:
    file = folder / "message.hl7"
    file.write_text(HL7.format(value=value), encoding="utf-8", newline="")
    return file


def test_the_account_adds_up_and_the_result_is_there(
    run: Run, record: Path, tmp_path: Path
) -> None:
    ran = run("import", message(tmp_path), "--into", record, "--json")
    told = json.loads(ran.out)
    parts = (told["filed"], told["held"], told["not_watched"])
    assert ran.status == 0
    assert told["read"] == sum(sum(part.values()) for part in parts) + told["duplicates"]
    assert told["filed"] == {"results": 1}
    assert sum(n for name, n in told["not_watched"].items() if "2951-2" in name) == 1
    assert 25.0 in Record.read(record).results["value"].to_pylist()


def test_twice_is_the_same_as_once(run: Run, record: Path, tmp_path: Path) -> None:
    sent = message(tmp_path)
    run("import", sent, "--into", record)
    before = {path.name: path.read_bytes() for path in record.iterdir()}
    ran = run("import", sent, "--into", record)
    assert ran.status == 0
    assert "known already" in ran.out
    assert "stays as it was" in ran.out
    assert {path.name: path.read_bytes() for path in record.iterdir()} == before


def test_what_cannot_be_filed_is_told_kept_and_listed_with_its_remedy(
    run: Run, record: Path, tmp_path: Path
) -> None:
    ran = run("import", message(tmp_path, 250000), "--into", record)
    assert ran.status == 1
    assert "held back" in ran.out
    assert "implausible-value" in ran.out
    assert f"longwatch held {record}" in ran.err
    listed = run("held", record)
    assert listed.status == 0
    assert "platelets: '250000 10*3/uL' is outside what a patient can have" in " ".join(
        listed.out.split()
    )
    assert "> Mend: check number and unit against the report" in listed.out
    rows = json.loads(run("held", record, "--json").out)
    assert [row["reason"] for row in rows] == ["implausible-value"]
    assert "250000" in run("held", record, "--raw").out
    assert run("held", record, "--reason", "bad-date").out == "Nothing is held.\n"


def test_a_dry_run_says_what_would_happen_and_writes_nothing(
    run: Run, tmp_path: Path, record: Path
) -> None:
    before = {path.name: path.read_bytes() for path in record.iterdir()}
    ran = run("import", message(tmp_path), "--into", record, "--dry-run")
    assert "Nothing was written" in ran.out
    assert {path.name: path.read_bytes() for path in record.iterdir()} == before
    sent = message(tmp_path)
    run("import", sent, "--into", tmp_path / "new", "--create-patients", "--dry-run")
    assert not (tmp_path / "new").exists()


def test_a_new_record_is_made_in_the_format_asked_for_and_keeps_it(
    run: Run, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    sent = message(tmp_path)
    ran = run("import", sent, "--into", new, "--create-patients", "--parquet")
    assert ran.status == 0, ran.both
    assert (new / "results.parquet").exists()
    run("import", message(tmp_path, 24), "--into", new)
    assert not (new / "results.csv").exists()


def test_a_second_import_at_the_same_time_is_refused(
    run: Run, record: Path, tmp_path: Path
) -> None:
    handle = os.open(record, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        ran = run("import", message(tmp_path), "--into", record)
    finally:
        os.close(handle)
    assert ran.status == 2
    assert "another import into this Record is running" in ran.err
    assert run("import", message(tmp_path), "--into", record).status == 0


def test_an_import_that_fails_leaves_no_folder(run: Run, tmp_path: Path) -> None:
    broken = write(tmp_path, {"m.yaml": "laboratory: [\n"}) / "m.yaml"
    sent = message(tmp_path)
    before = everything_under(tmp_path)
    ran = run("import", sent, "--into", tmp_path / "new", "--mapping", broken)
    assert ran.status == 1
    assert ran.err.startswith("Problem: ")
    assert everything_under(tmp_path) == before


def test_export_and_import_give_back_what_was_there(run: Run, record: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "clinic.json"
    assert run("export", record, bundle, "--to", "fhir").status == 0
    assert run("import", bundle, "--into", tmp_path / "copy", "--create-patients").status == 0
    old, new = Record.read(record), Record.read(tmp_path / "copy")
    for table, columns in {
        "patients": ["patient", "birth_date", "sex"],
        "infusions": ["patient", "date", "course", "day"],
        "results": ["patient", "date", "test", "unit", "status"],
    }.items():
        rows = [getattr(one, table).select(columns).to_pylist() for one in (old, new)]
        assert sorted(map(str, rows[0])) == sorted(map(str, rows[1])), table


def test_a_disk_that_fills_up_leaves_the_old_record_whole(
    run: Run, record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    sent = message(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.setattr("longwatch.core.record_write.os.fsync", full)
    ran = run("import", sent, "--into", record)
    assert ran.status == 1
    assert "No space left on device" in ran.err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
