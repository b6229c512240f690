"""The report as one page: self-contained, without script, for screen, phone, dark and print."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from longwatch.endpoints.from_record import READING
from longwatch.endpoints.picture import NARROW, WIDE, style
from longwatch.endpoints.published import Figure, published, settings
from longwatch.endpoints.report import CAUTION, Report
from longwatch.endpoints.report_model import (
    Picture,
    Row,
    Section,
    Shown,
    persons,
    published_words,
    study_title,
    unit_words,
)
from longwatch.endpoints.report_settings import VERIFIED, how_sure, rule_settings

_MARK = (
    '<svg width="30" height="30" viewBox="0 0 30 30" aria-hidden="true">'
    '<rect width="30" height="30" rx="7" fill="#7fd0c8"/><path d="M6 20c3 0 3.5-9 6.5-9s3 6 5.5 6 '
    '2.6-5 6-5" stroke="#103c4a" stroke-width="2.6" fill="none" stroke-linecap="round"/></svg>'
)
_AT_THE_TOP = ("relapses", "worsening", "adherence")
_LONG = 24
"""Letters from which on a cell holds a sentence."""


def as_html(made: Report, *, version: str = "") -> str:
    """The report as a page; nothing in it is loaded from elsewhere.

    Inputs:
        made: of `report`.
        version: of Longwatch, for the foot of the page.
    """
    css = files("longwatch.endpoints").joinpath("report.css").read_text("utf-8")
    title = f"{made.title}: outcomes beside the trials"
    links = "".join(
        f'<li><a href="#{section.id}">{escape(section.title)}</a></li>' for section in made.sections
    )
    parts = "".join(_section(section) for section in made.sections)
    about = escape(f"Longwatch {version}".strip())
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{style('svg ')}{css}</style></head><body>"
        '<a class="skip" href="#main">Skip to the report</a>'
        f'<header class="top"><div class="wrap"><span class="brand">{_MARK}Longwatch</span>'
        f"<p>Evidence · as known on {made.as_of:%d %B %Y}</p></div></header>"
        f'<main id="main" class="wrap"><div class="intro"><h1>{escape(title)}</h1>'
        f"<p>{_intro(made)}</p></div>{_tiles(made)}"
        '<aside class="caution" aria-labelledby="caution"><h2 id="caution">Read with care</h2>'
        f"<p>{escape(CAUTION)}</p></aside>"
        f'<nav class="toc" aria-label="Sections"><ul>{links}'
        f'<li><a href="#methods">Methods and sources</a></li></ul></nav>{parts}{_methods(made)}'
        f"<footer>{about}. Decision support for trained staff and no medical device; the clinician "
        "decides. This page holds no name and no single person's data, yet small numbers can point "
        "to people: share it with thought.</footer></main></body></html>\n"
    )


def _intro(made: Report) -> str:
    who = f"{persons(made.people)} treated and followed" if made.people else "Nobody to follow"
    return escape(
        f"{who}. Definition: {made.rule.title} ({made.rule.name}). What the pivotal trials "
        "published stands beside each figure, with its source."
    )


def _tiles(made: Report) -> str:
    tiles = [
        _tile(row)
        for section in made.sections
        for row in section.rows or _not_computed(section)
        if row.key
    ]
    people = (
        f'<li class="tile{"" if made.people else " none"}"><b>{made.people:,}</b>'
        "<span>people treated</span><em>and followed</em></li>"
    )
    return f'<ul class="tiles" aria-label="At a glance">{people}{"".join(tiles)}</ul>'


def _not_computed(section: Section) -> tuple[Row, ...]:
    """What stands at the top for a section without figures, so that it is not overlooked."""
    if section.id not in _AT_THE_TOP:
        return ()
    return (Row(section.title, "", key=f"{section.title}: not computed"),)


def _tile(row: Row) -> str:
    beside = "".join(
        f'<em class="pub">{escape(study_title(one))}: {escape(published_words(one).split(" ")[0])}'
        f"{' %' if one.unit == '%' else ''}</em>"
        for one in row.published
        if one.interval is not None
    )
    sign = " <small>%</small>" if row.unit == "%" and row.estimate is not None else ""
    interval = f"<em>{escape(row.interval)}</em>" if row.interval else ""
    none = "" if row.estimate is not None else " none"
    return (
        f'<li class="tile{none}"><b>{escape(row.shown)}{sign}</b><span>{escape(row.key)}</span>'
        f"{interval}{beside}</li>"
    )


def _section(section: Section) -> str:
    name = escape(section.id)
    parts = [
        f'<section class="card" id="{name}" aria-labelledby="{name}-h">'
        f'<h2 id="{name}-h">{escape(section.title)}</h2>'
    ]
    if section.missing:
        parts.append(f'<div class="missing"><b>Not computed</b>{escape(section.missing)}</div>')
    else:
        parts.append(f'<p class="lead">{escape(section.lead)}</p>' if section.lead else "")
        parts.append(_figures(section))
        parts += [_table(table) for table in section.tables if not table.folded]
        parts += [_picture(picture) for picture in section.pictures if not picture.folded]
    notes = "".join(f"<li>{escape(note)}</li>" for note in section.notes)
    parts.append(f'<ul class="notes">{notes}</ul>' if notes else "")
    if not section.missing:
        folded = [_picture(picture) for picture in section.pictures if picture.folded]
        folded += [_table(table) for table in section.tables if table.folded]
        more = "".join(folded)
        if more:
            parts.append(f"<details><summary>More tables and pictures</summary>{more}</details>")
        how = "".join(f"<li>{escape(words)}</li>" for words in section.methods)
        if how:
            parts.append(
                '<details class="how"><summary>How this was done</summary>'
                f'<ul class="notes">{how}</ul></details>'
            )
    return "".join(parts) + "</section>"


def _figures(section: Section) -> str:
    if not section.rows:
        return ""
    beside = any(row.published for row in section.rows)
    head = "<th scope=col>Figure</th><th scope=col>This cohort, 95 % interval</th>"
    head += "<th scope=col>Published, 95 % interval</th>" if beside else ""
    body = "".join(_figure_row(row, beside) for row in section.rows)
    return f'<table class="figures"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _figure_row(row: Row, beside: bool) -> str:
    sign = {"%": " %", "/a": " a year", "{score}": " points"}.get(row.unit, "")
    of_whom = row.of_whom or _of_whom(row)
    if row.estimate is None:
        own = f"<b>–</b><small>{escape(row.why_not or 'Not known.')}</small>"
    else:
        interval = f" ({escape(row.interval)})" if row.interval else ""
        own = f"<b>{escape(row.shown)}{sign}</b>{interval}<small>{of_whom}</small>"
    cells = f'<th scope="row">{escape(row.name)}</th><td class="own">{own}</td>'
    if beside:
        cells += f'<td class="pub">{"".join(map(_published, row.published))}</td>'
    return f"<tr>{cells}</tr>"


def _of_whom(row: Row) -> str:
    word = "event" if row.events == 1 else "events"
    words = persons(row.n) + ("" if row.events is None else f", {row.events:,} {word}")
    return words + ("" if row.person_years is None else f", {row.person_years:,.0f} person-years")


def _published(figure: Figure) -> str:
    sign = " %" if figure.unit == "%" and figure.interval is None else ""
    return (
        f"<div><span>{escape(study_title(figure))}</span>"
        f"<b>{escape(published_words(figure))}{sign}</b></div>"
    )


def _table(table: Shown) -> str:
    head = "".join(
        f'<th scope="col">{escape(word) or "<span>What</span>"}</th>' for word in table.head
    )
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td{_wide(cell)}>{_cell(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    )
    caption = escape(table.caption)
    return (
        f'<h3>{caption}</h3><div class="scroll" tabindex="0" role="region" aria-label="{caption}">'
        f'<table class="grid"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _wide(words: str) -> str:
    """A sentence folds, a figure with its interval does not."""
    return ' class="words"' if len(words.partition("\n")[0]) > _LONG else ""


def _cell(words: str) -> str:
    first, _, second = words.partition("\n")
    return escape(first) + (f"<small>{escape(second)}</small>" if second else "")


def _picture(picture: Picture) -> str:
    name = f"p-{picture.name}"
    wide = picture.draw(WIDE, name, False)
    narrow = picture.draw(NARROW, f"{name}-n", False)
    return (
        f"<figure><figcaption>{escape(picture.title)}</figcaption>"
        f'<div class="wide">{wide}</div><div class="narrow">{narrow}</div></figure>'
    )


def _methods(made: Report) -> str:
    reading = "".join(f"<li>{escape(words)}</li>" for words in READING)
    known, own = published(), settings()
    used = [one for section in made.sections for row in section.rows for one in row.published]
    rows = "".join(
        f'<tr><th scope="row">{escape(study_title(one))}, {escape(one.endpoint.replace("_", " "))}'
        f"</th><td>{escape(published_words(one))} {escape(unit_words(one.unit))}</td>"
        f"<td>{escape(_at(known.sources[one.source], one.place))}</td>"
        f'<td><span class="tag">{VERIFIED[one.verified]}</span></td></tr>'
        for one in dict.fromkeys(used)
    )
    chosen = "".join(
        f'<tr><th scope="row">{escape(name.replace("_", " "))}</th><td>{one.value} {one.unit}</td>'
        f"<td>{escape(one.place)} ({escape(own.sources[one.source])})</td>"
        f'<td><span class="tag">{VERIFIED[one.verified]}</span></td></tr>'
        for name, one in own.settings.items()
    )
    groups = "".join(
        f'<tr><th scope="row">{escape(group.title)}</th><td>{len(group.codes)}</td>'
        f"<td>{escape(', '.join(group.codes))}</td>"
        f'<td><span class="tag">{VERIFIED[group.verified]}</span></td></tr>'
        for group in own.groups
    )
    defined = "".join(
        f'<tr><th scope="row">{escape(one.name.replace("_", " "))}</th>'
        f"<td>{escape(f'{one.value} {one.unit}'.strip())}</td>"
        f"<td>{escape(_at(one.source, one.place))}</td>"
        f'<td><span class="tag">{VERIFIED[one.verified]}</span></td></tr>'
        for one in rule_settings(made.rule)
    )
    head = (
        '<thead><tr><th scope="col">What</th><th scope="col">Value</th><th scope="col">Source</th>'
        '<th scope="col">Checked</th></tr></thead>'
    )
    tables = "".join(
        f'<h3>{title}</h3><div class="scroll" tabindex="0" role="region" aria-label="{title}">'
        f"<table>{head}<tbody>{body}</tbody></table></div>"
        for title, body in (
            (f"Published figures, last checked {known.last_checked_on}", rows),
            (f"Settings of this report, last checked {own.last_checked_on}", chosen),
            ("Diagnoses counted together, with the number of codes", groups),
        )
        if body
    )
    words = f"Settings of the definition {escape(made.rule.name)}"
    return (
        '<section class="card" id="methods" aria-labelledby="methods-h">'
        '<h2 id="methods-h">Methods and sources</h2>'
        f'<p class="lead">{escape(made.rule.describe())}</p>'
        f"<p>{escape(how_sure(made.rule))} Each stands in the last table.</p>"
        "<h3>How the Record was read</h3>"
        f'<ul class="notes">{reading}</ul>{tables}'
        f'<details class="how"><summary>{words}</summary><div class="scroll" tabindex="0" '
        f'role="region" aria-label="{words}"><table>{head}<tbody>{defined}</tbody></table></div>'
        "</details></section>"
    )


def _at(source: str, place: str) -> str:
    """A source and the place in it, where one is known."""
    return "; ".join(one for one in (source, place) if one not in ("", "-"))
