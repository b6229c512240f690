"""The slow, obvious watch: one patient at a time, plain Python, written from the design alone.

It knows nothing of the engine (`longwatch.watch`); a difference between the two is a finding.
Interfaces kept small on purpose: `oracle(pack, record_tables, as_of)` and nothing else.
"""

from tests.oracle.outcome import oracle as oracle
from tests.oracle.outcome import oracle_of as oracle_of
