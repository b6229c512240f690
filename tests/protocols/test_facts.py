"""Each item of the source notes on the treatment has its place in a pack, with its number.

The numbers stand here a second time on purpose: a slip in a pack must not pass unseen.
"""

from __future__ import annotations

import pytest

from longwatch.protocols.load import load_protocol

US, EU, OLD = "alemtuzumab-us", "alemtuzumab-eu", "alemtuzumab-us-2014"
PATIENT, CAMPATH = "alemtuzumab-patient-2016", "campath-bcll"
MONTHLY, QUARTERLY, YEARLY = (1, 7, 7), (3, 14, 14), (12, 30, 30)
SERIES = {
    US: {
        "cbc": MONTHLY, "creatinine": MONTHLY, "urinalysis": MONTHLY, "liver": MONTHLY,
        "cd4": MONTHLY, "thyroid": QUARTERLY, "rems-status": (6, 14, 14), "skin-exam": YEARLY,
        "hpv-screen": YEARLY,
    },
    EU: {
        "cbc": MONTHLY, "creatinine": MONTHLY, "urinalysis": MONTHLY, "liver": MONTHLY,
        "thyroid": QUARTERLY, "hpv-screen": YEARLY,
    },
    OLD: {
        "cbc": MONTHLY, "creatinine": MONTHLY, "urinalysis": MONTHLY, "cd4": MONTHLY,
        "thyroid": QUARTERLY, "rems-status": (6, 14, 14), "skin-exam": YEARLY,
        "hpv-screen": YEARLY,
    },
    PATIENT: {
        "cbc": MONTHLY, "creatinine": MONTHLY, "urinalysis": MONTHLY, "thyroid": QUARTERLY,
        "rems-status": (6, 14, 14), "skin-exam": YEARLY, "hpv-screen": YEARLY,
        "skin-self-check": MONTHLY,
    },
    CAMPATH: {"cd4": MONTHLY},
}  # fmt: skip
BEFORE = {
    US: {
        "eligibility-us": (None, None), "vaccines": (None, 42), "vzv-immunity": (None, None),
        "tb-screen": (None, None), "hepatitis-screen": (None, None), "hiv-test": (None, None),
        "baseline-skin-exam": (365, None), "pregnancy-test": (30, None),
        "rems-enrollment": (None, None), "rems-authorization": (30, None),
        "baseline-cbc": (30, None), "baseline-creatinine": (30, None),
        "baseline-urinalysis": (30, None), "baseline-thyroid": (30, None),
        "baseline-liver": (30, None),
    },
    EU: {
        "eligibility-eu": (None, None), "vaccines": (None, 42), "baseline-ecg": (42, None),
        "baseline-cbc": (42, None), "baseline-liver": (42, None), "baseline-thyroid": (42, None),
        "baseline-creatinine": (42, None), "baseline-urinalysis": (42, None),
    },
}  # fmt: skip
CONTRAINDICATIONS = {
    US: {"hiv-infection", "active-infection", "hypersensitivity"},
    EU: {
        "hiv-infection", "active-infection", "hypersensitivity", "uncontrolled-hypertension",
        "dissection-history", "stroke-history", "angina-infarction-history", "coagulopathy",
        "antithrombotic", "other-autoimmune-disease",
    },
    OLD: {"hiv-infection"},
}  # fmt: skip
TIERS = {
    "PLT-1": "emergency", "PLT-2": "same-day", "PLT-3": "same-day", "PLT-4": "same-day",
    "PLT-5": "week", "PLT-6": "routine", "CRE-1": "48-hours", "CRE-2": "emergency",
    "UA-1": "week", "UA-2": "48-hours", "UA-3": "week", "TSH-1": "week", "TSH-2": "48-hours",
    "LFT-1": "48-hours", "LFT-2": "same-day", "NEU-1": "48-hours", "NEU-2": "emergency",
    "HB-1": "48-hours", "TMA-1": "emergency", "HLH-1": "emergency", "APTT-1": "same-day",
    "CD4-1": "routine",
}  # fmt: skip
ORDER_OF_EXCLUSION = {
    1: {"FLAG-STROKE"}, 2: {"FLAG-LISTERIA"}, 3: {"FLAG-PML"},
    4: {"FLAG-SEIZURE", "FLAG-ENCEPHALITIS"}, 5: {"FLAG-PSEUDO"}, 6: {"FLAG-NEW-NEURO"},
}  # fmt: skip


@pytest.mark.parametrize("pack_id", SERIES)
def test_every_series_has_its_interval_and_window(pack_id):
    series = load_protocol(pack_id).recurring

    assert {one.id: (one.every_months, one.early, one.grace) for one in series} == SERIES[pack_id]


@pytest.mark.parametrize("pack_id", BEFORE)
def test_what_comes_before_a_course_has_its_days(pack_id):
    found = {
        one.id: (one.days_before, one.complete_days_before)
        for one in load_protocol(pack_id).before_course
    }

    assert {name: found.get(name) for name in BEFORE[pack_id]} == BEFORE[pack_id]


@pytest.mark.parametrize("pack_id", CONTRAINDICATIONS)
def test_each_jurisdiction_has_its_own_contraindications(pack_id):
    ours = {"hiv-unsettled", "pregnancy"}  # beside the labels: nobody is cleared unseen
    blocking = {one.id for one in load_protocol(pack_id).contraindications if one.blocking}

    assert blocking - ours == CONTRAINDICATIONS[pack_id]


def test_every_alert_of_the_matrix_has_its_tier():
    pack = load_protocol(US)
    operations = {rule.id for rule in pack.operations}

    assert {rule.id: rule.tier for rule in pack.rules} == TIERS
    assert {"MISS", "PART", "PEND", "ABS"} <= operations


def test_red_flags_say_what_to_exclude_first():
    flags = load_protocol(US).red_flags
    orders = {flag.exclude_first for flag in flags} - {None}

    assert {
        order: {flag.id for flag in flags if flag.exclude_first == order} for order in orders
    } == ORDER_OF_EXCLUSION
    assert all(flag.signs and flag.tell for flag in flags)


@pytest.mark.parametrize(
    ("pack_id", "before", "months", "cd4"),
    [(US, 0, 2, 200), (EU, 0, 1, None), (PATIENT, -14, 6, None), (CAMPATH, 0, 2, 200)],
)
def test_the_antiviral_begins_and_ends_as_each_source_says(pack_id, before, months, cd4):
    (antiviral,) = (one for one in load_protocol(pack_id).periods if one.id == "antiviral")
    awaited = antiviral.end.first_result

    assert (antiviral.start.days or 0) == before
    assert [moment.months for moment in antiviral.end.later_of] == [months]
    assert (awaited.at_least if awaited else None) == cd4


@pytest.mark.parametrize(
    ("pack_id", "dose", "days"),
    [(US, 12, [5, 3, 3]), (EU, 12, [5, 3, 3]), (OLD, 12, [5, 3]), (CAMPATH, 30, [37])],
)
def test_courses_have_their_doses_and_days(pack_id, dose, days):
    courses = load_protocol(pack_id).courses

    assert [sum(len(step.days) for step in course.steps) for course in courses] == days
    assert {course.steps[-1].dose.value for course in courses} == {dose}


@pytest.mark.parametrize(("pack_id", "months"), [(US, 48), (EU, 48), (OLD, 48), (CAMPATH, 12)])
def test_the_watch_ends_as_long_after_the_last_infusion_as_the_source_says(pack_id, months):
    assert load_protocol(pack_id).watch.months_after_last_infusion == months


@pytest.mark.parametrize("pack_id", SERIES)
def test_every_item_names_a_source_its_place_and_when_it_was_looked_at(pack_id):
    pack = load_protocol(pack_id)
    items = [
        *pack.courses, *pack.recurring, *pack.before_course, *pack.contraindications,
        *pack.withhold, *pack.infusion_day, *pack.periods, *pack.duties, *pack.rules,
        *pack.red_flags, *pack.symptoms, *pack.operations, *pack.texts, *pack.statements,
        *pack.tiers, pack.watch, pack.escalation,
    ]  # fmt: skip

    assert [item.id for item in items if not item.evidence] == []
    for item in items:
        for evidence in item.evidence:
            assert evidence.source in pack.sources, item.id
            assert evidence.place, item.id
            assert evidence.last_checked_on, item.id
            assert evidence.verified in ("yes", "recalled", "proposal"), item.id
