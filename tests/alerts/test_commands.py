"""The commands in one process: the worker raises, a nurse sees, acts and closes, all in words."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from longwatch.cli.main import main


@pytest.fixture
def run(ward, capsys, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")

    def call(*words):
        status = main([str(word) for word in words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def test_a_morning_with_alerts(ward, run, capsys):
    ward.send("15")
    assert run("staff", "ann", "--role", "nurse")[1] == "ann: nurse\n"
    status, out, _ = run("alerts", "--json")
    assert status == 0
    first = json.loads(out)[0]
    assert (first["rule"], first["tier"], first["value"]) == (
        "PLT-1", "emergency", "platelets 15 10*9/L",
    )  # fmt: skip
    number = first["id"]
    assert "platelets 15" in run("alerts")[1]
    assert "is seen" in run("alerts", "see", number, "--by", "ann")[1]
    status, _, err = run("alerts", "close", number, "--by", "ann", "--note", "x")
    assert status == 2
    assert "nobody has said what was done" in err
    run("alerts", "act", number, "--by", "ann", "--note", "called")
    status, _, err = run("alerts", "close", number, "--by", "ann", "--note", "x")
    assert "no later normal result yet" in err
    status, out, _ = run("alerts", "show", number)
    assert "acted (ann): called" in out
    status, out, _ = run(
        "alerts", "close", number, "--by", "ann", "--note", "x", "--follow-up", "tomorrow", "--json"
    )
    assert json.loads(out)["state"] == "closed"
    assert number not in [row["id"] for row in json.loads(run("alerts", "--json")[1])]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("alerts", "show", 99), "no such alert"),
        (("alerts", "see", 99, "--by", "carl"), "longwatch staff carl --role nurse"),
        (("staff", "ann", "--role", "king"), "no role 'king'"),
    ],
)
def test_what_makes_no_sense_is_said(run, words, said):
    status, _, err = run(*words)
    assert status == 2
    assert said in err


def test_the_worker_once_says_what_it_did_and_is_no_longer_missed(ward, run):
    assert "no worker has ever run" in run("alerts")[2]
    status, out, _ = run("worker", "--once", "--json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert set(rows) >= {"sweep", "escalate", "silence", "chase"}
    assert rows["sweep"]["said"].startswith("2 people, ")
    assert status == 0
    assert "no worker has ever run" not in run("alerts")[2]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="names its own file")
def test_the_worker_stops_when_it_is_told_to(store):
    connection.close()
    with subprocess.Popen(
        [sys.executable, "-m", "longwatch", "worker", "--database", f"sqlite:///{store}"],
        cwd=Path(store).parent,
        env={**os.environ, "TZ": "UTC"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as worker:
        assert worker.stdout.readline().startswith("The worker works")
        worker.terminate()
        assert worker.wait(20) == 0
