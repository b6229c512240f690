"""Import: files in, a new Record and an account of every entry out.

1. Every file is told by its content (`sniff`); what cannot be opened is held with a sentence.
2. Over all files, patients are made known.
3. What was held before is tried again.
4. Over all files, everything else is filed, counted, or held.
5. Versions are ordered and courses counted, once, over what was touched.

Nothing is written here: saving the Record is the caller's work.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa

from longwatch.core.errors import ExchangeError, LongwatchError, Problem
from longwatch.core.held import HeldReason
from longwatch.core.record import Record
from longwatch.core.tables import DESK
from longwatch.exchange.codebook import Codebook
from longwatch.exchange.desk import Desk
from longwatch.exchange.fhir.document import FhirOptions
from longwatch.exchange.fhir.read import read_fhir_bytes
from longwatch.exchange.filing import finish, take
from longwatch.exchange.filing_dated import EVENT_EXTRAS, INFUSION_EXTRAS
from longwatch.exchange.filing_results import RESULT_EXTRAS
from longwatch.exchange.heldbook import Heldbook
from longwatch.exchange.hl7 import Hl7Options, read_hl7
from longwatch.exchange.intake import Counted, PatientFact, Unreadable
from longwatch.exchange.labcsv import read_lab_csv
from longwatch.exchange.labcsv_mapping import LabMapping
from longwatch.exchange.mappings import Mappings
from longwatch.exchange.matching import People
from longwatch.exchange.report import FileReport, ImportReport
from longwatch.exchange.rowfact import Incoming, RowFact
from longwatch.exchange.rows import read_record
from longwatch.exchange.shelf import Shelf
from longwatch.exchange.sniff import Source, find_sources

KEPT_BYTES = 64 * 1024 * 1024
"""Files up to this size together are read once and remembered; larger ones are read twice."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to understand what comes.

    Inputs:
        mappings: mapping files of laboratories' CSV, read or as paths. A `mapping.yaml` beside a
            CSV, or given among the files, is found without being named here.
        local_codes: catalogue id by `LABORATORY|CODE` or `CODE`, for codes without LOINC.
        create_patients: whether an unknown person in a message becomes a patient.
        fhir: time zone and server of FHIR files.
        hl7: how HL7 v2 feeds are read.
    """

    mappings: tuple[LabMapping | Path | str, ...] = ()
    local_codes: Mapping[str, str] = field(default_factory=dict)
    create_patients: bool = False
    fhir: FhirOptions = field(default_factory=FhirOptions)
    hl7: Hl7Options = field(default_factory=Hl7Options)


def import_files(
    paths: Iterable[Path | str],
    record: Record,
    received: datetime,
    mappings: Iterable[LabMapping | Path | str] = (),
    create_patients: bool = False,
    progress: Callable[[str], None] | None = None,
    options: ImportOptions | None = None,
) -> ImportReport:
    """Files what the files say into a new Record; the given one stays as it is.

    Inputs:
        paths: files and folders: FHIR JSON or ndjson, HL7 v2, laboratory CSV, Records, mappings.
        record: the Record as it is; may be empty.
        received: when this reached the clinic, in clinic time without offset; a specimen dated
            later than that day is held.
        mappings: see `ImportOptions`; added to those of `options`.
        create_patients: as in `ImportOptions`.
        progress: called with the name of each file as it is opened.
        options: everything else.

    Returns:
        The new Record with the account of every entry. Importing the same again changes nothing.

    Raises:
        ExchangeError: when a mapping file named here is wrong. Bad input files do not raise.
    """
    with _without_collector():
        return _import(
            [Path(path) for path in paths],
            record,
            received,
            list(mappings),
            create_patients,
            progress or (lambda _: None),
            options or ImportOptions(),
        )


@contextmanager
def _without_collector() -> Iterator[None]:
    """Facts and rows form no cycles: looking for some costs a quarter of an import's time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _import(
    paths: list[Path],
    record: Record,
    received: datetime,
    mappings: list[LabMapping | Path | str],
    create_patients: bool,
    progress: Callable[[str], None],
    chosen: ImportOptions,
) -> ImportReport:
    sources = list(find_sources(paths))
    known = Mappings.of([*chosen.mappings, *mappings], sources)
    reader = _Reader(chosen, known)
    desk = _begin(record, received, chosen, create_patients or chosen.create_patients)
    report = ImportReport(record)
    for source in sources:
        progress(str(source.path))
        account = FileReport(str(source.path), source.format)
        report.files.append(account)
        for item in reader.items(source):
            if _is_patient(item):
                take(desk, item, account)
    retried = _retry(desk)
    for source, account in zip(sources, report.files, strict=True):
        progress(str(source.path))
        for item in reader.items(source):
            if not _is_patient(item):
                take(desk, item, account)
    finish(desk)
    if retried.read:
        report.files.append(retried)
    report.disagreements = desk.disagreements
    report.record = _end(record, desk)
    return report


def _is_patient(item: Incoming) -> bool:
    if isinstance(item, RowFact):
        return item.table in ("patients", "identifiers")
    return isinstance(item, PatientFact)


def _begin(record: Record, received: datetime, options: ImportOptions, create: bool) -> Desk:
    if received.tzinfo is not None:
        raise ExchangeError("`received` is clinic time: give it without an offset")
    return Desk(
        people=People.of(record.patients.to_pylist(), record.identifiers.to_pylist()),
        results=Shelf(record.results, RESULT_EXTRAS),
        infusions=Shelf(record.infusions, INFUSION_EXTRAS),
        events=Shelf(record.events, EVENT_EXTRAS),
        held=Heldbook(record.held.to_pylist()),
        codebook=Codebook(options.local_codes),
        received=received,
        create_patients=create,
    )


def _retry(desk: Desk) -> FileReport:
    """Tries everything that waits again; what still waits keeps its row as it was."""
    account = FileReport("held before", "held")
    waiting = list(desk.held.take_waiting())
    for _, fact in waiting:
        if isinstance(fact, PatientFact):
            take(desk, fact, account)
    for _, fact in waiting:
        if not isinstance(fact, PatientFact):
            take(desk, fact, account)
    for row, _ in waiting:
        desk.held.restore(row)
    return account


def _end(record: Record, desk: Desk) -> Record:
    patients = record.patients
    if desk.patients_changed:
        schema = patients.schema
        if "name" not in schema.names:
            schema = schema.append(pa.field("name", pa.string()))
        rows = sorted(desk.people.rows.values(), key=lambda row: str(row["patient"]))
        patients = pa.Table.from_pylist(rows, schema=schema)
    identifiers = pa.Table.from_pylist(desk.people.identifier_rows(), schema=DESK["identifiers"])
    after = Record.from_tables(
        patients=patients,
        infusions=desk.infusions.table(),
        results=desk.results.table(),
        events=desk.events.table(),
        held=desk.held.table(record.held.schema),
        identifiers=identifiers,
    )
    return replace(after, problems=(*record.problems, *after.problems), path=record.path).sorted()


class _Reader:
    """Reads sources; small ones are remembered from the first pass to the second, not longer."""

    def __init__(self, options: ImportOptions, mappings: Mappings) -> None:
        self._options = options
        self._mappings = mappings
        self._kept: dict[Path, list[Incoming]] = {}
        self._room = KEPT_BYTES

    def items(self, source: Source) -> Iterable[Incoming]:
        """What a source says; a fault of the whole file is one held item."""
        if source.path in self._kept:
            return self._kept.pop(source.path)
        size = source.path.stat().st_size if source.format and source.path.is_file() else 0
        if size > self._room:
            return self._stream(source)
        self._room -= size
        self._kept[source.path] = list(self._stream(source))
        return self._kept[source.path]

    def _stream(self, source: Source) -> Iterator[Incoming]:
        try:
            yield from self._read(source)
        except LongwatchError as error:
            for problem in error.problems:
                yield _whole_file(source, problem)
        except PermissionError:
            yield _whole_file(
                source, Problem("it may not be read: no permission", how="check the rights")
            )
        except OSError as error:
            yield _whole_file(source, Problem(f"it cannot be read: {error.strerror}"))

    def _read(self, source: Source) -> Iterator[Incoming]:
        path, name = source.path, source.path.name
        if source.problem is not None:
            yield _whole_file(source, source.problem)
        elif source.format == "fhir":
            yield from read_fhir_bytes(source.content(), name, self._options.fhir)
        elif source.format == "hl7":
            yield from read_hl7(source.content(), name, self._options.hl7)
        elif source.format == "csv":
            data = source.content()
            read = partial(read_lab_csv, data, name)
            yield from read(self._mappings.for_file(source, data))
        elif source.format == "record":
            yield from read_record(path)
        elif source.format == "document":
            yield Counted("document beside the data")
        elif source.format == "mapping":
            yield from self._mappings.complaints(source)


def _whole_file(source: Source, problem: Problem) -> Unreadable:
    reason = HeldReason.UNSUPPORTED if not source.format else HeldReason.BAD_MESSAGE
    where = problem.where or str(source.path)
    return Unreadable(
        reason=reason,
        detail=f"{source.path.name}: {problem.what}" + (f". {problem.why}" if problem.why else ""),
        how=problem.how,
        raw="",
        where=where,
    )
