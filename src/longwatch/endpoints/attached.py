"""What travels with a table of events: the rule, and the rows that were set aside."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pyarrow as pa

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.rule import Rule

_RULE = b"longwatch.rule"
_ASIDE = b"longwatch.set_aside"


def attach(table: pa.Table, rule: Rule, counts: Mapping[str, int]) -> pa.Table:
    """The table with its rule and counts."""
    return table.replace_schema_metadata(
        {
            _RULE: json.dumps(rule.to_dict()).encode(),
            _ASIDE: json.dumps(dict(counts)).encode(),
        }
    )


def rule_of(table: pa.Table) -> Rule:
    """The rule by which a table of events was made.

    Raises:
        UsageError: the table carries none.

    >>> rule_of(attach(pa.table({}), Rule.preset("opera"), {})).name
    'opera'
    """
    raw = (table.schema.metadata or {}).get(_RULE)
    if raw is None:
        raise UsageError(
            Problem(
                "this table carries no rule",
                why="it was not made here, or went through a tool that drops a schema's metadata",
                how="give the table as disability_events returned it",
            )
        )
    return Rule.from_dict(json.loads(raw))
