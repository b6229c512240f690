"""One FHIR file in memory: its resources in order, and who is meant by a reference inside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, tzinfo

from longwatch.exchange.fhir.elements import BadDateError, Json, day_of, objects, text_of
from longwatch.exchange.fhir.jsontext import dump_json
from longwatch.exchange.intake import NOBODY, Person
from longwatch.exchange.matching import OWN_PATIENT

_SEXES = frozenset({"female", "male", "other", "unknown"})


@dataclass(frozen=True, slots=True)
class FhirOptions:
    """How a FHIR source is to be understood.

    Inputs:
        zone: the clinic's time zone; moments that state an offset are told in it. Without it a
            date counts as the sender wrote it.
        server: base address of the sending server. `Patient/23` means nobody in particular: name
            the server when more than one sends, so that two persons 23 stay two.
    """

    zone: tzinfo | None = None
    server: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource with its address in the file (`full_url` may be '') and its place.

    `text` is the resource as it arrived, where it stood alone.
    """

    resource: Json
    full_url: str
    where: str
    parent: Entry | None = None
    text: str = ""

    @property
    def raw(self) -> str:
        """The resource as text, digits as they arrived."""
        return self.text or dump_json(self.resource)


@dataclass(slots=True)
class Document:
    """The resources of one file and an index of every way to refer to them."""

    options: FhirOptions = field(default_factory=FhirOptions)
    entries: list[Entry] = field(default_factory=list)
    _by_reference: dict[str, Entry] = field(default_factory=dict)
    _reports: dict[int, list[Entry]] = field(default_factory=dict)
    _ambiguous: set[str] = field(default_factory=set)
    _people: dict[int, Person] = field(default_factory=dict)
    _outside: dict[str, tuple[Person, str]] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Takes a resource in, with what it contains."""
        self.entries.append(entry)
        for address in addresses(entry):
            known = self._by_reference.get(address)
            if known is not None and _told_apart(known, entry):
                self._ambiguous.add(address)
            self._by_reference[address] = entry

    def resolve(self, reference: str, origin: Entry) -> Entry | None:
        """The resource of this file that a reference means; None when it is not here, or two are.

        Inputs:
            reference: `#x`, `Patient/23`, `Patient/23/_history/2`, an absolute address, a urn.
            origin: the resource that refers, for contained ones and its server's address.
        """
        if reference.startswith("#"):
            home = origin.parent or origin
            for part in objects(home.resource.get("contained")):
                if part.get("id") == reference[1:]:
                    return Entry(part, "", home.where, parent=home)
            return None
        plain = reference.split("/_history/")[0]
        server = server_of(origin)
        for address in ([f"{server}/{plain}"] if server and "://" not in plain else []) + [plain]:
            if address in self._by_reference and address not in self._ambiguous:
                return self._by_reference[address]
        return None

    def link_reports(self) -> None:
        """Notes which report lists which result; to be called when all entries are in."""
        for entry in self.entries:
            if entry.resource.get("resourceType") == "DiagnosticReport":
                for link in objects(entry.resource.get("result")):
                    target = self.resolve(text_of(link.get("reference")), entry)
                    if target is not None:
                        self._reports.setdefault(id(target.resource), []).append(entry)

    def report_of(self, entry: Entry) -> Entry | None:
        """The one report that lists a result; it speaks for what the result leaves out."""
        reports = self._reports.get(id(entry.resource), [])
        return reports[0] if len(reports) == 1 else None

    def subject(self, origin: Entry) -> tuple[Person, str]:
        """Who a resource speaks of, and the type of the subject where it is no patient.

        Returns:
            The person (`NOBODY` when nobody is named) and '' or e.g. `Group`.
        """
        for holder in (origin, origin.parent, self.report_of(origin)):
            for key in ("subject", "patient"):
                given = holder.resource.get(key) if holder is not None else None
                if isinstance(given, dict) and holder is not None:
                    return self._person(given, holder)
        return NOBODY, ""

    def _person(self, given: Json, origin: Entry) -> tuple[Person, str]:
        reference = text_of(given.get("reference"))
        entry = self.resolve(reference, origin) if reference else None
        if entry is not None:
            kind = text_of(entry.resource.get("resourceType"))
            return (self._described(entry), "") if kind == "Patient" else (NOBODY, kind)
        if given.keys() != {"reference"}:
            return self._elsewhere(given, reference)
        if reference not in self._outside:
            self._outside[reference] = self._elsewhere(given, reference)
        return self._outside[reference]

    def _elsewhere(self, given: Json, reference: str) -> tuple[Person, str]:
        """Who is meant by a reference to somebody whose resource is not in this file."""
        name = text_of(given.get("display")) or None
        known = business_identifiers(given)
        if reference and not reference.startswith("#"):
            place, _, value = reference.split("/_history/")[0].rpartition("/")
            if not place and reference.startswith("urn:"):
                place, _, value = reference.rpartition(":")
            kind = place.rpartition("/")[2]
            if place and kind not in ("Patient", "") and not place.startswith("urn:"):
                return NOBODY, kind
            if place == "Patient" and self.options.server:
                place = f"{self.options.server.rstrip('/')}/Patient"
            if place and value and reference not in self._ambiguous:
                known = (*known, (place, value))
        return Person(identifiers=known, name=None if known else name), ""

    def _described(self, entry: Entry) -> Person:
        """`person_of`, once for each Patient of the file (contained ones live no longer)."""
        if entry.parent is not None:
            return person_of(entry, self.options)
        found = self._people.get(id(entry))
        if found is None:
            found = self._people[id(entry)] = person_of(entry, self.options)
        return found


def addresses(entry: Entry) -> Iterator[str]:
    """Every reference by which a resource can be meant."""
    if entry.full_url:
        yield entry.full_url
    kind, identity = entry.resource.get("resourceType"), entry.resource.get("id")
    if isinstance(kind, str) and isinstance(identity, str):
        yield f"{kind}/{identity}"


def server_of(entry: Entry) -> str:
    """The base address of the server in a full url; '' when there is none."""
    home = entry.parent or entry
    tail = f"/{home.resource.get('resourceType')}/{home.resource.get('id')}"
    return home.full_url.removesuffix(tail) if home.full_url.endswith(tail) else ""


def person_of(entry: Entry, options: FhirOptions) -> Person:
    """The person a Patient resource describes, known by every number and address it has."""
    resource = entry.resource
    known = list(business_identifiers(resource))
    identity = text_of(resource.get("id"))
    server = server_of(entry) or options.server.rstrip("/")
    if identity and entry.parent is None:
        known.append((f"{server}/Patient" if server else "Patient", identity))
    if entry.full_url.startswith("urn:"):
        place, _, value = entry.full_url.rpartition(":")
        known.append((place, value))
    birth, doubts = _birth(resource.get("birthDate"))
    sex = text_of(resource.get("gender")).lower()
    if sex and sex not in _SEXES:
        doubts += (f"gender {sex!r} is none of FHIR's four words",)
    return Person(
        identifiers=tuple(dict.fromkeys(known)),
        name=_name(resource),
        birth_date=birth,
        sex=sex if sex in _SEXES else None,
        doubts=doubts,
        died=_died(resource),
    )


def _died(patient: Json) -> bool:
    """Whether a Patient says of its person that they have died, with or without the day.

    >>> _died({"deceasedBoolean": False}), _died({"deceasedDateTime": "2026-03"})
    (False, True)
    """
    return patient.get("deceasedBoolean") is True or bool(text_of(patient.get("deceasedDateTime")))


def _birth(value: object) -> tuple[date | None, tuple[str, ...]]:
    try:
        return day_of(value), ()
    except BadDateError as problem:
        return None, (f"birth date {problem}",)


def business_identifiers(resource: Json) -> tuple[tuple[str, str], ...]:
    """(system, value) pairs, the medical record number first, retired numbers left out."""
    ranked = []
    for place, part in enumerate(objects(resource.get("identifier"))):
        value = text_of(part.get("value"))
        if not value or part.get("use") == "old":
            continue
        system = text_of(part.get("system"))
        types = {
            text_of(coding.get("code"))
            for kind in objects(part.get("type"))
            for coding in objects(kind.get("coding"))
        }
        rank = 0 if system == OWN_PATIENT else 1 if "MR" in types else 2
        ranked.append((rank, place, (system, value)))
    return tuple(pair for _, _, pair in sorted(ranked))


def _name(resource: Json) -> str | None:
    """`Family, Given` of the official name (else the first)."""
    names = objects(resource.get("name"))
    names.sort(key=lambda name: name.get("use") != "official")
    for name in names:
        family = text_of(name.get("family"))
        given = name.get("given")
        first = " ".join(filter(None, map(text_of, given))) if isinstance(given, list) else ""
        line = ", ".join(filter(None, (family, first))) or text_of(name.get("text"))
        if line:
            return line
    return None


def _told_apart(one: Entry, other: Entry) -> bool:
    """Two resources under one address that are not versions of one another."""
    if one.resource.get("resourceType") != "Patient":
        return False
    first, second = business_identifiers(one.resource), business_identifiers(other.resource)
    return bool(first and second and not set(first) & set(second))
