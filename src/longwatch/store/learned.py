"""What persons taught of a laboratory's words, as the filing asks for it."""

from __future__ import annotations

from longwatch.store.models import LearnedAlias

Units = dict[tuple[str, str, str], str]


def learned_aliases() -> tuple[dict[str, str], Units]:
    """Everything that two people signed for and nobody withdrew.

    Returns:
        Catalogue id by `LABORATORY|CODE`; unit of the catalogue by laboratory, test and spelling.
    """
    signed = LearnedAlias.objects.filter(withdrawn_at=None, confirmed_at__isnull=False)
    codes: dict[str, str] = {}
    units: Units = {}
    columns = ("kind", "laboratory", "said", "test", "meaning")
    for kind, laboratory, said, test, meaning in signed.values_list(*columns):
        if kind == LearnedAlias.Kind.CODE:
            codes[f"{laboratory}|{said}"] = meaning
        else:
            units[laboratory, test, said] = meaning
    return codes, units
