"""What this server can: the sources of all types, and the CapabilityStatement made from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from longwatch import __version__
from longwatch.exchange.fhir.elements import Json
from longwatch.web.fhir.given import GIVEN
from longwatch.web.fhir.issues import ISSUE
from longwatch.web.fhir.observations import OBSERVATION
from longwatch.web.fhir.people import PATIENT
from longwatch.web.fhir.plans import CARE_PLAN, TASK
from longwatch.web.fhir.source import Source

SOURCES: Mapping[str, Source] = {
    "Patient": PATIENT,
    "Observation": OBSERVATION,
    "CarePlan": CARE_PLAN,
    "Task": TASK,
    "MedicationAdministration": GIVEN,
    "DetectedIssue": ISSUE,
}
VERSION = "4.0.1"


def capabilities(base: str, started: datetime) -> Json:
    """The CapabilityStatement.

    Inputs:
        base: address of this server.
        started: since when it answers like this.
    """
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": started.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": "Longwatch", "version": __version__},
        "implementation": {"description": "The clinic's safety watch, to read", "url": base},
        "fhirVersion": VERSION,
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "description": "Bearer token of a registered client with a scope such as "
                    "system/Observation.rs, or a member of the clinic's staff who has signed in"
                },
                "resource": [_resource(kind, source) for kind, source in SOURCES.items()],
            }
        ],
    }


def _resource(kind: str, source: Source) -> Json:
    return {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "readHistory": False,
        "updateCreate": False,
        "conditionalCreate": False,
        "conditionalRead": "not-match",
        "searchParam": [
            {"name": name, "type": parameter.kind, "documentation": parameter.words}
            for name, parameter in sorted(source.parameters.items())
        ],
    }
