"""The report: every section says its figures, or what is missing and why nothing is computed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from html import escape
from html.parser import HTMLParser
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.endpoints.clinic_of_endpoints import CBC, DAY, TSH, record, tables

from longwatch.core.record import Record
from longwatch.endpoints.definitions import definition
from longwatch.endpoints.from_record import from_record
from longwatch.endpoints.report import CAUTION, NO_SCHEDULE, Report, Watched, report
from longwatch.endpoints.report_html import as_html
from longwatch.endpoints.report_model import FIGURES, Section
from longwatch.endpoints.report_people import make_ready
from longwatch.endpoints.rule import Rule

WATCHED = Watched("house 1", (CBC, TSH), 48, "Not counted here: skin.")
IDS = ("flow", "baseline", "relapses", "worsening", "improvement", "edss-change", "adherence",
       "adverse-events")  # fmt: skip


def made(given: Record | None = None, as_of: date = DAY, rule: Rule | None = None) -> Report:
    cohort = from_record(record() if given is None else given, as_of)
    return report(cohort, rule, watched=WATCHED, title="Northside")


@pytest.fixture(scope="module")
def full() -> Report:
    return made()


def section(of: Report, name: str) -> Section:
    return next(one for one in of.sections if one.id == name)


def test_a_full_record_fills_every_section(full: Report) -> None:
    assert tuple(one.id for one in full.sections) == IDS
    assert [one.id for one in full.sections if one.missing] == []
    for one in full.sections:
        for row in one.rows:
            assert row.estimate is not None or row.why_not, row.name
            if row.estimate is not None and row.lo is not None and row.hi is not None:
                assert row.lo <= row.estimate <= row.hi, row.name


@pytest.mark.parametrize(
    ("without", "missing", "words"),
    [
        ("edss", ("worsening", "improvement", "edss-change"), "No EDSS stands in this Record"),
        ("relapses", ("relapses",), "No relapse stands in this Record"),
        ("diagnoses", ("adverse-events",), "No diagnosis"),
        ("infusions", tuple(name for name in IDS if name != "flow"), "Nobody in this Record has"),
        ("tests", ("worsening", "improvement", "edss-change"), "No EDSS"),
    ],
)
def test_a_section_without_data_says_what_is_missing_and_computes_nothing(
    without: str, missing: tuple[str, ...], words: str
) -> None:
    found = made(record(without=without))

    assert tuple(one.id for one in found.sections if one.missing) == missing
    for name in missing:
        one = section(found, name)
        assert words in one.missing
        assert one.rows == ()
        assert one.pictures == ()
    page = as_html(found)
    assert page.count("Not computed") == len(missing)


def test_nobody_at_all_still_gives_a_page() -> None:
    found = made(Record())

    assert found.people == 0
    assert section(found, "flow").missing == "This Record holds nobody."
    assert all(one.missing for one in found.sections)
    assert found.figures.schema == FIGURES
    assert "Nobody to follow" in as_html(found)


def test_one_person_gives_figures_or_reasons() -> None:
    found = made(record(1))

    assert found.people == 1
    for one in found.sections:
        assert one.missing or one.rows or one.tables or one.pictures, one.id
    as_html(found)


def test_before_the_first_window_has_closed_nothing_is_expected() -> None:
    early = {name: dict(table) for name, table in tables(2).items()}
    first = min(early["infusions"]["date"])
    found = made(Record.from_tables(**early), first.replace(day=first.day + 1))

    assert "No test has come due yet" in section(found, "adherence").missing


def test_without_a_protocol_adherence_says_so() -> None:
    found = report(from_record(record(3), DAY))

    assert section(found, "adherence").missing == NO_SCHEDULE


def test_few_relapses_are_called_a_sign_of_missing_entries() -> None:
    thin = tables(60)
    keep = [at for at, kind in enumerate(thin["events"]["kind"]) if kind == "relapse"][:1]
    thin["events"] = {name: [cells[at] for at in keep] for name, cells in thin["events"].items()}
    day = thin["infusions"]["date"][
        thin["infusions"]["patient"].index(thin["events"]["patient"][0])
    ]
    thin["events"]["date"] = [day.replace(year=day.year + 1)]

    notes = section(made(Record.from_tables(**thin)), "relapses").notes

    assert "not entered" in notes[0]
    assert not any("not entered: look" in note for note in section(made(), "relapses").notes)


def test_a_history_that_nobody_kept_is_unknown_and_not_none() -> None:
    later = tables(20)
    starts = dict(zip(reversed(later["infusions"]["patient"]),
                      reversed(later["infusions"]["date"]), strict=True))  # fmt: skip
    events = later["events"]
    keep = [at for at, who in enumerate(events["patient"]) if events["date"][at] >= starts[who]]
    later["events"] = {name: [cells[at] for at in keep] for name, cells in events.items()}

    without = make_ready(from_record(Record.from_tables(**later), DAY), Rule.preset("care-ms"))
    with_it = make_ready(from_record(record(20), DAY), Rule.preset("care-ms"))

    assert without.treated["relapses_before"].null_count == 20
    assert with_it.treated["relapses_before"].null_count == 0


def test_the_baseline_is_the_newest_score_before_else_the_first_soon_after() -> None:
    day = date(2024, 1, 10)
    scores = {
        "before": [(date(2023, 7, 12), 1.0), (date(2024, 1, 10), 2.0), (date(2024, 1, 12), 3.0)],
        "after": [(date(2024, 2, 9), 2.5), (date(2024, 2, 5), 1.5)],
        "too-early": [(date(2023, 7, 10), 4.0)],
        "too-late": [(date(2024, 2, 10), 4.0)],
    }
    rows = [(who, *one) for who, found in scores.items() for one in found]
    given = Record.from_tables(
        infusions={"patient": list(scores), "date": [day] * 4, "course": [1] * 4},
        results={
            "patient": [row[0] for row in rows],
            "date": [row[1] for row in rows],
            "test": ["edss"] * len(rows),
            "value": [row[2] for row in rows],
            "unit": ["{score}"] * len(rows),
        },
    )

    people = make_ready(from_record(given, DAY), Rule.preset("care-ms"))
    known = dict(zip(people.all["id"].to_pylist(), people.all["edss"].to_pylist(), strict=True))

    assert known == {"before": 2.0, "after": 1.5, "too-early": None, "too-late": None}
    assert people.visits.num_rows == 4


def test_scores_that_are_none_and_doubled_days_are_counted_in_the_report() -> None:
    odd = tables(5)
    results = odd["results"]
    rows = [at for at, test in enumerate(results["test"]) if test == "edss"]
    results["value"][rows[1]] = 2.3
    for name, cells in results.items():
        cells.append(cells[rows[0]] + 0.5 if name == "value" else cells[rows[0]])

    found = made(Record.from_tables(**odd))
    shown = dict(row[:2] for table in section(found, "flow").tables for row in table.rows)

    assert shown["EDSS that are not 0 to 10 in steps of 0.5"] == "1"
    assert shown["further EDSS of one day"] == "1"


def test_only_who_can_improve_is_counted_for_improvement(full: Report) -> None:
    people = make_ready(from_record(record(), DAY), Rule.preset("care-ms"))
    able = pc.sum(pc.greater_equal(people.treated["edss"], 2.0)).as_py()

    assert section(full, "improvement").rows[0].n <= able < people.treated.num_rows


def test_the_definition_changes_the_answer_and_is_named() -> None:
    other = made(rule=Rule.preset("msprog").with_(confirm=[84]))
    row = section(other, "worsening").rows[0]

    assert row.rule == "msprog"
    assert row.estimate != section(made(), "worsening").rows[0].estimate
    assert "msprog" in as_html(other)


def test_the_figures_as_a_table_are_those_of_the_sections(full: Report) -> None:
    table = full.figures

    assert table.schema == FIGURES
    care_ms = table.filter(pc.equal(table["study"], "CARE-MS II")).to_pylist()
    assert {row["section"] for row in care_ms} == {"relapses", "worsening", "edss-change"}
    rate = next(row for row in care_ms if row["unit"] == "/a")
    assert (rate["published"], rate["published_lo"], rate["published_hi"]) == (0.26, 0.21, 0.33)
    assert rate["estimate"] == section(full, "relapses").rows[0].estimate
    told = json.loads(json.dumps(full.to_dict(), allow_nan=False))
    assert len(told["figures"]) == table.num_rows


def test_the_same_report_whatever_the_order_of_rows() -> None:
    turned = {
        name: {key: cells[::-1] for key, cells in table.items()} for name, table in tables().items()
    }
    one, other = made().figures, made(Record.from_tables(**turned)).figures

    for first, second in zip(one.to_pylist(), other.to_pylist(), strict=True):
        assert first["estimate"] == pytest.approx(second["estimate"], rel=1e-6)
        assert first["n"] == second["n"]


class _Page(HTMLParser):
    """Tags, ids, references and headings of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.refs: list[str] = []
        self.attributes: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.append(name)
            if name == "id":
                self.ids.append(value or "")
            elif name in ("aria-labelledby", "aria-describedby"):
                self.refs += (value or "").split()
            elif name in ("href", "src"):
                self.refs.append((value or "").removeprefix("#"))


def test_the_page_stands_alone_and_every_reference_is_met(full: Report) -> None:
    page = _Page(as_html(full, version="9.9"))

    assert not {"script", "link", "iframe", "img", "object"} & set(page.tags)
    assert not [name for name in page.attributes if name.startswith("on")]
    assert "url(" not in as_html(full)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.refs) <= set(page.ids)
    assert page.tags.count("h1") == page.tags.count("main") == 1


def test_headings_go_down_one_step_at_a_time(full: Report) -> None:
    levels = [int(tag[1]) for tag in _Page(as_html(full)).tags if re.fullmatch(r"h[1-6]", tag)]

    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_the_page_says_caution_sources_and_how_sure_they_are(full: Report) -> None:
    page = as_html(full)

    assert escape(CAUTION) in page
    assert "PMC3959804" in page
    assert page.count("read in the source") >= 8
    assert "0.18 (0.13 to 0.23)" in page


def test_no_id_of_a_person_stands_on_the_page(full: Report) -> None:
    assert "q0" not in re.sub(r"<style>.*?</style>", "", as_html(full), flags=re.DOTALL)


def test_a_name_cannot_break_the_page() -> None:
    cohort = from_record(record(2), DAY)
    cohort = replace(cohort, aes=cohort.aes.slice(0, 0).append_column("x", pa.array([], pa.int8())))
    page = as_html(report(cohort, title="<script>alert(1)</script> & Co"))

    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_every_picture_stands_alone(full: Report) -> None:
    pictures = full.pictures()

    assert {"flow", "relapse-rate", "relapse-free", "worsening", "adherence-cbc"} <= set(pictures)
    assert all(svg.startswith("<svg") and "<style>" in svg for svg in pictures.values())


def test_every_setting_of_the_definition_stands_there_with_how_sure_it_is(full: Report) -> None:
    other = made(rule=Rule.preset("care-ms").with_(confirm=[84]))
    table = as_html(full).partition("<summary>Settings of the definition care-ms</summary>")[2]

    told = {row["name"]: row for row in full.to_dict()["settings"]}
    assert told["confirm"]["verified"] == "proposal"
    assert told["rise"]["verified"] == "yes"
    assert set(told) == set(definition("care-ms").evidence)
    assert "<td>168 d</td>" in table
    assert table.count('<span class="tag">a proposal</span>') == sum(
        row["verified"] == "proposal" for row in told.values()
    )
    changed = {row["name"]: row for row in other.to_dict()["settings"]}
    assert changed["confirm"] == {**told["confirm"], "value": "84", "source": "",
                                  "place": "changed for this report"}  # fmt: skip


def test_a_year_of_hardly_anybody_shows_its_count_and_no_rate(full: Report) -> None:
    shown = next(table for table in section(full, "adverse-events").tables).rows

    assert any(cell.startswith("– (0)") for row in shown for cell in row[1:])
    assert not any(re.search(r"to \d{4,}", cell) for row in shown for cell in row[1:])
