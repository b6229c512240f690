"""How programs of the mechanism are compiled for a CPU; a GPU's compiler does not look at it."""

WIDE_VECTORS = {"xla_cpu_prefer_vector_width": 512}
"""Vectors as wide as the CPU has them; half of that is XLA's usual width. The same bits, and a
third less time in cells; a CPU without such vectors does as it always did."""
