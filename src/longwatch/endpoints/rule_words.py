"""A rule in sentences, for the methods of a paper; every number comes from the rule."""

from __future__ import annotations

import math

from longwatch.endpoints.rule import Interval, Rule, Step

_LOOKED_FOR = {
    "firstCDW": "the first confirmed worsening",
    "firstCDI": "the first confirmed improvement",
    "first": "the first confirmed worsening or improvement",
    "firstPIRA": "the first worsening independent of relapses (PIRA)",
    "firstRAW": "the first relapse-associated worsening (RAW)",
    "multiple": "every confirmed worsening and improvement",
}
_BASELINES = {
    "fixed": "stays the first visit that can be one",
    "roving": "moves after each confirmed event",
    "roving_impr": "moves after each confirmed improvement",
    "roving_wors": "moves after each confirmed worsening",
}
_REFERENCES = {
    "baseline": "the baseline",
    "last": "the visit before onset",
    "last_delta": "the last visit from which the change would count",
}


def sentences(rule: Rule) -> str:
    """The rule in words.

    >>> sentences(Rule.preset("care-ms")).splitlines()[0]
    'CARE-MS I and II (definition care-ms): the first confirmed worsening of the EDSS.'
    """
    said = [
        f"{rule.title} (definition {rule.name}): {_LOOKED_FOR[rule.event]} of the {rule.outcome}.",
        _sizes(rule),
        _confirmation(rule),
        _baseline(rule),
    ]
    if _classifies(rule):
        said.append(_classes(rule))
    if rule.impute_last:
        said.append(
            "A worsening at the last visit counts without confirmation"
            + (
                "."
                if math.isinf(rule.impute_last)
                else f" when follow-up was at most {_n(rule.impute_last)} days."
            )
        )
    return "\n".join(said)


def _classifies(rule: Rule) -> bool:
    return (rule.classify or rule.event in ("firstPIRA", "firstRAW")) and rule.event != "firstCDI"


def _n(number: float) -> str:
    return f"{number:g}"


def _sizes(rule: Rule) -> str:
    up, down = ("rise", "fall") if rule.worse == "higher" else ("fall", "rise")
    said = f"Worsening is a {up} by at least {_steps(rule.rise)}"
    if rule.event in ("firstCDI", "first", "multiple") or rule.baseline in (
        "roving",
        "roving_impr",
    ):
        said += f"; improvement is a {down} by at least {_steps(rule.fall)}"
        if rule.improvement_from:
            said += f", from a baseline of {_n(rule.improvement_from)} or more"
    return said + "."


def _steps(steps: tuple[Step, ...]) -> str:
    """`1.5 from a baseline of 0, 1 up to 5, 0.5 above`."""
    said = []
    for place, (up_to, points, share) in enumerate(steps):
        size = f"{_n(points)} point{'s' * (points != 1)}"
        if share:
            size = (f"{size} and " if points else "") + f"{_n(100 * share)} %"
        if len(steps) == 1:
            return size
        if math.isinf(up_to):
            said.append(f"{size} from a higher one")
        elif place == 0:
            said.append(f"{size} from a baseline of {'up to ' * (up_to > 0)}{_n(up_to)}")
        else:
            said.append(f"{size} up to {_n(up_to)}")
    return ", ".join(said)


def _confirmation(rule: Rule) -> str:
    windows = " or ".join(
        f"{_n(low)} days or more" if math.isinf(high) else f"{_n(low)} to {_n(high)} days"
        for low, high in rule.windows
    )
    said = f"It is confirmed at a visit {windows} after onset"
    said += ", if every visit in between shows it" if rule.intermediate else ", at that visit alone"
    if rule.sustained:
        said += (
            ", and lasts to the end of follow-up"
            if math.isinf(rule.sustained)
            else f", and lasts {_n(rule.sustained)} days or to the end of follow-up"
        )
    near = [
        f"{what} lie {distance}"
        for what, distance in (
            ("onsets", _clear(rule.relapse_to_event)),
            ("confirming visits", _clear(rule.relapse_to_confirmation)),
        )
        if distance
    ]
    return said + (f"; {' and '.join(near)}" if near else "") + "."


def _clear(pair: tuple[float, float]) -> str:
    parts = [f"at least {_n(pair[0])} days after a relapse"] if pair[0] else []
    parts += [f"at least {_n(pair[1])} days before one"] if pair[1] else []
    return " and ".join(parts)


def _baseline(rule: Rule) -> str:
    clear = _clear(rule.relapse_to_baseline)
    said = f"The baseline {_BASELINES[rule.baseline]}"
    if rule.baseline != "fixed":
        to = "its first confirmation" if rule.proceed_from == "firstconf" else "its onset"
        said += f", to {to}"
        if rule.sub_threshold != "none":
            kind = "change" if rule.sub_threshold == "event" else rule.sub_threshold
            said += f", also after a confirmed smaller {kind}"
    if rule.rebaseline_after_relapse:
        said += ", is set anew after each relapse"
        said += ", and never becomes better" if rule.baseline_never_better else ""
    if clear:
        said += f", and lies {clear}"
    if rule.skip_extrema != "none":
        said += f", and is no {'strict ' * (rule.skip_extrema == 'strict')}local extremum"
    return said + f". Of several values of one day the {rule.same_day} counts."


def _classes(rule: Rule) -> str:
    after, before = rule.relapse_associated
    said = f"A worsening is relapse-associated (RAW) up to {_n(after)} days after a relapse begins"
    said += f" or {_n(before)} days before one" if before else ""
    return f"{said}; it is PIRA when no relapse begins {_free(rule)}; else it is undefined."


def _free(rule: Rule) -> str:
    """The relapse-free time in words; joined intervals are one."""
    points: list[tuple[str, Interval]] = [
        (_REFERENCES[rule.free_from], rule.free_reference),
        ("onset", rule.free_event),
        ("confirmation", rule.free_confirmation),
    ]
    said, begin = [], ""
    for name, (before, after) in points:
        if before is not None:
            begin = f"{_n(before)} days before {name}" if before else name
        if after is not None and (before is None or before or after):
            end = f"{_n(after)} days after {'it' if before is not None else name}"
            said.append(f"from {begin} to {end if after else name}")
    return " or ".join(said) or "at any time (nothing is asked for)"
