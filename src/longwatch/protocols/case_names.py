"""The ids of a pack that its cases may name."""

from __future__ import annotations

from dataclasses import dataclass

from longwatch.protocols.model import Pack

_COURSE_ROWS = ["course", "course-interval", "course-limit"]
"""Rows of readiness that the watch makes from the courses themselves."""


@dataclass(frozen=True)
class Names:
    """The ids that a case may name, by kind; None where the pack may lack some."""

    rules: list[str] | None
    activities: list[str] | None
    facts: list[str] | None
    periods: list[str] | None

    @classmethod
    def of(cls, pack: Pack, unsure: frozenset[str]) -> Names:
        """The ids of a pack; `unsure` names the sections that may lack items.

        >>> from longwatch.protocols.load import load_protocol
        >>> Names.of(load_protocol("campath-bcll"), frozenset({"rules"})).rules is None
        True
        """

        def ids(*sections: str) -> list[str] | None:
            if unsure.intersection(sections):
                return None
            return [item.id for section in sections for item in getattr(pack, section)]

        facts = ids("before_course", "contraindications", "courses")
        return cls(
            ids("rules", "red_flags"),
            ids("recurring"),
            None if facts is None else [*facts, *_COURSE_ROWS],
            ids("periods"),
        )
