"""Laboratory CSV: bytes and a mapping in, a stream of what the file says out.

A file is refused whole when its header, encoding or date order is not what the mapping states; a
single bad row is held and the others are read.
"""

from __future__ import annotations

from collections.abc import Iterator

from longwatch.core.errors import ExchangeError, Problem
from longwatch.exchange.intake import OWN, Incoming
from longwatch.exchange.labcsv_dates import fits_swapped
from longwatch.exchange.labcsv_mapping import LabMapping, PatientColumns, StatusColumn
from longwatch.exchange.labcsv_rows import Rows
from longwatch.exchange.labcsv_table import Sheet, check_header, read_sheet

_OWN_COLUMNS = ("patient", "date", "test", "value", "unit")
_OWN_OPTIONAL = {
    "low": "low",
    "high": "high",
    "reported": "received",
}
_OWN_STATUS = StatusColumn(
    column="status",
    words={word: word for word in ("preliminary", "final", "corrected", "cancelled")},
)


def is_record_csv(data: bytes) -> bool:
    r"""Whether these bytes begin with the header of a Record's `results.csv`.

    >>> is_record_csv(b"patient,date,test,value,unit\n"), is_record_csv(b"MRN;Date;PLT\n")
    (True, False)
    """
    first = data[:4096].removeprefix(b"\xef\xbb\xbf").splitlines()[:1]
    columns = first[0].decode("latin-1").replace('"', "").split(",") if first else []
    return set(_OWN_COLUMNS) <= {column.strip() for column in columns}


def read_lab_csv(
    data: bytes, name: str = "results.csv", mapping: LabMapping | None = None
) -> Iterator[Incoming]:
    r"""Everything a laboratory's CSV file says.

    Inputs:
        data: the file.
        name: its name, for `where`.
        mapping: what the columns mean; None only for a file with the header of our own
            `results.csv`.

    Returns:
        Facts whose `entries` add up to the rows (long) or to the cells of tests (wide).

    Raises:
        ExchangeError: at the call, before anything is yielded, when the file is refused whole.

    >>> own = b"patient,date,test,value,unit,status\np1,2025-04-01,platelets,<5,10*9/L,final\n"
    >>> [item.value for item in read_lab_csv(own) if hasattr(item, "value")]
    ['<5']
    """
    if mapping is None:
        sheet, mapping = _own(data, name)
    else:
        sheet = read_sheet(data, name, mapping.encoding, mapping.delimiter)
        check_header(sheet, mapping.header, name)
        _check_date_order(sheet, mapping, name)
    return Rows(sheet, mapping, name).facts()


def _own(data: bytes, name: str) -> tuple[Sheet, LabMapping]:
    """A mapping for a file that has the columns of our own results table, in any order."""
    if not is_record_csv(data):
        raise ExchangeError(
            Problem(
                "the columns of this file are not known",
                f"{name}:1",
                "nothing of the file was read",
                "write a mapping file for this laboratory and give it along",
            )
        )
    sheet = read_sheet(data, name, "utf-8", ",")
    header = sheet.header
    check_header(sheet, list(dict.fromkeys(header)), name)
    columns = {key: column for key, column in _OWN_OPTIONAL.items() if column in header}
    stated = {
        "laboratory": OWN,
        "shape": "long",
        "header": tuple(header),
        "dates": "YYYY-MM-DD",
        "status": _OWN_STATUS if "status" in header else "final",
        "patient": PatientColumns(column="patient", authority=OWN),
        **{key: key for key in ("date", "test", "value", "unit")},
        **columns,
    }
    return sheet, LabMapping.model_validate(stated)


def _check_date_order(sheet: Sheet, mapping: LabMapping, name: str) -> None:
    """Refuse the file when one date shows that day and month stand in the other order."""
    at = sheet.header.index(mapping.date)
    right: set[str] = set()
    for row in sheet.rows:
        if len(row.fields) <= at or row.fields[at] in right:
            continue
        right.add(row.fields[at])
        if fits_swapped(row.fields[at], mapping.dates):
            raise ExchangeError(
                Problem(
                    f"'{row.fields[at]}' is not {mapping.dates}: day and month are exchanged",
                    f"{name}:{row.line}:{at + 1}",
                    "other dates of the file would be read wrongly without notice, "
                    "so nothing of it was read",
                    "correct `dates` in the mapping, or the export",
                )
            )
