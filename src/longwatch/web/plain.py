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
        "bilirubin_total": (_("Bilirubin (liver)"), _("shows how your liver works")),
        "hemoglobin": (_("Hemoglobin"), _("carries oxygen in your blood")),
        "wbc": (_("White blood cells"), _("fight infections")),
        "lymphocytes": (_("Lymphocytes"), _("white cells that the medicine takes away")),
        "neutrophils": (_("Neutrophils"), _("white cells that fight germs")),
        "cd4": (_("CD4 cells"), _("white cells that fight viruses")),
        "urine_rbc": (_("Red cells in the urine"), _("an early sign from the kidneys")),
        "urine_wbc": (_("White cells in the urine"), _("a sign of an infection")),
        "urine_protein": (_("Protein in the urine"), _("an early sign from the kidneys")),
    }


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
