"""The cases of a pack as sentences, beside the items they speak of."""

from markdown import bullets, code, text

from longwatch.protocols.cases import Case, load_cases


class Cases:
    """Hands out each case to the items it names; `rest` has those that none has shown."""

    def __init__(self, pack_id: str) -> None:
        self._cases = load_cases(pack_id)
        self._by_item: dict[tuple[str, str], list[Case]] = {}
        self._shown: set[str] = set()
        for case in self._cases:
            for key in dict.fromkeys(_concerned(case)):
                self._by_item.setdefault(key, []).append(case)

    def of(self, section: str, item_id: str) -> str:
        """The cases of one item."""
        cases = self._by_item.get((_TABLES.get(section, section), item_id), [])
        self._shown.update(case.where for case in cases)
        return _listed(cases)

    def rest(self) -> str:
        """The cases that no item has shown: about the worklist, the courses, what is not there."""
        shown = _listed([case for case in self._cases if case.where not in self._shown])
        return f"## Cases about the whole person\n\n{shown}" if shown else ""


_TABLES = {
    "rules": "findings",
    "red_flags": "findings",
    "recurring": "status",
    "before_course": "readiness",
    "contraindications": "readiness",
    "periods": "prophylaxis",
}
"""The outcome table in which an item of a section speaks."""


def _concerned(case: Case) -> list[tuple[str, str]]:
    expect = case.expect
    rules = (*expect.findings, *expect.findings_all, *expect.undecided)
    return [
        *(("findings", rule) for rule in rules),
        *(("status", activity) for activity in (*expect.status, *expect.adherence)),
        *(("readiness", activity) for _, activity in expect.readiness),
        *(("prophylaxis", period) for _, period in expect.prophylaxis),
    ]


def _listed(cases: list[Case]) -> str:
    if not cases:
        return ""
    lines = (f"{text(case.name)} ({case.as_of}, {code(case.where)})" for case in cases)
    return "**Cases**\n\n" + bullets(lines)
