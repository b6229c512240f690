"""Where the numbers of a pack come from: counts, sentences, and what is not verified."""

from collections import Counter
from collections.abc import Iterator

from markdown import bullets, code, table, text

from longwatch.protocols.model import Evidence, Pack
from longwatch.protocols.words import evidence_words

SECTIONS = {
    "watch": "Length of the watch",
    "escalation": "Escalation",
    "course_ahead": "A planned course that is blocked",
    "tiers": "Tiers",
    "courses": "Courses",
    "before_course": "Before a course",
    "contraindications": "Contraindications",
    "infusion_day": "Infusion day",
    "withhold": "Holding a dose",
    "recurring": "Recurring activities",
    "periods": "Periods",
    "duties": "Duties",
    "rules": "Rules",
    "red_flags": "Red flags",
    "symptoms": "Symptoms",
    "operations": "Rules about the work",
    "texts": "Texts",
    "statements": "Statements",
    "felt": "What people felt in studies",
    "translations": "Translations",
}
"""The sections of a pack whose items carry evidence, in the order of the page."""

LEVELS = {"yes": "verified", "recalled": "recalled", "proposal": "proposal"}


def items(pack: Pack, section: str) -> tuple:
    """The items of a section; `watch` and the ladders of tiers are one item each."""
    value = getattr(pack, section)
    if isinstance(value, tuple):
        return value
    return () if value is None else (value,)


def all_evidence(pack: Pack) -> Iterator[tuple[str, str, str, Evidence]]:
    """Every piece of evidence of a pack as (section, id, title, evidence)."""
    for section in SECTIONS:
        for item in items(pack, section):
            for evidence in item.evidence:
                yield section, item.id, item.title, evidence


def counts(pack: Pack) -> Counter[str]:
    """How many statements of the pack are verified, recalled, proposals."""
    return Counter(evidence.verified for _, _, _, evidence in all_evidence(pack))


def counts_table(pack: Pack) -> str:
    """Items and statements by section and certainty."""
    found = list(all_evidence(pack))
    rows = []
    for section, title in SECTIONS.items():
        here = Counter(evidence.verified for name, _, _, evidence in found if name == section)
        if here:
            numbers = (str(here[level]) for level in LEVELS)
            rows.append([title, str(len(items(pack, section))), *numbers])
    total = counts(pack)
    every = str(sum(len(items(pack, section)) for section in SECTIONS))
    rows.append(["**all**", every, *(f"**{total[level]}**" for level in LEVELS)])
    return table(["section", "items", *LEVELS.values()], rows)


def open_questions(pack: Pack) -> str:
    """Everything recalled or proposed: what a reader has to look up, or the clinic to sign."""
    rows = [
        [
            code(id_),
            ", ".join(code(name) for name in evidence.covers) or "all of it",
            LEVELS[evidence.verified],
            text(f"{evidence.place}. {evidence.note}" if evidence.note else evidence.place),
        ]
        for _, id_, _, evidence in all_evidence(pack)
        if evidence.verified != "yes"
    ]
    return table(["item", "of which", "how sure", "where from"], rows) if rows else ""


def sources_of(item: object, pack: Pack) -> str:
    """The evidence of one item, a line each."""
    lines = (
        f"{text(evidence_words(evidence, pack))}; checked on {evidence.last_checked_on}"
        for evidence in item.evidence
    )
    return "**Source**\n\n" + bullets(lines)
