"""Addresses of the pages. `access.PAGES` says who may open each."""

from __future__ import annotations

from django.urls import include, path, re_path

from longwatch.web.api import routes as json
from longwatch.web.fhir import views as fhir
from longwatch.web.hooks import views as hooks
from longwatch.web.pages import enter, home, mine, patient, patients, worklist

urlpatterns = [
    path("", home.home, name="home"),
    path("health", home.health, name="health"),
    path("enter", enter.enter, name="enter"),
    path("worklist", worklist.worklist, name="worklist"),
    path("alerts/<int:alert>/step", worklist.step, name="alert-step"),
    path("patients", patients.patients, name="patients"),
    path("patients/<int:patient>", patient.patient, name="patient"),
    path("my/<int:patient>", mine.mine, name="mine"),
    path("my/<int:patient>/results", mine.results, name="my-results"),
    path("my/<int:patient>/card", mine.card, name="my-card"),
    path("fhir/metadata", fhir.metadata, name="fhir-metadata"),
    path("fhir/<str:kind>", fhir.search, name="fhir-search"),
    path("fhir/<str:kind>/_search", fhir.search_form, name="fhir-search-form"),
    path("fhir/<str:kind>/<str:key>", fhir.read, name="fhir-read"),
    re_path("^fhir(?:/.*)?$", fhir.elsewhere, name="fhir-elsewhere"),
    path("cds-services", hooks.discovery, name="cds-services"),
    path("cds-services/<str:service>", hooks.call, name="cds-service"),
    path("cds-services/<str:service>/feedback", hooks.feedback, name="cds-feedback"),
    path("api/openapi.json", json.document, name="api-document"),
    *(path(f"api/{one.pattern}", one.callback, name=one.name) for one in json.addresses()),
    re_path("^api(?:/.*)?$", json.elsewhere, name="api-elsewhere"),
    path("account/", include("allauth.urls")),
]
