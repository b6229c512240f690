"""Tests and visits in everyday words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from longwatch.protocols.model import Pack

_URINE = "urine"


def test_words() -> dict[str, tuple[str, str]]:
    """Name and purpose of the tests that people ask about, by their code."""
    return _test_words(get_language())


@cache
def _test_words(_language: str | None) -> dict[str, tuple[str, str]]:
    return {
        "platelets": (_("Platelets"), _("help your blood clot")),
        "creatinine": (_("Creatinine"), _("shows how your kidneys work")),
        "tsh": (_("TSH (thyroid)"), _("shows how your thyroid works")),
        "alt": (_("ALT (liver)"), _("shows how your liver feels")),
        "ast": (_("AST (liver)"), _("shows how your liver feels")),
        "bilirubin": (_("Bilirubin (liver)"), _("shows how your liver works")),
        "alp": (_("ALP (liver)"), _("shows how your liver works")),
        "ggt": (_("GGT (liver)"), _("shows how your liver works")),
        "egfr": (_("Kidney function (eGFR)"), _("shows how your kidneys work")),
        "free_t4": (_("Free T4 (thyroid)"), _("a hormone of your thyroid")),
        "free_t3": (_("Free T3 (thyroid)"), _("a hormone of your thyroid")),
        "trab": (_("TRAb (thyroid)"), _("antibodies that can disturb your thyroid")),
        "tpo_ab": (_("TPO antibodies (thyroid)"), _("antibodies that can disturb your thyroid")),
        "hemoglobin": (_("Hemoglobin"), _("carries oxygen in your blood")),
        "wbc": (_("White blood cells"), _("fight infections")),
        "lymphocytes": (_("Lymphocytes"), _("white cells that the medicine takes away")),
        "neutrophils": (_("Neutrophils"), _("white cells that fight germs")),
        "cd4": (_("CD4 cells"), _("white cells that fight viruses")),
        "urine_rbc": (_("Red cells in the urine"), _("an early sign from the kidneys")),
        "urine_wbc": (_("White cells in the urine"), _("a sign of an infection")),
        "urine_protein": (_("Protein in the urine"), _("an early sign from the kidneys")),
        "urine_blood": (_("Blood in the urine"), _("an early sign from the kidneys")),
        "urine_protein_creatinine_ratio": (
            _("Protein in the urine, measured"),
            _("shows how your kidneys filter"),
        ),
        "anti_gbm": (_("Anti-GBM antibodies"), _("looks for a disease of the kidneys")),
        "edss": (_("MS disability score (EDSS)"), _("what your doctor found at the visit")),
        "hepatitis_b": (_("Hepatitis B"), _("an infection of the liver")),
        "hepatitis_b_core": (_("Hepatitis B, earlier"), _("an infection of the liver")),
        "hepatitis_b_immunity": (_("Hepatitis B, protection"), _("whether a vaccine worked")),
        "hepatitis_c": (_("Hepatitis C"), _("an infection of the liver")),
        "hiv": (_("HIV"), _("an infection of the immune system")),
        "tb_igra": (_("Tuberculosis blood test"), _("an infection of the lungs")),
        "hpv": (_("HPV test"), _("a virus at the neck of the womb")),
        "vzv_igg": (_("Chickenpox antibodies"), _("whether you are protected")),
        "hcg": (_("Pregnancy test"), ""),
    }


def name_parts(name: str) -> tuple[str, str]:
    """Given name and family name; records of clinics write the family name first.

    >>> name_parts("Oxlip, Olive"), name_parts("Olive Oxlip"), name_parts("Olive")
    (('Olive', 'Oxlip'), ('Olive', 'Oxlip'), ('Olive', ''))
    """
    if "," in name:
        last, _comma, first = name.partition(",")
        return first.strip(), last.strip()
    first, _blank, last = name.strip().rpartition(" ")
    return (first, last) if first else (last, "")


def graded_words(word: str) -> str:
    """What a laboratory writes where it gives no number, in the language of the page."""
    known = {
        "negative": _("negative"),
        "positive": _("positive"),
        "indeterminate": _("not clear"),
        "trace": _("a trace"),
    }
    return known.get(word, word)


def unit_words(unit: str) -> str:
    """A unit; those that are words, in the language of the page."""
    return _("per high-power field") if unit == "per high-power field" else unit


def visit_words(pack: Pack, activities: Iterable[tuple[str, str]]) -> list[str]:
    """What a visit is, in a few words: laboratory tests become blood and urine tests.

    Inputs:
        activities: id and title of each thing to be done.
    """
    recurring = {part.id: part for part in pack.recurring}
    blood = urine = False
    others: list[str] = []
    for name, title in activities:
        part = recurring.get(name)
        tests = part.answered_by.tests if part else ()
        if not tests:
            others.append(title)
        urine = urine or any(test.startswith(_URINE) for test in tests)
        blood = blood or any(not test.startswith(_URINE) for test in tests)
    if blood and urine:
        return [_("Blood and urine test"), *dict.fromkeys(others)]
    if blood or urine:
        return [_("Blood test") if blood else _("Urine test"), *dict.fromkeys(others)]
    return list(dict.fromkeys(others))
