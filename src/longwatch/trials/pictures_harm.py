"""Pictures of late harms: thyroid disease by year, platelets in immune thrombocytopenia."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from longwatch.mechanism.autoimmunity import CONDITIONS, autoimmunity
from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.platelets import STEPS, immune_thrombocytopenia, untreated_path
from longwatch.protocols.load import load_protocol
from longwatch.trials.plot import Axis, Ink, Panel, page
from longwatch.trials.targets import targets

Values = Mapping[str, float]
Table = NDArray[np.float64]

PEOPLE, SEED = 100_000, 2026
YEARS = 10


def thyroid(values: Values) -> str:
    """How many fall ill in each year, and how many have by then."""
    onset = _onsets(values)
    women = values["autoimmunity.female_share"]
    years = np.arange(0, YEARS + 0.01, 1 / 12)
    ill = {
        name: np.searchsorted(days, years * DAYS_A_YEAR) / PEOPLE for name, days in onset.items()
    }
    ill["all"] = women * ill["women"] + (1 - women) * ill["men"]
    left = Panel(
        (62, 118, 395, 270),
        Axis(0, YEARS, [year + 0.5 for year in range(YEARS)], "year since the first infusion",
             words=[str(year + 1) for year in range(YEARS)]),
        Axis(0, 16, range(0, 17, 4), "% of those still well who fall ill in this year"),
        "Hazard by year",
    )  # fmt: skip
    newly = {name: 100 * np.diff(share[::12]) / (1 - share[:-1:12]) for name, share in ill.items()}
    for year in range(YEARS):
        left.bar(year + 0.14, year + 0.86, newly["all"][year], Ink.BLUE)
        left.words(
            year + 0.5, newly["all"][year], f"{newly['all'][year]:.1f}", Ink.BLUE,
            down=-5, anchor="middle", bold=True,
        )  # fmt: skip
    right = Panel(
        (540, 118, 395, 270),
        Axis(0, YEARS, range(0, YEARS + 1, 2), "years since the first infusion"),
        Axis(0, 60, range(0, 61, 10), "% who have fallen ill"),
        "Ever ill by then",
    )
    dress = {"women": (Ink.RUST, "7 4"), "men": (Ink.GREEN, "2 4"), "all": (Ink.BLUE, ""),
             "untreated": (Ink.GRAY, "9 3 2 3")}  # fmt: skip
    for name, (ink, dash) in dress.items():
        share = 100 * ill[name]
        right.curve(
            zip(years, share, strict=True), ink, dash=dash, width=2.6 if name == "all" else 1.6
        )
        at, down = _LABEL_YEAR, 17 if name == "untreated" else -7
        height = float(np.interp(at, years, share))
        right.words(at, height, _NAMES[name], ink, down=down, bold=True)
    for course in (0, 1):
        right.arrow(course)
        left.arrow(course)
    shown = {target.id: target.value for target in targets()}
    right.dot(2, shown["thyroid-two-years"], Ink.PLUM, open_=True, size=5)
    right.words(2, shown["thyroid-two-years"], "trials", Ink.PLUM, right=-9, down=-4, anchor="end")
    right.dot(YEARS, shown["thyroid-ever"], Ink.PLUM, open_=True, size=5)
    right.words(
        YEARS, shown["thyroid-ever"], "UK cohort, ever", Ink.PLUM, right=-9, down=19, anchor="end"
    )
    peak = int(newly["all"].argmax()) + 1
    said = ", ".join(f"year {year + 1} {share:.1f} %" for year, share in enumerate(newly["all"]))
    return page(
        "thyroid",
        "Thyroid disease after the first infusion",
        f"{2 * PEOPLE // 1000} thousand virtual patients, two courses a year apart (triangles)",
        f"Of those still well fall ill: {said}. Most in year {peak}. By year 2 "
        f"{100 * ill['all'][24]:.0f} % and by year 10 {100 * ill['all'][-1]:.0f} % have been ill; "
        f"women {100 * ill['women'][-1]:.0f} %, men {100 * ill['men'][-1]:.0f} %.",
        452,
        [*left.parts, *right.parts],
        ["Fitted to the share after two years and to the timing in two cohorts (rings: published). "
         "Never treated: the background of the interferon arms.",
         "That almost nobody falls ill after year 7 is the form that was fitted: the UK cohort saw "
         "onsets up to 107 months after the last infusion."],
    )  # fmt: skip


_LABEL_YEAR = 7.6
_NAMES = {"women": "women", "men": "men", "all": "all", "untreated": "never treated"}


def _onsets(values: Values) -> dict[str, Table]:
    """Sorted days of onset of thyroid disease: treated women and men, and nobody treated."""
    ids = jnp.arange(PEOPLE, dtype=jnp.uint32)
    given = jnp.array([[0.0], [DAYS_A_YEAR]])
    never = jnp.full((2, 1), jnp.inf)
    found = {}
    for name, sex, courses in (
        ("women", True, given), ("men", False, given), ("untreated", True, never),
    ):  # fmt: skip
        days = autoimmunity(values, SEED, ids, jnp.full(PEOPLE, sex), courses).day
        found[name] = np.sort(np.asarray(days[CONDITIONS.index("thyroid")], np.float64))
    return found


_SET_POINT = "laboratory.platelets_female"


def platelets(values: Values) -> str:
    """One person's fall, caught by a monthly draw or missed between two."""
    own = values[_SET_POINT]
    paces = {name: values[f"tissue.titre_doubling_{name}"] for name in ("low", "high")}
    left = _platelet_panel(62, "Untreated: how fast the antibody doubles", own)
    days = np.arange(STEPS + 1)
    strength = jnp.full(2, values["tissue.itp_strength"])
    paths = own * np.asarray(untreated_path(values, jnp.array([*paces.values()]), strength))
    for number, (pace, ink, dash) in enumerate(
        zip(paces.values(), (Ink.BLUE, Ink.PLUM), ("", "7 4"), strict=True)
    ):
        path = paths[:, number]
        left.curve(zip(days, path, strict=True), ink, dash=dash, width=2.6)
        at = int(np.argmax(path < (0.3, 0.75)[number] * own))
        side, anchor = ((-6, "end"), (8, "start"))[number]
        left.words(at, path[at], f"every {pace:g} days", ink, right=side, anchor=anchor, bold=True)
    right = _platelet_panel(540, "The same fall, monthly draws on two calendars", own)
    pace = paces["low"]
    texts = [_case(right, values, own, pace, *case) for case in _calendars(values, own, pace)]
    limits = _limits()
    for panel in (left, right):
        for limit in limits:
            panel.level(limit, f"below {limit:g}", Ink.RUST)
    return page(
        "platelets",
        "Platelets in immune thrombocytopenia",
        "One virtual person at the mean set point; dashed lines: limits of the shipped rules",
        f"Untreated, platelets fall within weeks of the onset. Limits of the rules: "
        f"{', '.join(f'{limit:g}' for limit in limits)}. With monthly draws: {' '.join(texts)}",
        452,
        [*left.parts, *right.parts],
        ["How fast platelets fall in such patients could not be read anywhere: a turnover of 9 "
         "days and a doubling of 7 to 14 days are assumptions.",
         "Treatment follows the draw that shows the fall, or the emergency. The faster the fall, "
         "the smaller the chance that a monthly draw comes in time."],
    )  # fmt: skip


def _platelet_panel(left: float, title: str, own: float) -> Panel:
    top = 50 * ceil(own / 50 + 0.2)
    return Panel(
        (left, 118, 395, 270),
        Axis(0, 150, range(0, 151, 30), "days since the onset of the antibody"),
        Axis(0, top, range(0, int(top) + 1, 50), "10⁹/L"),
        title,
    )


def _limits() -> list[float]:
    """Where the rules on platelets of the shipped protocol begin."""
    found: set[float] = set()

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if node.get("test") == "platelets" and node.get("below") is not None:
                found.add(float(node["below"]))
            node = list(node.values())
        if isinstance(node, list | tuple):
            for part in node:
                walk(part)

    for rule in load_protocol("alemtuzumab-us").rules:
        if rule.id.startswith("PLT-"):
            walk(rule.when.model_dump())
    return sorted(found)


def _calendars(values: Values, own: float, pace: float) -> Iterator[tuple[float, Ink, str]]:
    """The first draw after the onset: one that catches the fall, one that comes too late."""
    path = (
        own
        * np.asarray(
            untreated_path(values, jnp.array([pace]), jnp.array([values["tissue.itp_strength"]]))
        )[:, 0]
    )
    seen = int(np.argmax(path < values["tissue.itp_treated_below"]))
    forced = int(np.argmax(path < values["tissue.itp_forced_below"]))
    yield (seen + 1) % DAYS_A_MONTH, Ink.GREEN, ""
    # The draw before the limit is passed; the next one would be after danger, where time is short.
    yield (min(seen - 1, forced)) % DAYS_A_MONTH, Ink.PLUM, "7 4"


def _case(
    panel: Panel, values: Values, own: float, pace: float, first: float, ink: Ink, dash: str
) -> str:
    """Draws one calendar; returns what it shows in words."""
    visits = np.arange(first, STEPS, DAYS_A_MONTH)
    days = np.unique(np.concatenate([np.arange(STEPS + 1), visits]))
    draws = np.isin(days, visits)
    found = immune_thrombocytopenia(
        values,
        jnp.zeros(1),
        jnp.full(1, pace),
        jnp.full(1, values["tissue.itp_strength"]),
        jnp.full(1, own),
        jnp.asarray(days, jnp.float32)[:, None],
        jnp.asarray(draws)[:, None],
        jnp.zeros(1),
    )
    counts = own * np.asarray(found.factor)[:, 0]
    panel.curve(zip(days, counts, strict=True), ink, dash=dash)
    for day, count in zip(days[draws], counts[draws], strict=True):
        if day <= panel.across.high:
            panel.dot(float(day), float(count), ink, size=4.5)
    lowest = float(counts.min())
    at = float(days[counts.argmin()])
    side, anchor = (-9, "end") if not dash else (9, "start")
    panel.words(
        at, lowest, f"lowest {lowest:.0f}", ink, right=side, down=3, anchor=anchor, bold=True
    )
    bleeding = float(found.bleeding[0])
    bled = f", bleeding from day {bleeding:.0f}" if np.isfinite(bleeding) else ""
    treated = float(found.treated[0])
    return f"treated on day {treated:.0f} at a lowest count of {lowest:.0f}{bled}."
