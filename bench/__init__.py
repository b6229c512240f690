"""Benchmarks: `python -m bench`, or `./run bench`. Figures are kept in `bench/results/`."""
