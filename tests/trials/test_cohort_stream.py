"""A streamed cohort is the cohort in memory, sorted, whole, and says where it comes from."""

import functools
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from longwatch.core.errors import RecordError
from longwatch.core.record import Record
from longwatch.core.record_write import SORTED_KEY
from longwatch.mechanism.parameters import Parameters
from longwatch.protocols.load import load_protocol
from longwatch.trials import cohort_life, cohort_look, cohort_people
from longwatch.trials.cohort import CohortPlan, chunk, virtual_cohort
from longwatch.trials.cohort_engine import LANES
from longwatch.trials.stream_cohort import stream_cohort
from longwatch.watch import watch
from longwatch.watch.stream import watch_parquet

pytestmark = pytest.mark.usefixtures("compiled_cohort")
US = load_protocol("alemtuzumab-us")
PEOPLE = 120


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    calls = []
    found = stream_cohort(
        CohortPlan(US, PEOPLE, seed=4), folder, progress=lambda *done: calls.append(done)
    )
    return folder, found, calls


def test_it_is_a_record_without_problems(written):
    folder, found, calls = written
    record = Record.read(folder)

    assert record.problems == ()
    assert (record.patients.num_rows, record.results.num_rows) == (PEOPLE, found.results)
    assert (found.failed, found.cut) == (0, 0)
    assert pq.read_schema(folder / "results.parquet").field("value").type == pa.float64()
    assert calls == [(PEOPLE, PEOPLE)]
    assert found.bytes == sum(file.stat().st_size for file in folder.iterdir())


def test_who_has_more_infections_than_are_kept_is_counted(tmp_path):
    often = Parameters.load().with_values({"infections.base": 5.0, "infections.later_ratio": 1.0})
    many = stream_cohort(CohortPlan(US, 40, seed=4, parameters=often), tmp_path / "cohort")

    assert 1 <= many.cut <= 40
    told = pq.read_table(tmp_path / "cohort" / "truth.parquet")["cut"].to_pylist()
    assert told.count(True) == many.cut


def test_the_watch_answers_as_for_the_cohort_in_memory(written):
    as_of = date(2024, 6, 3)
    streamed = watch_parquet(US, written[0], as_of, tables=("findings", "status"))
    memory = watch(US, virtual_cohort(CohortPlan(US, PEOPLE, seed=4)).record, as_of)

    assert streamed.unusable == 0

    def rows(table):
        return sorted(map(str, table.select(columns).to_pylist()))

    columns = ["patient", "activity", "status", "due", "last_answered"]
    assert rows(streamed.status) == rows(memory.status)
    columns = ["patient", "rule", "date", "tier"]
    columns = [name for name in columns if name in memory.findings.column_names]
    assert rows(streamed.findings) == rows(memory.findings)


def test_every_file_says_how_it_was_made(written):
    for name in ("results", "truth", "patients"):
        metadata = pq.read_schema(written[0] / f"{name}.parquet").metadata
        assert metadata[b"longwatch.seed"] == b"4"
        assert metadata[b"longwatch.without"] == b"[]"
        assert len(metadata[b"longwatch.protocol_digest"]) == 64
        assert len(metadata[b"longwatch.parameters_digest"]) == 64
    assert SORTED_KEY in pq.read_schema(written[0] / "results.parquet").metadata


def test_one_row_group_a_chunk_and_the_same_patients_across_them(tmp_path, monkeypatch):
    """More people than one chunk holds: the first ones stay as they are."""
    from longwatch.trials import cohort_engine

    many = cohort_engine.LANES + 30
    stream_cohort(CohortPlan(US, many, seed=4), tmp_path / "many", threads=2)
    stream_cohort(CohortPlan(US, 30, seed=4), tmp_path / "few", threads=1)

    assert pq.read_metadata(tmp_path / "many" / "results.parquet").num_row_groups == 2
    few = pq.read_table(tmp_path / "few" / "results.parquet")
    all_of_them = pq.read_table(tmp_path / "many" / "results.parquet")
    ids = all_of_them["patient"].cast(pa.string())
    same = all_of_them.filter(pc.less_equal(ids, f"v{30:09d}"))
    for name in ("date", "value", "test", "unit"):
        assert same[name].to_pylist() == few[name].to_pylist()
    assert pc.count_distinct(ids).as_py() == many


def test_a_failure_leaves_what_was_there(written, tmp_path, monkeypatch):
    from longwatch.trials import stream_cohort as module

    (tmp_path / "results.parquet").write_bytes(b"before")
    monkeypatch.setattr(module, "_writer", functools.partial(_full_disk))

    with pytest.raises(RecordError, match="cannot write here"):
        stream_cohort(CohortPlan(US, 3, seed=4), tmp_path)

    assert [file.name for file in tmp_path.iterdir()] == ["results.parquet"]
    assert (tmp_path / "results.parquet").read_bytes() == b"before"


def test_who_interrupts_finds_nothing_half_written(tmp_path):
    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stream_cohort(CohortPlan(US, 3, seed=4), tmp_path / "cohort", progress=interrupt)

    assert [path.name for path in tmp_path.rglob("*")] == ["cohort"]


def _full_disk(*_):
    raise OSError(28, "No space left on device")


def test_a_chunk_calls_only_programs_that_were_made_ready():
    """Another shape, type or constant would compile it again, in every thread."""
    programs = {
        f"{module.__name__}.{name}": part
        for module in (cohort_people, cohort_life, cohort_look)
        for name, part in vars(module).items()
        if hasattr(part, "_cache_size") and part.__module__ == module.__name__
    }
    before = {name: program._cache_size() for name, program in programs.items()}
    chunk(CohortPlan(US, 10**6, seed=9), 20 * LANES, LANES)

    assert len(before) == 10
    assert {name: program._cache_size() for name, program in programs.items()} == before
