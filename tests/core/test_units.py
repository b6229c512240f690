"""Units: one closed table per test, exact factors, the same number alone and in a column."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.core.catalogue import catalogue
from longwatch.core.units import convert, factors, to_canonical
from longwatch.core.values import ReadValue, Refusal, read_value

TESTS = catalogue().tests
ANALYTES = {
    "hb": "hemoglobin",
    "wbc": "wbc",
    "platelets": "platelets",
    "lymph": "lymphocytes",
    "creatinine": "creatinine",
    "bili": "bilirubin",
    "ast": "ast",
    "alt": "alt",
    "tsh": "tsh",
}
RIGHTLY_REFUSED = {
    "hemoglobin": {"pg", "%", "", "g/l-1", "pg/{cell}"},
    "wbc": {"", "/hpf"},
    "platelets": {""},
    "lymphocytes": {"PERCENT", "%", ""},
    "ast": {"", "umol/L"},
    "alt": {""},
}
DECISIVE = ["24.9", "25", "25.1", "99.9", "100"]
SPELLINGS = [(test.id, unit) for test in TESTS.values() for unit in test.units]


def test_every_unit_of_the_corpus_is_known_or_rightly_refused(corpus):
    for analyte, units in corpus["units_by_analyte"].items():
        test = TESTS[ANALYTES[analyte]]
        refused = {unit for unit in units if unit.strip() not in test.units}

        assert refused == RIGHTLY_REFUSED.get(test.id, set()), test.id


@pytest.mark.parametrize("sent", DECISIVE)
def test_platelets_in_every_accepted_unit_decide_like_canonical_ones(sent):
    """H01: the same count in another unit is below 25 and below 100 exactly when it was."""
    for unit, factor in TESTS["platelets"].units.items():
        scaled = f"{_decimal(sent) * factor.den / factor.num:f}"
        read = read_value(TESTS["platelets"], scaled, unit)

        assert read.value == float(sent), unit


@pytest.mark.parametrize("sent", DECISIVE)
def test_every_unit_of_the_corpus_decides_like_the_canonical_one(corpus, sent):
    for analyte, units in corpus["units_by_analyte"].items():
        test = TESTS[ANALYTES[analyte]]
        for unit in set(units) & set(test.units):
            factor = test.units[unit]
            scaled = _decimal(sent) * factor.den / factor.num
            exact = read_value(test, f"{scaled:f}"[:50], unit)
            expected = to_canonical(test, float(sent), test.unit)
            if expected is None:
                assert isinstance(exact, Refusal), (test.id, unit)
            else:
                assert exact.value == pytest.approx(expected, abs=1e-6), (test.id, unit)
                assert to_canonical(test, float(scaled), unit) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("test_id", "value", "unit", "canonical"),
    [
        ("platelets", 25, "10*3/uL", 25.0),
        ("platelets", 210000, "{cells}/uL", 210.0),
        ("creatinine", 1.0, "mg/dL", 88.42),
        ("bilirubin", 1.2, "MG/DL", 20.52),
        ("free_t4", 1.0, "ng/dL", 12.87),
        ("urine_protein_creatinine_ratio", 22.6, "mg/mmol", 199.8292),
        ("tsh", 0.02, "uU/ML", 0.02),
        ("hemoglobin", 140, "g/L", 14.0),
        ("cd4", 0.2, "10*9/L", 200.0),
        ("troponin", 0.04, "ng/mL", 40.0),
        ("urine_protein", 30, "mg/dL", 1.0),
        ("urine_protein", 29.9, "mg/dL", 0.5),
        ("urine_protein", 3, "g/L", 3.0),
        ("urine_protein", 2, "[arb'U]", 2.0),
    ],
)
def test_conversion_gives(test_id, value, unit, canonical):
    assert to_canonical(TESTS[test_id], value, unit) == canonical


@pytest.mark.parametrize(
    ("test_id", "value", "unit"),
    [
        ("platelets", 250, "K"),
        ("platelets", 250, "k/UL "[:-1] + "x"),
        ("platelets", 250, None),
        ("platelets", 250, "/uL"),
        ("platelets", 250000, "K/uL"),
        ("platelets", math.nan, "K/uL"),
        ("platelets", math.inf, "K/uL"),
        ("lymphocytes", 20, "%"),
        ("lymphocytes", 1.5, "/uL"),
        ("hemoglobin", 14, "g/L"),
        ("hemoglobin", 140, "g/dL"),
        ("creatinine", 80, "mg/dL"),
        ("creatinine", 0.9, "umol/L"),
        ("ast", 30, "umol/L"),
        ("urine_rbc", 12, "/uL"),
        ("urine_protein", 5, ""),
        ("hiv", 0.3, "{presence}"),
        ("temperature", 98.6, "[degF]"),
    ],
)
def test_what_must_not_be_guessed_gives_nothing(test_id, value, unit):
    assert to_canonical(TESTS[test_id], value, unit) is None


def test_zero_cells_are_possible_and_a_quarter_platelet_is_not():
    assert to_canonical(TESTS["platelets"], 0, "K/uL") == 0.0
    assert to_canonical(TESTS["platelets"], 0.25, "K/uL") is None


@given(
    pair=st.sampled_from(SPELLINGS),
    value=st.one_of(
        st.floats(min_value=0, max_value=1e7),
        st.decimals(min_value=0, max_value=100000, places=2).map(float),
    ),
)
def test_a_value_alone_is_the_same_number_as_in_a_column(pair, value):
    test_id, unit = pair
    ids, units = ["tsh", test_id, None], ["", None, unit]

    column = convert(
        catalogue(), np.array([value]), np.array([1]), np.array([2]), ids, units
    ).tolist()
    alone = to_canonical(TESTS[test_id], value, unit)

    assert column == [alone] or (alone is None and math.isnan(column[0]))


@given(
    pair=st.sampled_from([pair for pair in SPELLINGS if TESTS[pair[0]].kind == "number"]),
    value=st.decimals(min_value=0, max_value=100000, places=3),
)
def test_a_text_is_read_as_the_number_it_says(pair, value):
    test_id, unit = pair
    read = read_value(TESTS[test_id], f"{value:f}", unit)
    alone = to_canonical(TESTS[test_id], float(value), unit)

    if isinstance(read, ReadValue) and alone is not None:
        assert read.value == pytest.approx(alone, rel=1e-12, abs=1e-6)
        assert read.unit == TESTS[test_id].unit


def test_the_matrix_of_factors_gives_nan_where_nothing_converts():
    num, den = factors(catalogue(), ["platelets", "nonsense"], ["K/uL", "/uL", None, "mg/dL"])

    assert num[0, :2].tolist() == [1.0, 1.0]
    assert den[0, :2].tolist() == [1.0, 1000.0]
    assert np.isnan(num[0, 2:]).all()
    assert np.isnan(num[1]).all()


def _decimal(text):
    from decimal import Decimal

    return Decimal(text)
