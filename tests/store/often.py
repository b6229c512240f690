"""How often random tests are tried: fewer times where the same tests run a second time."""

import os


def often(times: int) -> int:
    """The number of examples; a quarter on PostgreSQL by default, all of them in its campaign."""
    return times // 4 if os.environ.get("LONGWATCH_TEST_FEWER") else times
