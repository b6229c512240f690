"""The addresses of the FHIR server: metadata, search, read; every refusal an OperationOutcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, wraps
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt

from longwatch.exchange.fhir.elements import Json
from longwatch.feed.fhir_words import MEDIA, RefusedError, as_bytes
from longwatch.store.audit import record_audit
from longwatch.web.clock import now
from longwatch.web.fhir.asking import AFTER, FORMAT, Asked, read_search
from longwatch.web.fhir.source import Found, Source
from longwatch.web.fhir.statement import SOURCES, VERSION, capabilities
from longwatch.web.refusals import refusal

_JSON = (MEDIA, "application/json", "json", "*/*", "application/*")
_FORM = "application/x-www-form-urlencoded"


@cache
def _started() -> datetime:
    """Of this process: asked when a page is, because the clock's zone stands in the store."""
    return now()


View = Callable[..., HttpResponse]


def _answered(*methods: str) -> Callable[[View], View]:
    """A view of these methods whose refusals are OperationOutcomes."""

    def wrapped(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: str, **path: str) -> HttpResponse:
            if request.method not in methods:
                words = f"only {' and '.join(methods)} is answered here"
                response = refusal("fhir", 405, "not-supported", words)
                response.headers["Allow"] = ", ".join(methods)
                return response
            try:
                _negotiate(request)
                return view(request, *args, **path)
            except RefusedError as refused:
                return refusal("fhir", refused.status, refused.code, str(refused))

        return csrf_exempt(answer)

    return wrapped


@_answered("GET", "HEAD")
def metadata(request: HttpRequest) -> HttpResponse:
    """The CapabilityStatement; for everybody."""
    return _body(capabilities(_base(request), _started()))


@_answered("GET", "HEAD")
def search(request: HttpRequest, kind: str) -> HttpResponse:
    """One page of a search."""
    return _search(request, kind, dict(request.GET.lists()))


@_answered("POST")
def search_form(request: HttpRequest, kind: str) -> HttpResponse:
    """The same with parameters in the body, so that no number of a person stands in an address."""
    if request.content_type != _FORM:
        raise RefusedError(415, "not-supported", f"send {_FORM}")
    return _search(request, kind, {**dict(request.GET.lists()), **dict(request.POST.lists())})


@_answered("GET", "HEAD")
def read(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """One resource; 304 when the asker has it already."""
    found = _source(kind).read(key)
    if not found.resources:
        raise RefusedError(404, "not-found", f"there is no {kind} with this id")
    _note(request, f"{kind}/{key}", found)
    (body,) = found.resources
    tag = f'W/"{body["meta"]["versionId"]}"'
    given = request.headers.get("If-None-Match", "")
    known = {one.strip() for one in given.split(",")}
    response = HttpResponse(status=304) if tag in known else _body(body)
    response.headers["ETag"] = tag
    if moment := body["meta"].get("lastUpdated"):
        response.headers["Last-Modified"] = http_date(datetime.fromisoformat(moment).timestamp())
    return response


@_answered("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
def elsewhere(request: HttpRequest) -> HttpResponse:
    """What is not there."""
    raise RefusedError(404, "not-found", f"nothing is here; see {_base(request)}/metadata")


def _search(request: HttpRequest, kind: str, sent: Mapping[str, Sequence[str]]) -> HttpResponse:
    source = _source(kind)
    asked = read_search(sent, source.parameters, source.sorts)
    found = source.search(asked)
    _note(request, kind, found)
    return _body(_bundle(f"{_base(request)}/{kind}", asked, found))


def _bundle(address: str, asked: Asked, found: Found) -> Json:
    base = address.rpartition("/")[0]
    pairs = asked.links()

    def link(relation: str, after: str) -> Json:
        query = urlencode([*pairs, *([(AFTER, after)] if after else [])])
        return {"relation": relation, "url": f"{address}?{query}"}

    links = [link("self", asked.after)]
    if found.more:
        links.append(link("next", found.more))
    body: Json = {"resourceType": "Bundle", "type": "searchset", "link": links}
    if found.total is not None:
        body["total"] = found.total
    if found.resources:
        body["entry"] = [
            {
                "fullUrl": f"{base}/{part['resourceType']}/{part['id']}",
                "resource": part,
                "search": {"mode": "match"},
            }
            for part in found.resources
        ]
    return body


def _source(kind: str) -> Source:
    if kind not in SOURCES:
        words = f"there is no such type here; there are {', '.join(SOURCES)}"
        raise RefusedError(404, "not-supported", words)
    return SOURCES[kind]


def _note(request: HttpRequest, what: str, found: Found) -> None:
    """Everybody of whom something is shown stands in the audit log, each in an entry."""
    name = request.viewer.name  # type: ignore[attr-defined]
    everybody: Sequence[str | None] = sorted(found.patients) or [None]
    for reference in everybody:
        record_audit("read", actor=name, at=now(), kind="fhir", target=what, patient=reference)


def _negotiate(request: HttpRequest) -> None:
    said = request.GET.get(FORMAT)
    if said is not None and said.partition(";")[0].strip() not in _JSON:
        raise RefusedError(406, "not-supported", f"only {MEDIA} is spoken here")
    accepted = request.headers.get("Accept", "*/*")
    kinds = [one.partition(";")[0].strip() for one in accepted.split(",")]
    if said is None and not any(one in (*_JSON, "text/html") for one in kinds):
        raise RefusedError(406, "not-supported", f"only {MEDIA} is spoken here")


def _base(request: HttpRequest) -> str:
    return request.build_absolute_uri("/fhir")


def _body(body: Json) -> HttpResponse:
    kind = f"{MEDIA}; fhirVersion={VERSION[:3]}; charset=utf-8"
    return HttpResponse(as_bytes(body), content_type=kind)
