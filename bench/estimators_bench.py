"""CPU seconds of the estimators of `endpoints` beside statsmodels and lifelines, in one process.

`python -m bench.estimators_bench [ROWS…]` (default 100 000; 1 000 000 takes minutes of the peers).
One row a person, whole days, an arm and two covariates; each engine runs once after a small run to
warm up, so figures are ratios of one noisy run. A dash: the peer has none, or needs minutes.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

SEED = 5
DEFAULT = 100_000
WARM = 2_000
DAYS = 1_461
SLOW = 200_000
"""Beyond so many rows the slow peers are left out."""


def data(rows: int) -> dict[str, Any]:
    """People with time to an event, kinds of events, relapse counts."""
    rng = np.random.default_rng(SEED)
    arm, age, sex = rng.integers(0, 2, rows), rng.normal(35, 8, rows), rng.integers(0, 2, rows)
    time_ = np.minimum(np.ceil(rng.exponential(900 * np.exp(0.4 * arm), rows)), DAYS)
    end = rng.integers(200, DAYS, rows)
    rate = 0.4 * np.exp(-0.6 * arm) * rng.gamma(1.2, 1 / 1.2, rows)
    count = np.minimum(rng.poisson(rate * end / 365.25), end)
    person = np.repeat(np.arange(rows), count)
    day = 1 + (rng.random(len(person)) * end[person]).astype(int)
    return {
        "tte": {
            "id": np.arange(rows), "time": time_, "event": time_ < DAYS, "arm": arm, "age": age,
            "sex": sex, "entry": np.floor(time_ * rng.random(rows) * 0.5),
        },
        "kinds": {"time": time_, "event": np.where(time_ < DAYS, rng.integers(1, 3, rows), 0)},
        "people": {"id": np.arange(rows), "start": np.zeros(rows, int), "end": end, "arm": arm,
                   "age": age, "sex": sex},
        "relapses": {"id": person, "day": day},
        "count": count,
        "x": np.column_stack([np.ones(rows), arm, age, sex]).astype(float),
        "offset": np.log(end / 365.25),
        "rows": rows,
    }  # fmt: skip


def ours() -> dict[str, Callable[[dict[str, Any]], object]]:
    """Our estimators by task."""
    from longwatch.endpoints.competing import cumulative_incidence, gray
    from longwatch.endpoints.counts import mean_count
    from longwatch.endpoints.cox import cox
    from longwatch.endpoints.rates import relapse_rate
    from longwatch.endpoints.survival import km, logrank

    def rate(model: str) -> Callable[[dict[str, Any]], object]:
        return lambda d: relapse_rate(
            d["relapses"], d["people"], "arm", model=model, covariates=["age", "sex"]
        )

    three = ["arm", "age", "sex"]
    return {
        "Kaplan-Meier": lambda d: km(d["tte"]),
        "log-rank": lambda d: logrank(d["tte"], "arm"),
        "Cox, Efron": lambda d: cox(d["tte"], three),
        "Cox, entry, robust by id": lambda d: cox(d["tte"], three, entry="entry", cluster="id"),
        "Aalen-Johansen": lambda d: cumulative_incidence(d["kinds"], var="greenwood"),
        "Gray": lambda d: gray({**d["kinds"], "arm": d["tte"]["arm"]}, "arm", cause=1),
        "mean count, robust": lambda d: mean_count(d["relapses"], d["people"]),
        "Poisson, HC0": rate("poisson"),
        "negative binomial, HC0": rate("nb"),
        "Andersen-Gill, robust": rate("lwyy"),
    }


def statsmodels_() -> dict[str, Callable[[dict[str, Any]], object]]:
    """Those of statsmodels."""
    import statsmodels.api as sm
    from statsmodels.discrete.discrete_model import NegativeBinomial
    from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight, survdiff

    def poisson(d: dict[str, Any]) -> Any:
        family = sm.families.Poisson()
        return sm.GLM(d["count"], d["x"], family, offset=d["offset"]).fit(cov_type="HC0")

    def nb(d: dict[str, Any]) -> object:
        start = np.append(poisson(d).params, 0.8)
        model = NegativeBinomial(d["count"], d["x"], offset=d["offset"])
        return model.fit(start, method="newton", disp=0, cov_type="HC0")

    return {
        "Kaplan-Meier": lambda d: SurvfuncRight(d["tte"]["time"], d["tte"]["event"]).surv_prob_se,
        "log-rank": lambda d: survdiff(d["tte"]["time"], d["tte"]["event"], d["tte"]["arm"]),
        "Aalen-Johansen": lambda d: CumIncidenceRight(d["kinds"]["time"], d["kinds"]["event"]),
        "Poisson, HC0": poisson,
        "negative binomial, HC0": nb,
    }


def lifelines_() -> dict[str, Callable[[dict[str, Any]], object]]:
    """Those of lifelines; robust errors with entry are left out, being wrong there (and slow)."""
    import pandas as pd
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import logrank_test

    def cox(d: dict[str, Any], *more: str) -> object:
        frame = pd.DataFrame(d["tte"])[["time", "event", "arm", "age", "sex", *more]]
        entry = {"entry_col": more[0]} if more else {}
        return CoxPHFitter().fit(frame, "time", "event", **entry)

    def logrank(d: dict[str, Any]) -> object:
        tte, one = d["tte"], d["tte"]["arm"] == 1
        parts = (tte["time"][one], tte["time"][~one], tte["event"][one], tte["event"][~one])
        return logrank_test(*parts)

    return {
        "Kaplan-Meier": lambda d: KaplanMeierFitter().fit(d["tte"]["time"], d["tte"]["event"]),
        "log-rank": logrank,
        "Cox, Efron": lambda d: cox(d),
        "Cox, entry, robust by id": lambda d: cox(d, "entry") if d["rows"] <= SLOW else None,
    }


def cpu(task: Callable[[dict[str, Any]], object] | None, given: dict[str, Any]) -> float | None:
    """CPU seconds of one run; None when there is nothing to run."""
    if task is None:
        return None
    start = time.process_time()
    done = task(given)
    spent = time.process_time() - start
    return spent if done is not None else None


def run(rows: int, say: Callable[[str], None] = lambda _: None) -> dict[str, dict[str, Any]]:
    """CPU seconds of each task by each engine; None where an engine has none, or needs minutes."""
    engines = {"longwatch": ours(), "statsmodels": statsmodels_(), "lifelines": lifelines_()}
    small, given = data(WARM), data(rows)
    found: dict[str, dict[str, Any]] = {}
    for task in engines["longwatch"]:
        found[task] = {}
        for name, tasks in engines.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                cpu(tasks.get(task), small)
                taken = cpu(tasks.get(task), given)
            found[task][name] = None if taken is None else round(taken, 3)
        first = found[task]["longwatch"] or 1
        shown = ("–" if one is None else f"{one:.2f} ({one / first:.1f})"
                 for one in found[task].values())  # fmt: skip
        say(f"{task:26}" + "".join(f"{one:>20}" for one in shown))
    return found


def main(words: list[str]) -> int:
    """Prints one table for each number of rows."""
    for rows in [int(word) for word in words] or [DEFAULT]:
        print(f"\n{rows} people, CPU s (times ours)")
        print(
            f"{'':26}"
            + "".join(f"{name:>20}" for name in ("longwatch", "statsmodels", "lifelines"))
        )
        run(rows, lambda line: print(line, flush=True))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
