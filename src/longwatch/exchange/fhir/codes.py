"""Which codes of drugs, vaccines, procedures and diagnoses mean what in the Record."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
import yamlcore

from longwatch.exchange.intake import Code

OWN_EVENT = "urn:longwatch:event:"
"""System prefix of our own event codes; the kind follows."""

SYSTEMS = {
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "atc": "http://www.whocc.no/atc",
    "cvx": "http://hl7.org/fhir/sid/cvx",
    "snomed": "http://snomed.info/sct",
    "icd10": "http://hl7.org/fhir/sid/icd-10",
    "loinc": "http://loinc.org",
    "hcpcs": "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
}
_SPELLINGS = {
    **{url: name for name, url in SYSTEMS.items()},
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10",
    "http://terminology.hl7.org/CodeSystem/icd10-CM": "icd10",
    "urn:oid:2.16.840.1.113883.6.90": "icd10",
    "urn:oid:2.16.840.1.113883.6.3": "icd10",
    "urn:oid:2.16.840.1.113883.6.96": "snomed",
    "urn:oid:2.16.840.1.113883.6.88": "rxnorm",
    "urn:oid:2.16.840.1.113883.12.292": "cvx",
    "urn:oid:2.16.840.1.113883.6.73": "atc",
    "urn:oid:2.16.840.1.113883.6.1": "loinc",
    "RXNORM": "rxnorm",
    "ATC": "atc",
    "CVX": "cvx",
    "SCT": "snomed",
    "SNM": "snomed",
    "I10": "icd10",
    "I10C": "icd10",
    "ICD10": "icd10",
    "LN": "loinc",
}


@cache
def _document() -> dict[str, Any]:
    text = files(__package__).joinpath("codes.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.load(text, Loader=yamlcore.CCoreLoader)  # noqa: S506 (builds plain data only)
    return document


@cache
def _table(section: str) -> dict[tuple[str, str], str]:
    return {
        (system, str(sent)): str(entry["code"])
        for entry in _document()[section]
        for system in SYSTEMS
        for sent in entry.get(system, ())
    }


def known_as(section: str, codes: Iterable[Code]) -> str | None:
    """The Record's word for a coded thing; None when no code is in the table.

    Inputs:
        section: `infused`, `medication`, `vaccination`, `procedure`, `diagnosis`, `answers`.
        codes: the codes as sent, any system.

    >>> known_as("vaccination", [Code("http://hl7.org/fhir/sid/cvx", "187")])
    '187'
    >>> known_as("diagnosis", [Code("http://hl7.org/fhir/sid/icd-10-cm", "G35.A")])
    'ms'
    """
    table = _table(section)
    for code in codes:
        system = _SPELLINGS.get(code.system)
        if system is None:
            continue
        sent = code.code
        if (found := table.get((system, sent))) is not None:
            return found
        # ICD-10 is a tree by its letters: E05.00 is a kind of E05.0.
        while system == "icd10" and len(sent) > 3:
            sent = sent[:-1].rstrip(".")
            if (found := table.get((system, sent))) is not None:
                return found
    return None


def name_of(section: str, code: str) -> str | None:
    """What the Record's word stands for, in words; None when it is not in the table.

    >>> name_of("vaccination", "187")
    'zoster recombinant'
    >>> name_of("vaccination", "0") is None
    True
    """
    entries = (one for one in _document()[section] if str(one["code"]) == code)
    return next((str(one["name"]) for one in entries if "name" in one), None)


def names_of(section: str) -> list[str]:
    """Every name that `name_of` can give for a section.

    >>> "yellow fever" in names_of("vaccination")
    True
    """
    return [str(one["name"]) for one in _document()[section] if "name" in one]


def codes_of(section: str) -> list[str]:
    """Every word of the Record that a section knows, in the order of the table.

    >>> "itp" in codes_of("diagnosis")
    True
    """
    return [str(one["code"]) for one in _document()[section]]


def own_event(codes: Iterable[Code]) -> tuple[str, str] | None:
    """Kind and code where a source writes the Record's own words.

    >>> own_event([Code("urn:longwatch:event:symptom", "bruising")])
    ('symptom', 'bruising')
    """
    for code in codes:
        if code.system.startswith(OWN_EVENT):
            return code.system.removeprefix(OWN_EVENT), code.code
    return None


def sent_codes(section: str, code: str) -> list[tuple[str, str]]:
    """(system url, code) pairs under which the way out names a thing; the first of each system.

    >>> sent_codes("vaccination", "19")
    [('http://hl7.org/fhir/sid/cvx', '19')]
    """
    first: dict[str, str] = {}
    for (system, sent), word in _table(section).items():
        if word == code and system != "icd10":
            first.setdefault(SYSTEMS[system], sent)
    return list(first.items())


def new_course_after_months() -> int:
    """Months without infusion after which the next infusion counts as a new course."""
    return int(_document()["courses"][0]["value"])
