"""A PostgreSQL server of the tests' own, in a temporary folder, reached by a socket only."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp


def missing() -> str:
    """Why no server can be started here; '' when one can."""
    if shutil.which("initdb", path=_path()) is None:
        return "no PostgreSQL server is installed (Debian: apt-get install postgresql)"
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        return "PostgreSQL does not run as root, and there is no runuser"
    return ""


def _path() -> str:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)])


def _as_owner(*command: str) -> None:
    program = shutil.which(command[0], path=_path())
    assert program, missing()
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*prefix, program, *command[1:]], check=True, cwd="/", stdout=subprocess.DEVNULL)


@contextmanager
def postgresql() -> Iterator[str]:
    """A running server; gives the URL of its database `postgres`."""
    folder = mkdtemp(prefix="longwatch-pg-", dir="/tmp")
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = f"{folder}/data"
    try:
        _as_owner("initdb", "-D", data, "-U", "longwatch", "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        log = f"{folder}/log"
        _as_owner("pg_ctl", "-D", data, "-w", "-l", log, "-o", options, "start")
        try:
            yield f"postgresql://longwatch@/postgres?host={folder}"
        finally:
            _as_owner("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
