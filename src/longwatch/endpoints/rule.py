"""`Rule`: one definition of an endpoint, whole and unchangeable; it travels with every answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_type_hints

from longwatch.core.errors import Problem, UsageError

Event = Literal["firstCDW", "firstCDI", "first", "firstPIRA", "firstRAW", "multiple"]
Baseline = Literal["fixed", "roving", "roving_impr", "roving_wors"]

Interval = tuple[float | None, float | None]
Step = tuple[float, float, float]
"""Up to this baseline (included): so many points, and this share of the baseline."""


@dataclass(frozen=True)
class Rule:
    """A definition of confirmed disability worsening and improvement, relapses and NEDA.

    Take a preset and change what differs; every number of a preset stands in
    `definitions/*.yaml` with its source.

    Inputs:
        definition, title: the preset it began as.
        outcome, worse: what is scored; is a `higher` or a `lower` value worse?
        scale: lowest and highest value, and the step between values (0: any value).
        rise, fall: least change that counts, by baseline: (up to this baseline, points, share).
        improvement_from: the lowest baseline from which improvement counts.
        event: which events to look for; `first` is the first of any kind.
        classify: call a worsening RAW, PIRA or undefined.
        baseline: `fixed`, or moved after each event (`roving`), improvement or worsening only.
        proceed_from: go on (and put a roving baseline) at the first confirmation (`firstconf`)
            or at the onset (`event`).
        sub_threshold: which confirmed smaller changes also move a roving baseline.
        skip_extrema: a baseline does not lie at a local extremum: `none` are skipped, `strict` ones
            (by whole steps), or `all`.
        rebaseline_after_relapse, baseline_never_better: a new baseline after each relapse; it is
            never better than the one before.
        recount: allow settings that count one lasting step again and again.
        confirm: days from onset to confirmation, for each window.
        tolerance: days before and after; one pair, or one for each window.
        intermediate: must every visit up to the confirmation show the change?
        sustained: days that the change must last, or up to the end of follow-up (`inf`).
        impute_last: count a worsening at the last visit without confirmation, when follow-up is
            at most so many days (0 never, `inf` always).
        relapse_to_baseline, relapse_to_event, relapse_to_confirmation: fewest days since the last
            and to the next relapse.
        relapse_associated: most days since the last, to the next relapse of a RAW.
        early_relapses: do relapses count that came before the first visit's own window?
        free_from: the visit before the onset at which a PIRA's relapse-free time begins.
        free_reference, free_event, free_confirmation: days without relapse before and after that
            visit, onset, confirmation; None joins an interval to the next.
        same_day: which of several values of one day counts.
        relapse_hours, relapse_apart: a relapse lasts so many hours and begins so many days after
            the one before.
        relapses_confirmed: only relapses marked as confirmed count.
        neda: which components no evidence of disease activity has.
        neda_grace: a visit or scan up to so many days after a year still tells about that year.

    >>> Rule.preset("care-ms").with_(confirm=[84]).confirm
    (84,)
    """

    definition: str
    title: str
    outcome: str
    worse: Literal["higher", "lower"]
    scale: tuple[float, float, float]
    rise: tuple[Step, ...]
    fall: tuple[Step, ...]
    improvement_from: float
    event: Event
    classify: bool
    baseline: Baseline
    proceed_from: Literal["firstconf", "event"]
    sub_threshold: Literal["none", "event", "improvement", "worsening"]
    skip_extrema: Literal["none", "strict", "all"]
    rebaseline_after_relapse: bool
    baseline_never_better: bool
    recount: bool
    confirm: tuple[int, ...]
    tolerance: tuple[float, float] | tuple[tuple[float, float], ...]
    intermediate: bool
    sustained: float
    impute_last: float
    relapse_to_baseline: tuple[float, float]
    relapse_to_event: tuple[float, float]
    relapse_to_confirmation: tuple[float, float]
    relapse_associated: tuple[float, float]
    early_relapses: bool
    free_from: Literal["baseline", "last", "last_delta"]
    free_reference: Interval
    free_event: Interval
    free_confirmation: Interval
    same_day: Literal["last", "worst", "best"]
    relapse_hours: float
    relapse_apart: float
    relapses_confirmed: bool
    neda: tuple[str, ...]
    neda_grace: float

    @staticmethod
    def preset(name: str) -> Rule:
        """A shipped definition.

        Inputs:
            name: `care-ms`, `opera`, `kappos2020`, `mueller2023`, `mueller2023-specific`,
                `mueller2025`, `cagol2022`, `msbase2015` or `msprog`.

        Raises:
            UsageError: there is none of that name.

        >>> Rule.preset("care-ms").rise
        ((0.0, 1.5, 0.0), (inf, 1.0, 0.0))
        """
        from longwatch.endpoints.definitions import definition

        return definition(name).rule

    def with_(self, **changed: Any) -> Rule:
        """The same rule with some settings changed.

        Raises:
            UsageError: an unknown setting, or a value that makes no sense.

        >>> rule = Rule.preset("care-ms").with_(confirm=[182], tolerance=(14, math.inf))
        >>> rule.name
        'care-ms with confirm, tolerance'
        """
        return replace(self, **{_known(name): value for name, value in changed.items()})

    def __post_init__(self) -> None:
        from longwatch.endpoints.rule_check import checked

        for name, value in checked(self).items():
            object.__setattr__(self, name, value)

    @property
    def name(self) -> str:
        """The preset, and which settings differ from it."""
        from longwatch.endpoints.definitions import definition

        own = definition(self.definition).rule
        changed = [
            one.name for one in fields(self) if getattr(self, one.name) != getattr(own, one.name)
        ]
        return f"{self.definition} with {', '.join(changed)}" if changed else self.definition

    @property
    def windows(self) -> tuple[tuple[float, float], ...]:
        """First and last day after onset (both included) of each confirmation window.

        >>> Rule.preset("msprog").windows
        ((77.0, 814.5),)
        """
        each = self.tolerance if isinstance(self.tolerance[0], tuple) else None
        pairs = each or (self.tolerance,) * len(self.confirm)
        return tuple(
            (days - float(pair[0]), days + float(pair[1]))  # type: ignore[arg-type]
            for days, pair in zip(self.confirm, pairs, strict=True)
        )

    def to_dict(self) -> dict[str, Any]:
        """Every setting, ready for JSON (`inf` as text).

        >>> Rule.preset("care-ms").to_dict()["tolerance"]
        [7, 'inf']
        """
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    @staticmethod
    def from_dict(settings: Mapping[str, Any]) -> Rule:
        """The rule that `to_dict` wrote.

        Raises:
            UsageError: a setting is missing, unknown or makes no sense.

        >>> rule = Rule.preset("mueller2023")
        >>> Rule.from_dict(rule.to_dict()) == rule
        True
        """
        names = {one.name for one in fields(Rule)}
        missing = names - settings.keys()
        if missing:
            raise UsageError(Problem(f"setting {min(missing)!r} is missing", "rule"))
        return Rule(**{_known(name): _numbers(value) for name, value in settings.items()})

    def describe(self) -> str:
        """The rule as sentences for the methods of a paper."""
        from longwatch.endpoints.rule_words import sentences

        return sentences(self)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        if math.isinf(value):
            return "inf"
        return int(value) if value == int(value) else value
    return value


def _numbers(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_numbers(one) for one in value)
    return math.inf if value == "inf" else value


def _known(name: str) -> str:
    names = [one.name for one in fields(Rule)]
    if name in names:
        return name
    near = get_close_matches(name, names, n=1)
    raise UsageError(
        Problem(
            f"a rule has no setting {name!r}",
            how=f"did you mean {near[0]!r}?" if near else f"one of {', '.join(names)}",
        )
    )


def choices() -> dict[str, tuple[str, ...]]:
    """The words that each setting with a closed list of words may be.

    >>> choices()["proceed_from"]
    ('firstconf', 'event')
    """
    return {name: get_args(hint) for name, hint in get_type_hints(Rule).items() if _literal(hint)}


def _literal(hint: Any) -> bool:
    return bool(get_args(hint)) and all(isinstance(one, str) for one in get_args(hint))
