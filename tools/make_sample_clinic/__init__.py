"""Makes the sample clinic that ships with Longwatch: `python -m tools.make_sample_clinic`.

Everybody in it is invented. Seeded, without clock or network: the same files on every run.
"""
