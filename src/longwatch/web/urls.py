"""Addresses of the pages. `access.PAGES` says who may open each."""

from __future__ import annotations

from django.urls import include, path

from longwatch.web.pages import desk, enter, home, infusion, mine, patient, patients, worklist
from longwatch.web.pages import protocols as protocol_pages
from longwatch.web.pages import settings as clinic_settings

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
    path("desk", desk.desk, name="desk"),
    path("desk/step", desk.step, name="desk-step"),
    path("desk/<int:held>", desk.item, name="desk-item"),
    path("infusions", infusion.infusions, name="infusions"),
    path(
        "patients/<int:patient>/infusions/<int:course>/<int:day>",
        infusion.infusion,
        name="infusion",
    ),
    path(
        "patients/<int:patient>/infusions/<int:course>/<int:day>/summary",
        infusion.summary,
        name="infusion-summary",
    ),
    path("settings", clinic_settings.settings, name="settings"),
    path("settings/protocols", protocol_pages.protocols, name="protocols"),
    path("settings/protocols/overlay", protocol_pages.overlay, name="overlay"),
    path("account/", include("allauth.urls")),
]
