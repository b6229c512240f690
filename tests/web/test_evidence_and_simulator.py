"""The report of the clinic with small groups guarded, and a protocol on virtual patients."""

from __future__ import annotations

import pytest


def test_of_few_people_no_figure_is_shown(enter):
    page = enter("priya").get("/evidence").content.decode()
    assert "Too few people" in page
    assert "<table" not in page


def test_with_enough_people_figures_stand_beside_the_published(enter, monkeypatch):
    from longwatch.web.pages import evidence

    monkeypatch.setattr(evidence, "FEWEST", 2)
    page = enter("priya").get("/evidence").content.decode()
    assert "Published" in page
    assert "data:image/svg+xml;base64," in page
    assert "style=" not in page


def test_a_figure_of_few_is_not_shown():
    from longwatch.endpoints.report_model import Row
    from longwatch.web.pages.evidence import _figure

    told = _figure(Row("relapses", "/a", 0.2, 0.1, 0.3, n=3))
    assert told["row"].estimate is None
    assert "fewer than" in told["why"]


def test_without_the_mechanism_the_page_says_how_to_install_it(enter, monkeypatch):
    from longwatch.web.pages import simulator

    monkeypatch.setattr(simulator, "installed", lambda: False)
    page = enter("priya").get("/simulator").content.decode()
    assert "longwatch[model]" in page
    assert "Begin" not in page


@pytest.mark.parametrize("wrong", [{"patients": "9999"}, {"months": "x"}, {"protocol": "none"}])
def test_a_run_that_cannot_be_is_refused(wrong, enter):
    told = {"protocol": "alemtuzumab-us", "patients": "5", "months": "12", "seed": "1", **wrong}
    assert enter("priya").post("/simulator", told).status_code == 422


def test_a_run_that_fails_says_so_and_another_can_begin(enter, monkeypatch):
    from longwatch.web import simulating

    def broken(*_words):
        raise OSError("no room")

    monkeypatch.setattr(simulating, "_longwatch", broken)
    monkeypatch.setattr(simulating, "installed", lambda: True)
    run = simulating.Run("alemtuzumab-us", 5, 12, 1)
    simulating._work(run)
    assert (run.state, run.why) == ("failed", "no room")
    monkeypatch.setattr(simulating, "_newest", [run])
    assert "no room" in enter("priya").get("/simulator").content.decode()
