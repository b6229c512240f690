"""What persons taught of a laboratory's words, as the filing asks for it."""

from __future__ import annotations

from longwatch.store.models import LearnedAlias
from longwatch.store.plainly import fetched

_SIGNED = """
    SELECT "kind", "laboratory", "said", "test", "meaning" FROM "store_learnedalias"
    WHERE "withdrawn_at" IS NULL AND "confirmed_at" IS NOT NULL
"""
Units = dict[tuple[str, str, str], str]


def learned_aliases() -> tuple[dict[str, str], Units]:
    """Everything that two people signed for and nobody withdrew.

    Returns:
        Catalogue id by `LABORATORY|CODE`; unit of the catalogue by laboratory, test and spelling.
    """
    codes: dict[str, str] = {}
    units: Units = {}
    for kind, laboratory, said, test, meaning in fetched(_SIGNED):
        if kind == LearnedAlias.Kind.CODE:
            codes[f"{laboratory}|{said}"] = meaning
        else:
            units[laboratory, test, said] = meaning
    return codes, units
