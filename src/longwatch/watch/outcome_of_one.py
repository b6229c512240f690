"""The watch's answer for one person whose rows are at hand: a page asks for it with every opening.

The tables are those of `watch`; only the way in is shorter. What needs the whole Record (the tree
of why) is asked of the watch over it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from longwatch.core.record import Record
from longwatch.protocols.model import Pack
from longwatch.watch.api import Outcome, watch
from longwatch.watch.columns import COMPARATOR_CODE, People, Results, Words, as_arrays
from longwatch.watch.compiling import compile_pack
from longwatch.watch.engine import Batch, run
from longwatch.watch.explain_chart import anchors
from longwatch.watch.few_people import PlainPerson, PlainResults, plain_facts
from longwatch.watch.plan import Plan, PlanItem
from longwatch.watch.plan_items import items_of_plan
from longwatch.watch.plan_person import Person, person_of_chart
from longwatch.watch.plan_series import recurring_items
from longwatch.watch.view import date_of

if TYPE_CHECKING:
    from longwatch.watch.explain import Why

_COMPARATORS = tuple(
    word or None for word, _ in sorted(COMPARATOR_CODE.items(), key=lambda pair: pair[1]) if word
)


class OutcomeOfOne(Outcome):
    """An `Outcome` for one person.

    Inputs:
        pack: a loaded pack.
        name: the person's reference.
        person, results: everything known of one person; see `few_people.PlainResults`.
        infusions: the same infusions as rows of a Record, by date.
        as_of: the day to judge at.
        record: reads the Record, should somebody ask for what only that tells.
    """

    def __init__(
        self,
        pack: Pack,
        name: str,
        person: PlainPerson,
        results: PlainResults,
        infusions: Sequence[dict[str, Any]],
        as_of: date,
        record: Callable[[], Record],
    ) -> None:
        compiled = compile_pack(pack)
        facts = as_arrays(plain_facts(compiled, [person], results, as_of))
        answers, found = run(compiled, facts, "python")
        people = People(pa.array([name], pa.string()), facts.persons, facts.infusions, facts.events)
        words = Words((None,), (None,), (None,), ("", *_COMPARATORS, None))
        batch = Batch(np.arange(1), answers, found)
        super().__init__(
            compiled, as_of, people, batch, Results(*facts.rows[1:]), words, facts, Record()
        )
        self._name = name
        self._infusions = list(infusions)
        self._read = record

    @cached_property
    def _whole(self) -> Outcome:
        return watch(self.pack, self._read(), self.as_of, engine="python")

    @cached_property
    def unread_symptoms(self) -> dict[str, int]:
        """As in `Outcome`."""
        return self._whole.unread_symptoms

    @cached_property
    def sent(self) -> Record:
        """As in `Outcome`."""
        return self._whole.sent

    def explain(self, patient: str, item: str | None = None) -> Why:
        """As in `Outcome`."""
        return self._whole.explain(patient, item)

    @cached_property
    def plan(self) -> Plan:
        """The dated plan, from the same chart; see `watch.plan.plan`."""
        return items_of_plan(self._person, self.as_of)

    @property
    def end(self) -> date | None:
        """The last day of the watch, as in the plan."""
        return date_of(anchors(self._person.assumed)[2])

    def series(self, activity: str) -> list[PlanItem]:
        """The items of one recurring activity, as in the plan: it has hundreds of others."""
        items = recurring_items(self._person, anchors(self._person.assumed)[2], activity)
        return sorted(items, key=lambda item: item.date)

    @cached_property
    def _person(self) -> Person:
        self.view.open(0)
        return person_of_chart(self.view, self._facts, self._infusions, self._name)
