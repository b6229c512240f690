"""Addresses of the pages. `access.PAGES` says who may open each."""

from __future__ import annotations

from django.urls import include, path, re_path

from longwatch.web.fhir import views as fhir
from longwatch.web.hooks import views as hooks
from longwatch.web.pages.alert import alert, step
from longwatch.web.pages.contacts import contact
from longwatch.web.pages.inbox import inbox, sign
from longwatch.web.pages.overdue import overdue
from longwatch.web.pages.readiness import prepare, readiness, readiness_of
from longwatch.web.pages import (
    account,
    desk,
    draft,
    emergency,
    enter,
    from_people,
    home,
    join,
    mine,
    my_calendar,
    my_card,
    my_care,
    my_checks,
    my_diary,
    my_felt,
    my_file,
    my_more,
    my_people,
    my_questions,
    patient,
    patient_access,
    patients,
    people,
    worklist,
)
from longwatch.web.pages import desk, enter, home, infusion, mine, patient, patients, worklist
from longwatch.web.pages import protocols as protocol_pages
from longwatch.web.pages import settings as clinic_settings

urlpatterns = [
    path("", home.home, name="home"),
    path("health", home.health, name="health"),
    path("enter", enter.enter, name="enter"),
    path("worklist", worklist.worklist, name="worklist"),
    path("alerts/<int:alert>", alert, name="alert"),
    path("alerts/<int:alert>/step", step, name="alert-step"),
    path("overdue", overdue, name="overdue"),
    path("inbox", inbox, name="inbox"),
    path("inbox/sign", sign, name="inbox-sign"),
    path("readiness", readiness, name="readiness"),
    path("patients/<int:patient>/results", patient.results, name="patient-results"),
    path("patients/<int:patient>/treatment", patient.treatment, name="patient-treatment"),
    path("patients/<int:patient>/dates", patient.dates, name="patient-dates"),
    path("patients/<int:patient>/papers", patient.papers, name="patient-papers"),
    path("patients/<int:patient>/why", patient.why, name="patient-why"),
    path("patients/<int:patient>/readiness", readiness_of, name="readiness-of"),
    path("patients/<int:patient>/prepare", prepare, name="prepare"),
    path("patients/<int:patient>/contact", contact, name="patient-contact"),
    path("patients", patients.patients, name="patients"),
    path("patients/<int:patient>", patient.patient, name="patient"),
    path("my/<int:patient>", mine.mine, name="mine"),
    path("my/<int:patient>/results", mine.results, name="my-results"),
    path("desk", desk.desk, name="desk"),
    path("desk/step", desk.step, name="desk-step"),
    path("desk/<int:held>", desk.item, name="desk-item"),
    path("fhir/metadata", fhir.metadata, name="fhir-metadata"),
    path("fhir/<str:kind>", fhir.search, name="fhir-search"),
    path("fhir/<str:kind>/_search", fhir.search_form, name="fhir-search-form"),
    path("fhir/<str:kind>/<str:key>", fhir.read, name="fhir-read"),
    re_path("^fhir(?:/.*)?$", fhir.elsewhere, name="fhir-elsewhere"),
    path("my/<int:patient>/card", my_card.card, name="my-card"),
    path("my/<int:patient>/diary", my_diary.diary, name="my-diary"),
    path("my/<int:patient>/diary/<int:entry>", my_diary.entry, name="my-entry"),
    path("my/<int:patient>/diary/<int:entry>/change", my_diary.change, name="my-entry-change"),
    path("my/<int:patient>/skin", my_checks.skin, name="my-skin"),
    path("my/<int:patient>/relapse", my_checks.relapse, name="my-relapse"),
    path("my/<int:patient>/test-done", mine.had_test, name="my-test-done"),
    path("my/<int:patient>/felt", my_felt.felt, name="my-felt"),
    path("my/<int:patient>/care", my_care.care, name="my-care"),
    path("my/<int:patient>/questions", my_questions.questions, name="my-questions"),
    path("my/<int:patient>/calendar", my_calendar.page, name="my-calendar"),
    path("my/<int:patient>/calendar.ics", my_calendar.download, name="my-calendar-file"),
    path("my/<int:patient>/more", my_more.more, name="my-more"),
    path("my/<int:patient>/my-record.zip", my_file.export, name="my-file"),
    path("calendar/<str:secret>.ics", my_calendar.feed, name="calendar-feed"),
    path("e/<str:secret>", my_card.emergency, name="emergency-card"),
    path("from-people", from_people.from_people, name="from-people"),
    path("patients/<int:patient>/diary", from_people.one, name="patient-diary"),
    path("patients/<int:patient>/diary/step", from_people.step, name="patient-diary-step"),
    path("my/<int:patient>/people", my_people.my_people, name="my-people"),
    path("patients/<int:patient>/access", patient_access.patient_access, name="patient-access"),
    path("emergency", emergency.emergency, name="emergency"),
    path("people", people.people, name="people"),
    path("join", join.join, name="join"),
    path("drafts/<int:draft>", draft.draft, name="draft"),
    path("account", account.account, name="my-account"),
    path("cds-services", hooks.discovery, name="cds-services"),
    path("cds-services/<str:service>", hooks.call, name="cds-service"),
    path("cds-services/<str:service>/feedback", hooks.feedback, name="cds-feedback"),
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
