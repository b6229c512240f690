"""Sentences of a pack in the language of the person treated."""

from __future__ import annotations

from collections.abc import Mapping

from longwatch.protocols.model import Pack


def words_in(pack: Pack, language: str) -> Mapping[str, str]:
    """Each translated sentence by its English one.

    A sentence that an overlay changed is not found: it then stands in English, not in words that
    belong to another protocol.

    Inputs:
        language: two letters, `es`.

    >>> from longwatch.protocols.load import load_protocol
    >>> words_in(load_protocol("alemtuzumab-us"), "en")
    {}
    """
    return {
        word.english: word.says
        for part in pack.translations
        if part.language == language
        for word in part.words
    }
