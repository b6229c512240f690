"""What a test would show in one person on one day: a set point, chance, and the last infusion.

A sample and not the simulator: lymphocytes fall and come back, platelets dip for some weeks, the
steroid lifts neutrophils for some days, and all else stays around the person's own level.
"""

from __future__ import annotations

import math
from datetime import date
from itertools import accumulate

from tools.make_sample_clinic.dice import Dice
from tools.make_sample_clinic.model import Person
from tools.make_sample_clinic.numbers import numbers

DAYS_PER_MONTH = 30.44
URINE = ("urine_protein", "urine_rbc", "urine_wbc")


class Body:
    """One person's set points, and what a sample of blood or urine shows on a day."""

    def __init__(self, person: Person) -> None:
        self.person = person
        chosen = numbers()
        dice = Dice(chosen["seed"], person.mrn, "body")
        self.set_points = {
            test: _set_point(spec, person.sex, dice) for test, spec in chosen["set_points"].items()
        }
        spread = chosen["after_infusion"]["cd4"]["rate_spread"]
        self.recovery_pace = math.exp(spread * dice.normal())

    def shows(self, test: str, day: date) -> float | str:
        """The value of `test` on `day` in the catalogue's unit; a word for dipstick protein."""
        chosen = numbers()
        dice = Dice(chosen["seed"], self.person.mrn, day, test)
        if test in URINE:
            return _drawn(chosen[test], dice)
        spec = chosen["set_points"][test]
        steady = self.set_points[test] * math.exp(spec["within"] * dice.normal())
        return steady * self._share_after_infusion(test, day)

    def _share_after_infusion(self, test: str, day: date) -> float:
        effects = numbers()["after_infusion"]
        given = [course for course in self.person.courses if course.start < day]
        if not given:
            return 1.0
        since_start = (day - given[-1].start).days
        if test == "platelets":
            dip = effects["platelets"]
            left = max(0.0, 1 - since_start / dip["gone_after_days"])
            return 1 - (1 - dip["day_5"]) * left * min(1.0, since_start / 4)
        if test == "neutrophils":
            steroid = effects["steroid_neutrophils"]
            return float(steroid["times"]) if since_start <= steroid["days"] else 1.0
        if test in ("lymphocytes", "cd4"):
            effect = effects[test]
            months = max(0.0, since_start - 4) / DAYS_PER_MONTH
            pace = effect["rate"] * (self.recovery_pace if test == "cd4" else 1.0)
            lost = effect["regained"] - effect["left"]
            return float(effect["regained"] - lost * math.exp(-pace * months))
        return 1.0


def _set_point(spec: dict[str, float], sex: str, dice: Dice) -> float:
    median = spec["median"] * (spec.get("female", 1.0) if sex != "male" else 1.0)
    low, high = spec["keep"]  # type: ignore[misc]
    return min(max(median * math.exp(spec["between"] * dice.normal()), low), high)


def _drawn(chances: dict[object, float], dice: Dice) -> float | str:
    point = dice.uniform(0, sum(chances.values()))
    reached = accumulate(chances.values())
    word = next(word for word, end in zip(chances, reached, strict=True) if point <= end)
    return word if isinstance(word, str) else float(str(word))
