"""A virtual cohort to Parquet: people a second, CPU seconds, bytes a person, peak memory.

`python -m bench.cohort_speed [PATIENTS [THREADS]]`. The first, small cohort compiles and is not
counted. Goals: 30 000 people a second on 2 cores, 700 bytes a person, less than 1 GiB.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

PEOPLE = 100_000
KIB = 1024


def measure(patients: int, threads: int) -> str:
    """One line of figures."""
    from longwatch.cli.model import prepare_model

    prepare_model()
    from longwatch.protocols.load import load_protocol
    from longwatch.trials.cohort import CohortPlan
    from longwatch.trials.stream_cohort import stream_cohort

    pack = load_protocol("alemtuzumab-us")
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        stream_cohort(CohortPlan(pack, 1, seed=3), Path(folder) / "first", threads=threads)
        first = time.perf_counter() - begin
        begin, busy = time.perf_counter(), time.process_time()
        plan = CohortPlan(pack, patients, seed=3)
        written = stream_cohort(plan, Path(folder) / "all", threads=threads)
        wall, busy = time.perf_counter() - begin, time.process_time() - busy
        sizes = {
            file.stem: file.stat().st_size / patients
            for file in sorted((Path(folder) / "all").iterdir())
        }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB
    parts = ", ".join(f"{name} {size:.0f}" for name, size in sizes.items())
    return (
        f"{patients:,} people: {patients / wall:,.0f}/s wall, {patients / busy:,.0f}/CPU-s "
        f"({wall:.1f} s, {busy:.1f} CPU-s), {written.results / patients:.0f} results and "
        f"{written.bytes / patients:.0f} bytes each ({parts}), peak {peak:,.0f} MiB, "
        f"first call {first:.1f} s"
    )


def main(words: list[str]) -> int:
    """Prints the figures."""
    numbers = [int(word) for word in words]
    print(measure(*(numbers + [PEOPLE, 2][len(numbers) :])))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
