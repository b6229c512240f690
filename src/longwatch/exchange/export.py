"""The way out: a Record as FHIR, CSV or Parquet. Files appear whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from longwatch.core.errors import ExchangeError, Problem
from longwatch.core.record import Record
from longwatch.core.whole_file import write_whole
from longwatch.exchange.fhir.write import bundle_text, line, resources

ExportFormat = Literal["fhir", "ndjson", "csv", "parquet"]


def export_record(record: Record, path: Path | str, to: ExportFormat) -> list[Path]:
    """Writes a Record for others to read.

    Inputs:
        record: the Record.
        path: the file of `fhir` (one Bundle), the folder of the others.
        to: `fhir`, `ndjson` (one file per resource type, as in bulk export), `csv`, `parquet`.

    Returns:
        The files written.

    Raises:
        ExchangeError: when nothing can be written there.
        RecordError: the same, for CSV and Parquet.
    """
    target = Path(path)
    if to in ("csv", "parquet"):
        record.write(target, format=to)
        return sorted(target.glob(f"*.{to}"))
    try:
        if to == "fhir":
            write_whole(target, bundle_text(record))
            return [target]
        return _write_types(record, target)
    except OSError as error:
        raise ExchangeError(
            Problem(
                f"cannot write: {error.strerror}", str(target), how="check path, rights and space"
            )
        ) from None


def _write_types(record: Record, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    lines: dict[str, list[str]] = {}
    for resource in resources(record):
        lines.setdefault(resource["resourceType"], []).append(line(resource) + "\n")
    written = []
    for kind, texts in lines.items():
        file = folder / f"{kind}.ndjson"
        write_whole(file, texts)
        written.append(file)
    return written
