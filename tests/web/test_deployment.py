"""A clinic behind TLS: Django's own examination of a deployment finds nothing."""

from __future__ import annotations

import os
import subprocess
import sys


def test_the_examination_of_a_deployment_is_clean(tmp_path):
    settings = {
        "DJANGO_SETTINGS_MODULE": "longwatch.web.settings",
        "LONGWATCH_DATABASE": f"sqlite:///{tmp_path / 'none.db'}",
        "LONGWATCH_HTTPS": "yes",
        "LONGWATCH_HOSTS": "watch.clinic.example",
        "LONGWATCH_SECRET_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    }
    command = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(
        command, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_cookies_are_for_this_site_and_no_script(enter):
    browser = enter("priya")
    for name in ("sessionid", "csrftoken"):
        cookie = browser.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


def test_a_gate_says_that_the_pages_are_coming_and_then_lets_through():
    from longwatch.web.gate import Gate

    told = []
    gate = Gate()
    body = b"".join(gate({}, lambda status, headers: told.append(status)))
    assert told == ["503 Service Unavailable"]
    assert b"getting ready" in body
    gate.open(lambda environ, start: [b"behind"])
    assert gate({}, None) == [b"behind"]
