"""The cases of a pack as sentences, beside the items they speak of."""

from markdown import bullets, code, text

from longwatch.protocols.cases import Case, load_cases


class Cases:
    """Hands out each case to the items it names; `rest` has those that name none."""

    def __init__(self, pack_id: str) -> None:
        self._by_item: dict[tuple[str, str], list[Case]] = {}
        self._rest: list[Case] = []
        for case in load_cases(pack_id):
            found = list(dict.fromkeys(_concerned(case)))
            for key in found:
                self._by_item.setdefault(key, []).append(case)
            if not found:
                self._rest.append(case)

    def of(self, section: str, item_id: str) -> str:
        """The cases of one item."""
        key = (_TABLES.get(section, section), item_id)
        return _listed(self._by_item.get(key, []))

    def rest(self) -> str:
        """The cases about the person as a whole: the worklist, the courses."""
        others = [
            case
            for (table, item), cases in self._by_item.items()
            if table == "readiness" and item.startswith("course")
            for case in cases
        ]
        shown = _listed([*self._rest, *others])
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
    unique = {case.where: case for case in cases}.values()
    lines = (f"{text(case.name)} ({case.as_of}, {code(case.where)})" for case in unique)
    return "**Cases**\n\n" + bullets(lines)
