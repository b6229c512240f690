"""Which test of the catalogue a source's codes mean: LOINC first, then what a person signed for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from longwatch.core.catalogue import Catalogue, Test, catalogue
from longwatch.exchange.intake import LOINC, Code

OWN_TEST = "urn:longwatch:test"
"""System of the catalogue's own ids."""


@dataclass(frozen=True, slots=True)
class Codebook:
    """The catalogue and the clinic's table of local codes.

    Inputs:
        local: catalogue id by `LABORATORY|CODE`, or by `CODE` for every laboratory. Nothing is
            taken from the name of a test: "Creatinine" may be urine.
        units: unit of the catalogue by laboratory, test and spelling, where persons signed for it.
    """

    local: Mapping[str, str] = field(default_factory=dict)
    tests: Catalogue = field(default_factory=catalogue)
    units: Mapping[tuple[str, str, str], str] = field(default_factory=dict)

    def unit(self, laboratory: str, test: Test, said: str | None) -> str | None:
        """The unit that a laboratory's spelling means; None where nobody taught one.

        What the catalogue knows for the test is never taught anew.
        """
        spelling = (said or "").strip()
        if not spelling or spelling in test.units:
            return None
        return self.units.get((laboratory, test.id, spelling))

    def find(self, codes: tuple[Code, ...], laboratory: str, named: str | None) -> Test | None:
        """The test meant; None when nobody watches it or nobody has said what the code means.

        >>> Codebook().find((Code(LOINC, "777-3"),), "LAB", None).id
        'platelets'
        """
        for code in codes:
            if code.system == LOINC and (test := self.tests.by_loinc(code.code)):
                return test
            if code.system == OWN_TEST and code.code in self.tests.tests:
                return self.tests.tests[code.code]
        if named is not None:
            return self.tests.tests.get(named)
        for code in codes:
            if code.system == LOINC:
                continue
            for key in (f"{laboratory}|{code.code}", code.code):
                if code.code and key in self.local:
                    return self.tests.tests.get(self.local[key])
        return None

    def resembles(self, codes: tuple[Code, ...]) -> Test | None:
        """A watched test that goes by the same name, where no LOINC code tells what it is.

        >>> Codebook().resembles((Code("WinPath", "tt-0002-06", "Platelet count"),)).id
        'platelets'
        """
        if any(code.system == LOINC and code.code for code in codes):
            return None
        for code in codes:
            for text in (code.text, code.code):
                if text and (test := self.tests.by_alias(text)):
                    return test
        return None


def shown(codes: tuple[Code, ...]) -> str:
    """A code as it stands in the report: code and name.

    >>> shown((Code(LOINC, "2093-3", "Cholesterol"),))
    '2093-3 Cholesterol'
    """
    if not codes:
        return "no code"
    return f"{codes[0].code} {codes[0].text}".strip()
