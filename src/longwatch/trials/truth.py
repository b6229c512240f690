"""The truth about virtual patients: what no clinic knows; only the evaluation reads it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from longwatch.mechanism.autoimmunity import CONDITIONS, Thyroid
from longwatch.trials.cohort_harm import Harm
from longwatch.trials.cohort_tables import dates
from longwatch.trials.cohort_visits import NEVER


def truth_table(
    ids: pa.Array,
    first: NDArray[np.int64],
    harm: Harm,
    leaves: NDArray[np.float32],
    failed: NDArray[np.bool_],
) -> pa.Table:
    """One row for each patient.

    Columns: `patient`; `onset_…` of every condition, a date or nothing (also beyond the cohort's
    last day); `thyroid_kind` and `nephropathy_kind` of those who fall ill; `itp_treated`,
    `itp_bleeding`, dates; `left`, the day on which somebody leaves the clinic for good; `failed`,
    true where some number is not finite; `cut`, true where so many relapses or infections came
    that all places kept for them are taken: what came after the last one is not in the Record.

    Inputs:
        first: [n], first infusions. leaves: [n], days since then, `inf` for never.
    """

    def day(since: object) -> pa.Array:
        days = np.floor(np.minimum(np.asarray(since, np.float64), NEVER)).astype(np.int64)
        known = days < _FAR
        return dates(np.where(known, first + days, NEVER))

    onsets = np.asarray(harm.life.onsets.day)
    columns: dict[str, pa.Array] = {"patient": ids}
    for row, name in enumerate(CONDITIONS):
        columns[f"onset_{name}"] = day(onsets[row])
    columns["thyroid_kind"] = _named(
        [kind.name.lower() for kind in Thyroid], np.asarray(harm.life.onsets.thyroid), onsets[0]
    )
    columns["nephropathy_kind"] = _named(
        ["membranous", "anti-gbm"],
        np.asarray(harm.life.onsets.anti_gbm).astype(np.int32),
        onsets[CONDITIONS.index("nephropathy")],
    )
    columns["itp_treated"] = day(np.asarray(harm.seen.found)[CONDITIONS.index("itp")])
    columns["itp_bleeding"] = day(harm.seen.bleeding)
    columns["left"] = day(leaves)
    columns["failed"] = pa.array(failed)
    kept = (harm.life.relapses, harm.life.infections.any)
    columns["cut"] = pa.array(np.any([np.isfinite(np.asarray(part)[-1]) for part in kept], axis=0))
    return pa.table(columns)


_FAR = 200 * 365
"""Days beyond which an onset is that of nobody alive."""


def _named(
    words: list[str], code: NDArray[np.int32], onset: NDArray[np.float32]
) -> pa.DictionaryArray:
    codes = pa.array(code.astype(np.int8), mask=~np.isfinite(onset))
    return pa.DictionaryArray.from_arrays(codes, pa.array(words))
