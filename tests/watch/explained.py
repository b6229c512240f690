"""What the tests of explanations share: an outcome in a few words, and looking into its tree."""

from datetime import date, datetime, time
from functools import cache

from longwatch.core.record import Record
from longwatch.exchange.importing import import_files
from longwatch.protocols.load import load_protocol
from longwatch.sample import AS_OF, sample_files
from longwatch.watch import watch

US = "alemtuzumab-us"
LABEL = "Sanofi US, Important Safety Information"
FIRST = date(2025, 3, 3)
CLUMPED = "platelets: 'clumped' is not a number"


def at(*day):
    return datetime.combine(date(*day), time(9))


@cache
def clinic():
    return import_files(
        sample_files(), Record.from_tables(), datetime.combine(AS_OF, time(7))
    ).record


@cache
def clinic_outcome(pack_id):
    return watch(load_protocol(pack_id), clinic(), AS_OF)


def outcome_of(results=(), events=(), infusions=None, as_of=date(2025, 8, 1), problems=()):
    """The outcome for `p1`; results are (date, test, value, …further columns).

    `problems` are what the Record must complain of, and all of it.
    """
    given = [(date(2025, 3, day), 1) for day in range(3, 8)] if infusions is None else infusions
    rows = {
        "patients": [{"patient": "p1", "sex": "female"}],
        "infusions": [{"patient": "p1", "date": day, "course": course} for day, course in given],
        "results": [
            {"date": day, "test": test, "value": value, "unit": "10*9/L", **extra}
            for day, test, value, extra in results
        ],
        "events": [
            {"date": day, "kind": kind, "code": code, **extra} for day, kind, code, extra in events
        ],
    }
    for name in ("results", "events"):
        rows[name] = [{"patient": "p1", **row} for row in rows[name]]
    tables = {}
    for name, listed in rows.items():
        columns = {key: None for row in listed for key in row}
        if columns:
            tables[name] = {key: [row.get(key) for row in listed] for key in columns}
    record = Record.from_tables(**tables)
    assert [problem.what for problem in record.problems] == list(problems)
    return watch(load_protocol(US), record, as_of)


def platelets(*pairs):
    return [(day, "platelets", value, extra) for day, value, extra in pairs]


def texts(why):
    return [node.text for node in why.walk()]


def node(why, part):
    found = [one for one in why.walk() if part in one.text]
    assert found, f"{part!r} not in\n{why}"
    return found[0]
