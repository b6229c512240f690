"""The truth about virtual patients: what no clinic knows; only the evaluation reads it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from longwatch.mechanism.autoimmunity import CONDITIONS, Thyroid
from longwatch.trials.cohort_events import Facts
from longwatch.trials.cohort_tables import dates


def truth_table(ids: pa.Array, facts: Facts, failed: NDArray[np.bool_]) -> pa.Table:
    """One row for each patient.

    Columns: `patient`; `onset_…` of every condition, a date or nothing (also beyond the cohort's
    last day); `thyroid_kind` and `nephropathy_kind` of those who fall ill; `itp_treated`,
    `itp_bleeding`, dates; `failed`, true where the cells could not be simulated.
    """
    columns: dict[str, pa.Array] = {"patient": ids}
    for row, name in enumerate(CONDITIONS):
        columns[f"onset_{name}"] = dates(np.floor(facts.first + facts.onsets[row]))
    columns["thyroid_kind"] = _named(
        [kind.name.lower() for kind in Thyroid], facts.thyroid, facts.onsets[0]
    )
    columns["nephropathy_kind"] = _named(
        ["membranous", "anti-gbm"],
        facts.anti_gbm.astype(np.int32),
        facts.onsets[CONDITIONS.index("nephropathy")],
    )
    columns["itp_treated"] = dates(np.floor(facts.first + facts.treated))
    columns["itp_bleeding"] = dates(np.floor(facts.first + facts.bleeding))
    columns["failed"] = pa.array(failed)
    return pa.table(columns)


def _named(
    words: list[str], code: NDArray[np.int32], onset: NDArray[np.float64]
) -> pa.DictionaryArray:
    codes = pa.array(code.astype(np.int8), mask=~np.isfinite(onset))
    return pa.DictionaryArray.from_arrays(codes, pa.array(words))
