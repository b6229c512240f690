"""FHIR R4, the side that reads: Patient, Observation, CarePlan, Task and more."""
