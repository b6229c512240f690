"""Loading a protocol pack: from the files of a folder to one validated, immutable Pack."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from longwatch.core.errors import ProtocolError
from longwatch.protocols.compose import compose, gather
from longwatch.protocols.folders import packs as packs
from longwatch.protocols.folders import shipped_path as shipped_path
from longwatch.protocols.model import Pack
from longwatch.protocols.validate import validate


def load_protocol(id_or_path: str | Path) -> Pack:
    """Loads a protocol pack, shipped or from a folder.

    Inputs:
        id_or_path: the id of a shipped pack (see `packs`), or a folder with `protocol.yaml`.

    Returns:
        The pack, overlays applied. Shipped packs are read once per process; folders anew each time.

    Raises:
        ProtocolError: with every problem found, each with file, line and column.

    >>> [pack for pack in packs() if load_protocol(pack).id != pack]
    []
    """
    if isinstance(id_or_path, str) and id_or_path in packs():
        return _shipped(id_or_path)
    # The catalogue of tests is not needed for shipped packs, which must load fast.
    from longwatch.protocols.check import cross_check
    from longwatch.protocols.check_broken import by_place, judge

    judged = judge(gather(id_or_path))
    problems = [*judged.problems, *cross_check(judged.pack, judged.root, judged.unsure)]
    if problems:
        raise ProtocolError(sorted(problems, key=by_place))
    return judged.pack


def pack_digest(pack: Pack) -> str:
    """The SHA-256 of a pack's content, in hex: equal for equal content in whatever files.

    >>> all(len(pack_digest(load_protocol(pack))) == 64 for pack in packs())
    True
    """
    content = json.dumps(pack.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


@cache
def _shipped(pack_id: str) -> Pack:
    # Shipped packs pass the cross checks in the tests; a clinic's own pack passes them here.
    return validate(compose(pack_id))
