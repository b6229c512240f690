"""Opening the Record that a command was given, and saying so when it is something else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from longwatch.cli.failures import show_problems
from longwatch.core.errors import Problem, UsageError

if TYPE_CHECKING:
    from longwatch.core.record import Record
    from longwatch.protocols.model import Pack

_FOREIGN = {"fhir": "FHIR files", "hl7": "HL7 v2 messages", "csv": "laboratory CSV files"}
_LOOKED_AT = 50


def open_record(path: Path, *, quiet: bool = False) -> Record:
    """Reads a Record and says on stderr what is wrong in it.

    Raises:
        UsageError: when there is no Record; with the way to make one when files lie there.
    """
    from longwatch.core.record import Record

    _refuse_sent_files(path)
    record = Record.read(path)
    show_problems(record.problems)
    if not quiet:
        show_problems(record.notices)
    return record


def one_patient(path: Path, patient: str, *, quiet: bool = False) -> Record:
    """The Record of one patient alone; says on stderr what is wrong in the whole.

    Raises:
        UsageError: no Record, or nobody of that id.
    """
    import pyarrow as pa

    from longwatch.cli.together import of_patients

    record = open_record(path, quiet=quiet)
    return of_patients(record, pa.array([known_patient(record, patient)]))


def open_protocol(name: str) -> Pack:
    """A protocol by id or folder.

    Raises:
        UsageError: there is none of that name.
        ProtocolError: it cannot be used.
    """
    from longwatch.protocols.load import load_protocol

    refuse_unknown_protocol(name)
    return load_protocol(name)


def refuse_unknown_protocol(name: str) -> None:
    """Complains where no shipped protocol and nothing on disk has this name.

    Raises:
        UsageError: naming the nearest one.
    """
    from longwatch.protocols.folders import packs, unknown_pack

    if name not in packs() and not Path(name).exists():
        raise UsageError(unknown_pack(name))


def holds_tables(path: Path) -> bool:
    """Whether at least one table of a Record lies in a folder."""
    from longwatch.core.record_schema import SCHEMAS

    return any(
        (path / f"{name}.{kind}").exists() for name in SCHEMAS for kind in ("csv", "parquet")
    )


def _refuse_sent_files(path: Path) -> None:
    """A folder or file as hospitals send them is not a Record yet."""
    if not path.exists():
        raise UsageError(missing(path, "longwatch demo makes a sample"))
    if path.is_dir() and holds_tables(path):
        return
    from itertools import islice

    from longwatch.cli.output import command
    from longwatch.exchange.sniff import find_sources

    kinds = {source.format for source in islice(find_sources([path]), _LOOKED_AT)}
    found = [words for kind, words in _FOREIGN.items() if kind in kinds]
    if found:
        raise UsageError(
            Problem(
                f"here lie {' and '.join(found)}, not yet a Record",
                str(path),
                how=f"import them: {command('import', path, '--into', 'my-clinic')}",
            )
        )


def missing(path: Path, otherwise: str) -> Problem:
    """The complaint about a path where nothing is, with the nearest name.

    Inputs:
        otherwise: the remedy where no name is near.
    """
    from difflib import get_close_matches

    try:
        siblings = [entry.name for entry in path.absolute().parent.iterdir()]
    except OSError:
        siblings = []
    near = get_close_matches(path.name, siblings, n=1)
    how = f"did you mean {path.parent / near[0]}?" if near else otherwise
    return Problem("there is no such file or folder", str(path), how=how)


def known_patient(record: Record, patient: str) -> str:
    """The patient's id as the Record has it.

    Raises:
        UsageError: nobody of that id; with who is meant, perhaps.
    """
    from difflib import get_close_matches

    known = record.patients["patient"].to_pylist()
    if patient in known:
        return patient
    upper = {name.upper(): name for name in known}
    near = get_close_matches(patient.upper(), upper, n=3)
    how = f"did you mean {' or '.join(upper[name] for name in near)}?" if near else ""
    raise UsageError(Problem(f"there is no patient {patient!r}", str(record.path or ""), how=how))
