"""Addresses of the pages. `access.PAGES` says who may open each."""

from __future__ import annotations

from django.urls import include, path

from longwatch.web.pages import (
    account,
    draft,
    emergency,
    enter,
    home,
    join,
    mine,
    my_people,
    patient,
    patient_access,
    patients,
    people,
    worklist,
)

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
    path("my/<int:patient>/people", my_people.my_people, name="my-people"),
    path("patients/<int:patient>/access", patient_access.patient_access, name="patient-access"),
    path("emergency", emergency.emergency, name="emergency"),
    path("people", people.people, name="people"),
    path("join", join.join, name="join"),
    path("drafts/<int:draft>", draft.draft, name="draft"),
    path("account", account.account, name="my-account"),
    path("account/", include("allauth.urls")),
]
