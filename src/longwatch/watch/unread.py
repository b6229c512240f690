"""Symptoms that somebody wrote down and no protocol can read: counted, so that a person reads them.

A symptom under a code that the protocol does not have triggers nothing. Unsaid, "epistaxis" would
look like no nosebleed at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from longwatch.protocols.guess import did_you_mean
from longwatch.watch.compiling import Compiled

KIND = "symptom"
NO_CODE = "(no code)"


def unread_symptoms(compiled: Compiled, events: pa.Table, as_of: date) -> dict[str, int]:
    """Symptoms up to a day that the protocol cannot read, by code, the most frequent first.

    Inputs:
        events: the Record's; a symptom without a code counts under `NO_CODE`.
        as_of: later events do not exist.
    """
    if "code" not in events.column_names:
        events = events.append_column("code", pa.nulls(events.num_rows, pa.string()))
    days = events["date"].cast(pa.date32())
    past = pc.less_equal(days, pa.scalar(as_of, pa.date32()))
    symptoms = events.filter(pc.and_(past, pc.equal(events["kind"].cast(pa.string()), KIND)))
    known = {symptom.id for symptom in compiled.pack.symptoms}
    counts: Counter[str] = Counter()
    for code in symptoms["code"].cast(pa.string()).to_pylist():
        word = (code or "").strip()
        if word not in known and not (word and compiled.matches(KIND, word).any()):
            counts[word or NO_CODE] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def in_words(counts: Mapping[str, int], known: list[str]) -> str:
    """The notice for a person.

    Inputs:
        counts: by code, as `unread_symptoms` gives them.
        known: the codes of the protocol, to guess what was meant.

    >>> in_words({"bruisin": 1}, ["bruising"])
    "symptom whose code the protocol does not know: bruisin 1 (did you mean 'bruising'?) — \
a person must read it"
    """
    told = []
    for code, count in counts.items():
        guess = did_you_mean(code, known).rstrip(".") if code != NO_CODE else ""
        told.append(f"{code} {count}" + (f" ({guess})" if guess else ""))
    one = sum(counts.values()) == 1
    return (
        f"{'symptom' if one else 'symptoms'} whose code the protocol does not know: "
        f"{', '.join(told)} — a person must read {'it' if one else 'them'}"
    )
