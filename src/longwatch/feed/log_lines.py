"""Log lines for programs: one JSON object each, and no words that could hold patient data.

Our own messages name digests, sizes and channels. What an exception says may repeat a row of the
database or a line of a message: its kind and place are told, its words are not.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from pathlib import PurePath


class JsonLines(logging.Formatter):
    """A formatter for `logging`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line.

        >>> record = logging.LogRecord("longwatch", logging.INFO, "", 0, "%d bytes", (7,), None)
        >>> json.loads(JsonLines().format(record))["message"]
        '7 bytes'
        """
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and (error := record.exc_info[1]) is not None:
            told["error"] = type(error).__name__
            frames = traceback.extract_tb(error.__traceback__)
            told["at_line"] = ", ".join(f"{PurePath(f.filename).name}:{f.lineno}" for f in frames)
        return json.dumps(told, ensure_ascii=False)


def use_json_lines() -> None:
    """Makes every log of this process such lines on stderr, from level `info` on."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("django", "asyncio"):
        # Below that they write whole queries and addresses.
        logging.getLogger(name).setLevel(logging.WARNING)
