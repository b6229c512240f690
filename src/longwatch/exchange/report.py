"""What an import did: every entry that was read is filed, a duplicate, held, or counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from longwatch.core.record import Record


@dataclass(slots=True)
class FileReport:
    """One file's account.

    Inputs:
        name: the file as given.
        format: `fhir`, `hl7`, `csv`, `record`, `held` (retried items), or '' when unreadable.
        read: entries the reader found.
        filed: entries now in the Record, by table.
        duplicates: entries the Record already had.
        held: entries that wait for a person, by reason.
        counted: entries understood and not watched, by code or kind.
        notices: sentences worth reading (doubts, disagreements).
    """

    name: str
    format: str = ""
    read: int = 0
    filed: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    held: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)
    notices: list[str] = field(default_factory=list)

    @property
    def accounted(self) -> int:
        """Entries whose fate is known."""
        return self.filed.total() + self.duplicates + self.held.total() + self.counted.total()

    @property
    def conserved(self) -> bool:
        """Whether nothing was lost: read = filed + duplicates + held + counted."""
        return self.read == self.accounted


@dataclass(slots=True)
class ImportReport:
    """The whole import.

    Inputs:
        record: the Record afterwards (nothing is saved here).
        files: one account per file; the last may be `held`, the items tried again.
        disagreements: results whose laboratory flag contradicts its own limits.
    """

    record: Record
    files: list[FileReport] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Entries read."""
        return sum(file.read for file in self.files)

    @property
    def filed(self) -> Counter[str]:
        """Entries filed, by table."""
        return _sum(file.filed for file in self.files)

    @property
    def duplicates(self) -> int:
        """Entries that were there already."""
        return sum(file.duplicates for file in self.files)

    @property
    def held(self) -> Counter[str]:
        """Entries held, by reason."""
        return _sum(file.held for file in self.files)

    @property
    def counted(self) -> Counter[str]:
        """Codes and kinds that nobody watches, with how often they came."""
        return _sum(file.counted for file in self.files)

    @property
    def notices(self) -> list[str]:
        """All notices in the order of the files, disagreements last."""
        return [n for file in self.files for n in file.notices] + self.disagreements

    @property
    def conserved(self) -> bool:
        """Whether nothing was lost in any file."""
        return all(file.conserved for file in self.files)


def _sum(counters: object) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:  # type: ignore[attr-defined]
        total.update(counter)
    return total
