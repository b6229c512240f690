"""OpenAPI documents of what has none of its own: FHIR and CDS Hooks, made from their tables."""

from __future__ import annotations

_TEXT = {"type": "string"}
_ISSUES = {
    "type": "object",
    "required": ["resourceType", "issue"],
    "properties": {"resourceType": {"const": "OperationOutcome"}, "issue": {"minItems": 1}},
}
_DETAIL = {"type": "object", "required": ["detail"], "properties": {"detail": _TEXT}}


def _answers(good, media, refusal, *statuses):
    answers = {"200": {"description": "done", "content": {media: {"schema": good}}}}
    for status in statuses:
        content = {media: {"schema": refusal}}
        answers[str(status)] = {"description": "refused", "content": content}
    return answers


def _resource(kind):
    return {
        "type": "object",
        "required": ["resourceType", "id"] if kind != "Bundle" else ["resourceType", "type"],
        "properties": {"resourceType": {"const": kind}},
    }


def fhir_document():
    """Search and read of every type, with every parameter as any text."""
    from longwatch.web.fhir.statement import SOURCES

    media, paths = "application/fhir+json", {}
    for kind, source in SOURCES.items():
        names = [*source.parameters, "_count", "_after", "_sort", "_total"]
        asked = [{"name": name, "in": "query", "schema": _TEXT} for name in names]
        paths[f"/fhir/{kind}"] = {
            "get": {
                "parameters": asked,
                "responses": _answers(_resource("Bundle"), media, _ISSUES, 400),
            }
        }
        key = [{"name": "key", "in": "path", "required": True, "schema": _TEXT}]
        paths[f"/fhir/{kind}/{{key}}"] = {
            "get": {
                "parameters": key,
                "responses": _answers(_resource(kind), media, _ISSUES, 404),
            }
        }
    return _whole("FHIR", paths)


def hooks_document():
    """Both services and their feedback, with any JSON of about the right shape."""
    media, anything = "application/json", {"type": "object"}
    context = {
        "type": "object",
        "required": ["patientId"],
        "properties": {"patientId": _TEXT, "userId": _TEXT, "draftOrders": anything},
    }
    call = {
        "type": "object",
        "required": ["hook", "hookInstance", "context"],
        "properties": {
            "hook": {"enum": ["patient-view", "order-sign"]},
            "hookInstance": _TEXT,
            "fhirServer": {"enum": ["http://localhost/fhir", "https://ehr.example"]},
            "context": context,
            "prefetch": {"type": "object", "properties": {"patient": anything}},
        },
    }
    heard = {
        "type": "object",
        "required": ["feedback"],
        "properties": {"feedback": {"type": "array", "items": anything}},
    }
    cards = {"type": "object", "required": ["cards"]}
    paths = {}
    for service in ("longwatch-watch", "longwatch-ready"):
        for place, body, good, refused in (
            ("", call, cards, (400, 412)),
            ("/feedback", heard, anything, (400, 404)),
        ):
            paths[f"/cds-services/{service}{place}"] = {
                "post": {
                    "requestBody": {"required": True, "content": {media: {"schema": body}}},
                    "responses": _answers(good, media, _DETAIL, *refused),
                }
            }
    return _whole("CDS Hooks", paths)


def _whole(title, paths):
    return {"openapi": "3.1.0", "info": {"title": title, "version": "1"}, "paths": paths}
