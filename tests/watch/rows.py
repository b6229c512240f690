"""How one result or event of a random patient is drawn: numbers at thresholds, units, copies."""

import random
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from tests.watch.interests import Interests, has_words

from longwatch.core.catalogue import catalogue
from longwatch.protocols.model import Pack, TestCondition

Row = dict[str, Any]


class Rows:
    """The rows of one patient, and how one more result or event is drawn."""

    def __init__(
        self, pack: Pack, wanted: Interests, rng: random.Random, as_of: date, patient: str
    ) -> None:
        self.pack = pack
        self.wanted = wanted
        self.rng = rng
        self.as_of = as_of
        self.id = patient
        self.patients: list[Row] = []
        self.infusions: list[Row] = []
        self.results: list[Row] = []
        self.events: list[Row] = []
        self.last_number: dict[str, float] = {}

    def chance(self, percent: float) -> bool:
        return self.rng.random() * 100 < percent

    def add_pattern_event(self, pattern: Any, day_: date) -> None:
        codes = [
            *pattern.codes,
            *(s.id for s in self.pack.symptoms if set(s.groups) & set(pattern.groups)),
        ]
        code = self.rng.choice(codes) if codes else self.rng.choice([None, "any-code"])
        self.add_event(pattern.kind or self.rng.choice(["note", "symptom"]), code, day_)

    def add_event(self, kind: str, code: str | None, day_: date) -> None:
        end = None
        if self.chance(40):
            end = day_ + timedelta(days=self.rng.choice([0, 1, 10, 100]))
        if self.chance(10):
            end = self.as_of + timedelta(days=self.rng.choice([-1, 0, 1]))
            end = max(end, day_)
        self.events.append(
            {"patient": self.id, "date": day_, "kind": kind, "code": code, "end_date": end}
        )

    def add_result(self, test: str, day_: date) -> None:
        """One result, and at times what laboratories send before and after it."""
        self.results.append(self.draw_result(test, day_))
        if self.chance(6):
            for status in self.rng.sample(
                ["preliminary", "final", "corrected", "corrected", "cancelled", None], 2
            ):
                row = self.draw_result(test, day_)
                row["status"] = status
                row["received"] = self.draw_received(day_, always=self.chance(70))
                if status == "cancelled" and self.chance(50):
                    row["value"] = None
                self.results.append(row)

    def draw_received(self, day_: date, always: bool = False) -> datetime | None:
        if not always and not self.chance(25):
            return None
        day_ += timedelta(days=self.rng.choice([0, 0, 1, 2, 5]))
        if self.chance(6):
            day_ = self.as_of + timedelta(days=self.rng.choice([0, 1]))
        return datetime.combine(day_, time(self.rng.choice([0, 8, 23]), self.rng.choice([0, 59])))

    def draw_result(self, test: str, day_: date) -> Row:
        known = catalogue().tests[test]
        row: Row = {"patient": self.id, "date": day_, "test": test, "unit": known.unit}
        self.draw_limits(test, row)
        number = self.draw_number(test, row)
        row["value"] = number
        row["status"] = self.rng.choices(
            ["final", None, "preliminary", "corrected", "cancelled"], [60, 20, 7, 8, 2]
        )[0]
        row["received"] = self.draw_received(day_)
        row["laboratory"] = self.rng.choice([None, None, None, "A", "B"])
        if self.chance(2):
            row["value"] = None
            row["text"] = "clumped"
        elif self.chance(9) and number > 0 and not has_words(test):
            row["comparator"] = self.rng.choice(["<", "<=", ">", ">="])
        elif self.chance(4) and number > 0 and not has_words(test):
            row["value_high"] = six(number * self.rng.choice([1.01, 1.5, 3]))
        if self.chance(12):
            self.change_unit(test, row)
        if self.chance(1.5):
            row["unit"] = self.rng.choice([None, "", "furlong"])
        self.last_number[test] = number
        return row

    def plain_result(self, test: str, day_: date) -> Row:
        """An ordinary, final one."""
        known = catalogue().tests[test]
        number = 0.0 if has_words(test) else six(max(self.ordinary(test), known.plausible[0]))
        self.last_number.setdefault(test, number)
        return {
            "patient": self.id,
            "date": day_,
            "test": test,
            "unit": known.unit,
            "value": number,
            "status": "final",
            "received": None,
        }

    def meeting(self, leg: TestCondition) -> float:
        """A number that likely meets the leg."""
        usual = catalogue().tests[leg.test].limits.get("unknown")
        if has_words(leg.test):
            return 1.0
        low, high = catalogue().tests[leg.test].plausible
        before = self.last_number.get(leg.test, self.ordinary(leg.test))
        for bound in (leg.above, leg.at_least):
            if bound is not None:
                low = self.wanted.canonical_bound(leg, bound)
        for bound in (leg.below, leg.at_most):
            if bound is not None:
                high = self.wanted.canonical_bound(leg, bound)
        if leg.above_limit is not None and usual is not None and usual.high:
            low = usual.high[1] * leg.above_limit.times
        if leg.below_limit is not None and usual is not None and usual.low:
            high = usual.low[0] * leg.below_limit.times
        if leg.fall is not None:
            high = min(high, before * 0.4)
        if leg.rise is not None:
            low = max(low, before * 1.4)
        return six(low + (high - low) * self.rng.choice([0.02, 0.1, 0.5, 0.9, 0.98]))

    def draw_limits(self, test: str, row: Row) -> None:
        usual = catalogue().tests[test].limits.get("unknown")
        if usual is None or has_words(test) or not self.chance(45):
            return
        for side, printed in (("low", usual.low), ("high", usual.high)):
            if printed is not None and self.chance(90):
                row[side] = self.rng.choice(printed)

    def draw_number(self, test: str, row: Row) -> float:
        """Mostly ordinary, else exactly at or beside something that a rule looks at."""
        known = catalogue().tests[test]
        if has_words(test):
            return self.rng.choice(sorted(set(known.words.values())))
        aims = self.aims(test, row)
        if aims and self.chance(45):
            number = self.rng.choice(aims)
            beside = self.rng.choice([0, 0, 0, 1, -1])
            number += beside * self.rng.choice([0.0001, 0.01, 0.1])
        elif test in self.last_number and self.chance(50):
            number = self.last_number[test] * self.rng.choice([1, 0.9, 1.1, 0.45, 1.35, 2.2])
        else:
            number = self.ordinary(test)
        low, high = known.plausible
        if self.chance(0.5):
            number = self.rng.choice([low, high, high * 10, low / 10])
        return six(max(number, low))

    def aims(self, test: str, row: Row) -> list[float]:
        wanted = self.wanted
        aims = list(wanted.bounds.get(test, []))
        for side, times in wanted.limits.get(test, []):
            if row.get(side) is not None:
                aims.append(row[side] * times)
            usual = catalogue().tests[test].limits.get("unknown")
            if usual is not None and getattr(usual, side) is not None:
                aims += [end * times for end in getattr(usual, side)]
        before = self.last_number.get(test)
        if before is not None:
            for falling, percent in wanted.percents.get(test, []):
                aims.append(before * (1 - percent / 100 if falling else 1 + percent / 100))
            for falling, step in wanted.steps.get(test, []):
                aims.append(before - step if falling else before + step)
        return aims

    def ordinary(self, test: str) -> float:
        known = catalogue().tests[test]
        usual = known.limits.get("unknown")
        low, high = known.plausible
        if usual is not None:
            low = usual.low[1] if usual.low else low
            high = usual.high[0] if usual.high else max(low * 2, low + 1)
        else:
            bounds = self.wanted.bounds.get(test)
            if bounds:
                low, high = min(bounds) * 0.5, max(bounds) * 1.5
        digits = known.decimals if self.chance(80) else known.decimals + 1
        return round(self.rng.uniform(min(low, high), max(low, high)), digits)

    def change_unit(self, test: str, row: Row) -> None:
        """The same amount in another spelling; comparators, intervals and limits with it."""
        known = catalogue().tests[test]
        spelling = self.rng.choice(sorted(known.units))
        factor = known.units[spelling]
        row["unit"] = spelling
        for name in ("value", "value_high", "low", "high"):
            if row.get(name) is not None:
                exact = Decimal(repr(row[name])) * factor.den / factor.num
                written = exact.quantize(Decimal("1e-6"), ROUND_HALF_EVEN)
                if written * factor.num / factor.den * 10**6 % 1 == Decimal("0.5"):
                    # Halfway between two millionths, binary and decimal arithmetic may part.
                    written = exact.quantize(Decimal("1e-3"), ROUND_HALF_EVEN)
                row[name] = float(written)


def six(number: float) -> float:
    return round(number, 6)
