"""Health over HTTP: live while the process answers, ready only while it can store."""

import asyncio
import json
import time

import pytest

from longwatch.feed import health_http
from longwatch.feed.health_http import HealthServer


def ask(request, problem=lambda: ""):
    async def scene():
        server = HealthServer(problem, port=0)
        await server.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        await server.stop()
        return answer

    head, _, body = asyncio.run(scene()).partition(b"\r\n\r\n")
    return int(head.split()[1] if head else 0), json.loads(body or b"{}")


def get(path):
    return b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path


def fails():
    raise RuntimeError("row of DOE^JANE")


CASES = {
    "it lives": (get(b"/health/live"), lambda: "the database is gone", 200, "live"),
    "it can store": (get(b"/health/ready?x=1"), lambda: "", 200, "ready"),
    "it cannot": (get(b"/health/ready"), lambda: "the database is gone", 503, "not ready"),
    "its look fails": (get(b"/health/ready"), fails, 503, "not ready"),
    "another page": (get(b"/etc/passwd"), fails, 404, "there is /health/live and /health/ready"),
    "another verb": (b"DELETE /health/live HTTP/1.1\r\n\r\n", fails, 405, "ask with GET"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_asked_is_answered(case):
    request, problem, status, told = CASES[case]

    answer = ask(request, problem)

    assert (answer[0], answer[1]["status"]) == (status, told)
    assert "JANE" not in str(answer)


def test_a_store_that_hangs_is_not_ready(monkeypatch):
    monkeypatch.setattr(health_http, "_PATIENCE", 0.1)

    assert ask(get(b"/health/ready"), lambda: time.sleep(0.5) or "")[0] == 503


@pytest.mark.parametrize("noise", [b"", b"\x00\xff" * 50, b"x" * 20_000, b"\r\n\r\n"])
def test_noise_does_no_harm(noise, monkeypatch):
    monkeypatch.setattr(health_http, "_PATIENCE", 0.1)

    assert ask(noise)[0] in (0, 404)
