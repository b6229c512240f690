"""FHIR R4 in JSON: read with the standard library, written as R4 ∩ R4B."""
