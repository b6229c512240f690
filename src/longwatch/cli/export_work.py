"""What `longwatch export` does."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from longwatch.cli.files import must_be_a_file, write_text
from longwatch.core.errors import Problem, UsageError

if TYPE_CHECKING:
    from longwatch.core.record import Record

_LONGEST_NAME = 100


def run_export(
    record: Record,
    source: Path,
    out: Path,
    to: str,
    protocol: str | None,
    as_of: date,
    patient: str | None,
) -> list[Path]:
    """Writes a Record, or the calendars of its patients.

    Returns:
        The files written.

    Raises:
        UsageError: when `out` cannot be what was asked for.
    """
    _check(source, out, to, patient)
    if to == "ics":
        return _calendars(record, out, protocol, as_of, patient)
    from longwatch.exchange.export import export_record

    return export_record(record, out, cast(Literal["fhir", "ndjson", "csv", "parquet"], to))


def _check(source: Path, out: Path, to: str, patient: str | None) -> None:
    if out.resolve() == source.resolve():
        raise UsageError(
            Problem("the export would replace the Record itself", str(out), how="name another")
        )
    one_file = to == "fhir" or (to == "ics" and patient is not None)
    if one_file:
        must_be_a_file(out)
    if not one_file and out.exists() and not out.is_dir():
        raise UsageError(Problem("this is a file, a folder is needed", str(out)))


def _calendars(
    record: Record, out: Path, protocol: str | None, as_of: date, patient: str | None
) -> list[Path]:
    from longwatch.cli.plan_work import calendar, plan_of, protocol_of

    if patient is not None:
        write_text(out, calendar(plan_of(record, patient, protocol, as_of), patient))
        return [out]
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name in record.patients["patient"].to_pylist():
        made = plan_of(record, name, protocol_of(record, name, protocol), as_of)
        file = out / f"{_file_name(name)}.ics"
        write_text(file, calendar(made, name))
        written.append(file)
    return written


def _file_name(patient: str) -> str:
    """An id as a file's name: nothing in it can leave the folder."""
    plain = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in patient)
    if plain == patient and len(plain) <= _LONGEST_NAME:
        return plain
    # Two ids may become one name, and a name has its limit: the digest keeps them apart.
    return f"{plain[:_LONGEST_NAME]}-{sha256(patient.encode()).hexdigest()[:8]}"
