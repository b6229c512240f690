"""The catalogue is complete, sourced and contradiction-free, and refuses a file that is not."""

from importlib.resources import files

import pytest
from pydantic import ValidationError

from longwatch.core.catalogue import build, catalogue, read_file

TESTS = catalogue().tests
TEXT = files("longwatch.core").joinpath("tests.yaml").read_text(encoding="utf-8")
DESIGN_IDS = [
    "platelets",
    "wbc",
    "neutrophils",
    "lymphocytes",
    "hemoglobin",
    "cd4",
    "cd8",
    "cd19",
    "creatinine",
    "egfr",
    "urine_rbc",
    "urine_wbc",
    "urine_protein",
    "urine_protein_creatinine_ratio",
    "tsh",
    "free_t4",
    "alt",
    "ast",
    "bilirubin",
    "aptt",
    "troponin",
    "vzv_igg",
    "hiv",
    "hepatitis_b",
    "hepatitis_c",
    "tb_igra",
    "hpv",
    "hcg",
    "edss",
]
CANONICAL = {
    **dict.fromkeys(["platelets", "wbc", "neutrophils", "lymphocytes"], "10*9/L"),
    **dict.fromkeys(["cd4", "cd8", "cd19"], "/uL"),
    **dict.fromkeys(["urine_rbc", "urine_wbc"], "/[HPF]"),
    **dict.fromkeys(["alt", "ast"], "U/L"),
    **dict.fromkeys(["creatinine", "bilirubin"], "umol/L"),
    "hemoglobin": "g/dL",
    "urine_protein_creatinine_ratio": "mg/g",
    "tsh": "m[IU]/L",
    "urine_protein": "{ordinal}",
    "hiv": "{presence}",
    "edss": "{score}",
}
FACTS_LOINC = {
    "777-3": "platelets",
    "6690-2": "wbc",
    "751-8": "neutrophils",
    "731-0": "lymphocytes",
    "718-7": "hemoglobin",
    "24467-3": "cd4",
    "14135-8": "cd8",
    "8116-6": "cd19",
    "2160-0": "creatinine",
    "14682-9": "creatinine",
    "98979-8": "egfr",
    "13945-1": "urine_rbc",
    "46419-8": "urine_rbc",
    "5821-4": "urine_wbc",
    "20454-5": "urine_protein",
    "5804-0": "urine_protein",
    "2890-2": "urine_protein_creatinine_ratio",
    "3016-3": "tsh",
    "3024-7": "free_t4",
    "1742-6": "alt",
    "1920-8": "ast",
    "1975-2": "bilirubin",
    "14979-9": "aptt",
    "15410-4": "vzv_igg",
    "56888-1": "hiv",
    "5196-1": "hepatitis_b",
    "13955-0": "hepatitis_c",
    "71773-6": "tb_igra",
    "82675-0": "hpv",
    "2106-3": "hcg",
    "59394-7": "anti_gbm",
}


def test_every_test_of_the_design_is_there():
    assert set(DESIGN_IDS) <= TESTS.keys()


@pytest.mark.parametrize(("test_id", "unit"), CANONICAL.items())
def test_canonical_unit_is_the_one_of_the_design(test_id, unit):
    assert TESTS[test_id].unit == unit


@pytest.mark.parametrize(("code", "test_id"), FACTS_LOINC.items())
def test_loinc_code_names_its_test(code, test_id):
    assert catalogue().by_loinc(code).id == test_id


def test_an_unwatched_loinc_code_names_nothing():
    assert catalogue().by_loinc("2951-2") is None


def test_antibody_after_vaccination_is_not_taken_for_hepatitis():
    assert catalogue().by_loinc("22322-2").id == "hepatitis_b_immunity"


@pytest.mark.parametrize("test", TESTS.values(), ids=lambda test: test.id)
def test_canonical_unit_converts_to_itself(test):
    factor = test.units[test.unit]

    assert factor.num == factor.den == 1


@pytest.mark.parametrize("test", TESTS.values(), ids=lambda test: test.id)
def test_limits_are_plausible_and_low_lies_below_high(test):
    for limits in test.limits.values():
        for interval in (limits.low, limits.high):
            assert interval is None or interval[0] <= interval[1]
            assert interval is None or all(map(test.is_plausible, interval))
        if limits.low and limits.high:
            assert limits.low[1] < limits.high[0]


@pytest.mark.parametrize("test", TESTS.values(), ids=lambda test: test.id)
def test_every_number_has_evidence(test):
    covered = {field for evidence in test.evidence for field in evidence.covers}

    assert {"loinc", "units", "plausible", "decimals", "limits", "words", "grades"} <= covered | (
        set() if test.grades else {"grades"}
    )
    assert all(evidence.last_checked_on for evidence in test.evidence)


def test_limits_for_an_unknown_sex_span_both():
    limits = TESTS["hemoglobin"].limits

    assert limits["unknown"].low == (12.0, 13.5)
    assert limits["other"].high == (15.5, 17.5)


def test_creatinine_limits_stand_in_canonical_units():
    assert TESTS["creatinine"].limits["male"].high == (119.367, 119.367)


def test_numbers_that_catch_a_unit_wrong_by_1000():
    """Usual values, taken for the unit 1000 times smaller or larger, must be impossible."""
    for test_id, usual in {
        "platelets": (150, 400),
        "wbc": (4, 11),
        "neutrophils": (1.8, 7.5),
        "lymphocytes": (1, 4),
    }.items():
        for value in usual:
            assert not TESTS[test_id].is_plausible(value / 1000)
            assert not TESTS[test_id].is_plausible(value * 1000)


MUSEUM = {
    "an unknown key": ("    ranges: true\n", "    rangs: true\n", "rangs"),
    "a wrong check digit": ("777-3:", "777-4:", "wrong check digit"),
    "one code for two tests": ("26464-8:", "26515-7:", "belongs to"),
    "one alias for two tests": ("aliases: [HAPTO,", "aliases: [PLT,", "belongs to"),
    "an unknown unit table": ("units: [seconds]", "units: [hours]", "no unit table 'hours'"),
    "an unknown source": ('{source: ucum, place: "s"', '{source: wiki, place: "s"', "no source"),
    "a number without evidence": ("covers: [plausible]", "covers: [decimals]", "has no evidence"),
    "limits for one sex only": (
        "female: {low: [12.0, 12.0], high: [15.5, 15.5]}, ",
        "",
        "`female` and `male`",
    ),
    "a factor in words": ('"88.42": [mg/dL', '"about 88": [mg/dL', "pattern"),
}


@pytest.mark.parametrize("name", MUSEUM)
def test_a_broken_catalogue_says_what_is_wrong(name):
    right, wrong, words = MUSEUM[name]
    assert right in TEXT

    with pytest.raises(ValidationError, match=words.replace("[", r"\[")):
        read_file(TEXT.replace(right, wrong))


def test_one_spelling_with_two_factors_is_refused():
    broken = TEXT.replace('"1/1000": ["u[IU]/L", uIU/L]', '"1/1000": ["u[IU]/L", mIU/L]')

    with pytest.raises(ValueError, match="two factors"):
        build(read_file(broken))
