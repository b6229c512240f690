"""Compiled modules answer as the interpreted ones, and what was compiled is found again."""

from datetime import date

from longwatch.core.compiling import compile_modules
from longwatch.core.daynumbers import months_later
from longwatch.watch.columns import day_of

MODULES = ("longwatch.core.daynumbers",)


def kept(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.rglob("*.nb?")}


def test_compiled_code_answers_alike_and_is_compiled_once(tmp_path, monkeypatch):
    monkeypatch.setenv("LONGWATCH_CACHE", str(tmp_path))
    days = [day_of(date(2024, month, 28)) for month in range(1, 13)]

    first = compile_modules(MODULES, "months_later", frozenset(), "days")
    assert [first(day, 13) for day in days] == [months_later(day, 13) for day in days]
    before = kept(tmp_path)
    again = compile_modules(MODULES, "months_later", frozenset(), "days")
    again(days[0], 1)

    assert before
    assert kept(tmp_path) == before


def test_the_sources_beside_the_code_have_no_age_so_that_every_checkout_shares_it(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("LONGWATCH_CACHE", str(tmp_path))
    compile_modules(MODULES, "months_later", frozenset(), "days")
    (copy,) = tmp_path.rglob("*.py")
    assert copy.stat().st_mtime == 0
