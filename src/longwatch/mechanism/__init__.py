"""Alemtuzumab from the infusion to the laboratory value, in virtual patients (JAX).

One process per module; every number in `parameters/*.yaml`. Arrays have the patient axis last,
times are days since the first infusion, draws are keyed by (seed, stream, patient, index).
"""
