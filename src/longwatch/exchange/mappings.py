"""Which mapping file reads which laboratory's CSV: told by the header, never by guessing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from longwatch.core.errors import ExchangeError, Problem
from longwatch.core.held import HeldReason
from longwatch.exchange.intake import Counted, Incoming, Unreadable
from longwatch.exchange.labcsv_mapping import LabMapping, read_mapping
from longwatch.exchange.sniff import Source


@dataclass(slots=True)
class Mappings:
    """The mappings at hand.

    Inputs:
        named: those the caller gave, for every file.
        found: those found beside the files, by folder.
        broken: mapping files that are wrong, with what is wrong.
    """

    named: list[LabMapping] = field(default_factory=list)
    found: dict[Path, list[LabMapping]] = field(default_factory=dict)
    broken: dict[Path, tuple[Problem, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Iterable[LabMapping | Path | str], sources: Iterable[Source]) -> Mappings:
        """Reads mapping files: those given, those among the sources, `mapping.yaml` beside a CSV.

        Raises:
            ExchangeError: when a given one is wrong.
        """
        mappings = cls()
        for one in given:
            mappings.named.append(one if isinstance(one, LabMapping) else _read(Path(one)))
        for source in sources:
            if source.format == "mapping":
                mappings._find(source.path)
            elif source.format == "csv":
                mappings._find(source.path.parent / "mapping.yaml")
        return mappings

    def for_file(self, source: Source, data: bytes) -> LabMapping | None:
        """The mapping whose header the file has; else the only one near (it says what differs)."""
        folder = source.path.parent.resolve()
        near = self.found.get(folder, [])
        others = [m for where, some in self.found.items() if where != folder for m in some]
        candidates = [*self.named, *near, *others]
        for mapping in candidates:
            if _fits(mapping, data):
                return mapping
        closest = self.named or near
        return closest[0] if len(closest) == 1 else None

    def complaints(self, source: Source) -> Iterator[Incoming]:
        """What is to be said of a mapping file among the sources."""
        problems = self.broken.get(source.path, ())
        if not problems:
            yield Counted("mapping file")
        for problem in problems:
            yield Unreadable(
                HeldReason.BAD_MESSAGE,
                f"mapping {problem.where or source.path.name}: {problem.what}",
                problem.how,
                "",
                problem.where or str(source.path),
            )

    def _find(self, path: Path) -> None:
        folder = path.parent.resolve()
        if not path.is_file() or (path in self.broken):
            return
        try:
            mapping = _read(path)
        except ExchangeError as error:
            self.broken[path] = error.problems
            return
        if mapping not in self.found.setdefault(folder, []):
            self.found[folder].append(mapping)


def _read(path: Path) -> LabMapping:
    try:
        return read_mapping(path.read_bytes(), path.name)
    except OSError as error:
        raise ExchangeError(
            Problem(f"the mapping cannot be read: {error.strerror}", str(path))
        ) from None


def _fits(mapping: LabMapping, data: bytes) -> bool:
    """Whether the first line of a file is the header of a mapping."""
    line = data[:65_536].removeprefix(b"\xef\xbb\xbf").splitlines()[:1]
    if not line:
        return False
    try:
        words = line[0].decode(mapping.encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    parting = "\t" if mapping.delimiter == "tab" else mapping.delimiter
    return [word.strip().strip('"') for word in words.split(parting)] == list(mapping.header)
