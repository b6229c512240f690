"""What of a protocol a cohort can be judged by."""

from __future__ import annotations

from longwatch.endpoints.adherence import Series
from longwatch.endpoints.report import Watched
from longwatch.protocols.model import Pack


def watched_by(pack: Pack) -> Watched:
    """What a protocol asks for that a cohort can be judged by: its series, of whatever kind.

    Left out, and named with the reason: what begins anew with each course and ends by a value.

    >>> from longwatch.protocols.load import load_protocol
    >>> made = watched_by(load_protocol("alemtuzumab-us"))
    >>> [one.id for one in made.series][-4:]
    ['liver', 'skin-exam', 'hpv-screen', 'rems-status']
    >>> made.left_out[:22]
    'Not counted: CD4 count'
    """
    series, rest = [], []
    for part in pack.recurring:
        patterns = part.answered_by.events
        by_code = all(one.codes and not one.groups for one in patterns)
        if part.anchor == "first" and by_code:
            series.append(
                Series(
                    part.id,
                    part.title,
                    part.answered_by.tests,
                    part.every_months,
                    part.early,
                    part.grace,
                    part.first_item,
                    tuple((one.kind, code) for one in patterns for code in one.codes),
                    part.applies_if.sex if part.applies_if else (),
                )
            )
        elif part.anchor == "course":
            rest.append(f"{part.title} (begins anew with each course and ends by a value)")
        else:
            rest.append(f"{part.title} (answered by symptoms, not by one code)")
    left_out = f"Not counted: {'; '.join(rest)}." if rest else ""
    return Watched(
        f"{pack.id} {pack.version}",
        tuple(series),
        pack.watch.months_after_last_infusion,
        left_out,
    )
