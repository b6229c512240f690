"""The page of one protocol pack: every item in words, with source, certainty and cases."""

from collections.abc import Callable

from case_lists import Cases
from evidence_tables import LEVELS, counts, counts_table, open_questions, sources_of
from markdown import bullets, code, table, text
from protocol_words import course_words, overlay_changes, step_words, tier_words

from longwatch.protocols.load import load_protocol
from longwatch.protocols.model import Pack
from longwatch.protocols.words import (
    activity_words,
    before_course_words,
    contraindication_words,
    period_words,
    rule_words,
)


def index(ids: list[str]) -> str:
    """The page that lists the packs."""
    rows = []
    for id_ in ids:
        pack = load_protocol(id_)
        total = counts(pack)
        shown = [str(total[level]) for level in LEVELS]
        base = code(pack.extends or "")
        rows.append([f"[{text(pack.title)}]({id_}.md)", code(id_), base, pack.state, *shown])
    head = ["protocol", "id", "lies over", "state", *LEVELS.values()]
    return (
        "# The protocols\n\nEach page is made from the pack's own files, so it says what the watch "
        "does. *Verified*: read in the source named. *Recalled*: from memory, still to be read. "
        "*Proposal*: ours, for the clinic to change or to sign. The numbers count statements.\n\n"
        f"{table(head, rows)}\n```{{toctree}}\n:hidden:\n\n" + "\n".join(ids) + "\n```\n"
    )


def page(id_: str) -> str:
    """The page of one pack."""
    pack = load_protocol(id_)
    cases = Cases(id_)
    parts = [_head(pack)]
    for section, title, lead, body in _SECTIONS:
        shown = [
            f"{_label(pack, section, item.id)}### {text(item.title)}\n\n{body(item, pack)}"
            f"{_note(item)}{sources_of(item, pack)}{cases.of(section, item.id)}"
            for item in getattr(pack, section)
        ]
        if shown:
            parts.append(f"## {title}\n\n{lead}\n\n" + "".join(shown))
    parts += [_symptoms(pack), _sources(pack), cases.rest()]
    return "".join(parts)


def _head(pack: Pack) -> str:
    facts = [
        ["id", f"{code(pack.id)}, version {text(pack.version)}"],
        ["state", _state(pack)],
        ["follows", text(pack.follows)],
        ["jurisdiction", text(pack.jurisdiction)],
        ["valid from", str(pack.valid_from)],
        ["watch", f"{text(pack.watch.title)}"],
    ]
    if pack.extends:
        facts.append(["lies over", f"[{code(pack.extends)}]({pack.extends}.md)"])
    return (
        f"# {text(pack.title)}\n\n{table(['', ''], facts)}{_paragraph(pack.note)}"
        f"{overlay_changes(pack)}"
        f"## How sure each statement is\n\n{counts_table(pack)}"
        "The numbers count statements: one item may rest on several sources, each for another of "
        "its numbers.\n\n"
        f"### Still to be read, or to be signed\n\n{open_questions(pack)}"
        f"## The watch and its tiers\n\n{tier_words(pack)}"
    )


def _state(pack: Pack) -> str:
    if pack.state == "draft":
        return "draft: no clinician has signed it"
    signed = "; ".join(f"{one.name}, {one.role}, {one.on}" for one in pack.approved_by)
    return text(f"approved by {signed}")


def _label(pack: Pack, section: str, item_id: str) -> str:
    return f"({pack.id}-{item_id})=\n" if section in {"rules", "red_flags"} else ""


def _note(item: object) -> str:
    return _paragraph(item.note)


def _paragraph(words: str) -> str:
    return f"{text(words)}\n\n" if words else ""


def _sentence_and_words(sentence: Callable[..., str], *, knows_pack: bool = True) -> Callable:
    def body(item: object, pack: Pack) -> str:
        said = sentence(item, pack) if knows_pack else sentence(item)
        return f"{text(said)}\n\n> {text(item.words)}\n\n"

    return body


def _rule(rule: object, pack: Pack) -> str:
    return f"{text(rule_words(rule, pack))}\n\n"


def _red_flag(flag: object, pack: Pack) -> str:
    order = f"Excluded first: number {flag.exclude_first}.\n\n" if flag.exclude_first else ""
    return f"{_rule(flag, pack)}{order}> {text(flag.signs)}\n>\n> **{text(flag.tell)}**\n\n"


def _operation(rule: object, pack: Pack) -> str:
    waits = [f" (after {wait})" for wait in rule.after]
    waits += [""] * (len(rule.steps) - len(waits))
    steps = (text(step) + wait for step, wait in zip(rule.steps, waits, strict=False))
    return f"{text(rule.trigger)}\n\n{bullets(steps)}"


def _symptoms(pack: Pack) -> str:
    rows = (
        [code(one.id), text(one.title), text(one.words), ", ".join(map(code, one.groups))]
        for one in pack.symptoms
    )
    shown = table(["code", "symptom", "as it is asked", "groups"], rows)
    return f"## Symptoms that can be reported\n\n{shown}" if pack.symptoms else ""


def _sources(pack: Pack) -> str:
    rows = (
        [code(id_), text(one.title), one.kind, text(f"{one.where}. {one.note}".strip(". "))]
        for id_, one in pack.sources.items()
    )
    return f"## Sources\n\n{table(['id', 'title', 'kind', 'where'], rows)}"


_SECTIONS: list[tuple[str, str, str, Callable[..., str]]] = [
    ("courses", "Courses", "Doses and the time between courses.", course_words),
    (
        "before_course",
        "Before a course",
        "What is needed or advised before day 1. Below each, the words for the person treated.",
        _sentence_and_words(before_course_words),
    ),
    (
        "contraindications",
        "What forbids a course",
        "Judged on the facts known by the day, or by day 1 of the course.",
        _sentence_and_words(contraindication_words),
    ),
    ("infusion_day", "The infusion day", "The checklist, in its order.", step_words),
    (
        "withhold",
        "When to hold or stop",
        "Facts that hold or stop a dose.",
        _sentence_and_words(contraindication_words),
    ),
    (
        "recurring",
        "Recurring tests and examinations",
        "How dates, windows and statuses follow from these is told in *How the watch decides*.",
        _sentence_and_words(activity_words),
    ),
    (
        "periods",
        "Medicines, diet and other periods",
        "What holds between two dates of each course.",
        _sentence_and_words(period_words, knows_pack=False),
    ),
    (
        "duties",
        "Duties",
        "What the authorities ask.",
        lambda item, pack: f"{item.who}, {text(item.when)}: {text(item.words)}\n\n",
    ),
    ("rules", "Rules", "Each rule: what is seen, how fast somebody acts, why, and how.", _rule),
    (
        "red_flags",
        "Red flags",
        "Symptoms that lead to care, with the words for the person treated.",
        _red_flag,
    ),
    (
        "operations",
        "Rules about the work itself",
        "Kept with the protocol so that the clinic can change them.",
        _operation,
    ),
    (
        "texts",
        "Texts for the person treated",
        "In plain language.",
        lambda item, pack: f"*{text(item.topic)}*\n\n> {text(item.words)}\n\n",
    ),
    (
        "statements",
        "Statements heard about the treatment",
        "What the sources say of them.",
        lambda item, pack: (
            f"Heard: “{text(item.heard)}”. Verdict: **{item.verdict}**. {text(item.words)}\n\n"
        ),
    ),
    (
        "felt",
        "What people felt in studies",
        "Of 100 people, with the drug and with the other one.",
        lambda item, pack: (
            f"{text(item.words)}: {item.of_100:g} of 100"
            + (f", {item.others_of_100:g} with the other drug" if item.others_of_100 else "")
            + ".\n\n"
        ),
    ),
    (
        "translations",
        "Translations",
        "Sentences for the person treated in other languages.",
        lambda item, pack: f"{len(item.words)} sentences in `{item.language}`.\n\n",
    ),
]
