"""Makes the picture of the README from what `longwatch demo` really prints on a terminal.

.venv/bin/python docs/make_picture.py            writes docs/pictures/worklist.svg
.venv/bin/python docs/make_picture.py --check    exit status 1 when it is no longer what is printed
"""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).parent / "pictures" / "worklist.svg"
COLUMNS, ROWS = 108, 50
FIRST, LAST = "Worklist of", "WITHIN 48 HOURS"
"""The picture begins with the line that holds the first, and ends before the one with the last."""

# rich's own template would load a font from the network.
_FORMAT = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
_FORMAT = _FORMAT.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace")


def printed() -> str:
    """What `longwatch demo` prints on a terminal of our size, with its colors."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        environment.pop(name, None)
    command = [
        sys.executable,
        "-c",
        "from longwatch.cli.main import main; main(['demo', '--quiet'])",
    ]
    with tempfile.TemporaryDirectory() as folder:
        running = subprocess.Popen(  # noqa: S603 (our own words)
            command, stdin=side, stdout=side, stderr=side, cwd=folder, env=environment
        )
        os.close(side)
        parts = []
        while True:
            try:
                part = os.read(main, 65_536)
            except OSError:
                # The other side is closed: all has been printed.
                break
            if not part:
                break
            parts.append(part)
        os.close(main)
        if running.wait() != 0:
            raise SystemExit(b"".join(parts).decode())
    return b"".join(parts).decode().replace("\r\n", "\n")


def picture() -> str:
    """The picture as SVG."""
    lines = printed().split("\n")
    plain = [Text.from_ansi(line).plain for line in lines]
    first = next(number for number, line in enumerate(plain) if FIRST in line)
    last = next(number for number, line in enumerate(plain) if LAST in line)
    screen = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115
    screen.print(Text.from_ansi("\n".join(lines[first:last]).rstrip()))
    svg = screen.export_svg(title="longwatch demo", code_format=_FORMAT, unique_id="longwatch")
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def main() -> int:
    """Writes the picture, or with --check says whether the one on disk is still true."""
    made = picture()
    if "--check" in sys.argv[1:]:
        return 0 if PICTURE.is_file() and PICTURE.read_text(encoding="utf-8") == made else 1
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
