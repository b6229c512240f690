"""Addresses of the pages. `access.PAGES` says who may open each."""

from __future__ import annotations

from django.urls import include, path

from longwatch.web.pages import (
    enter,
    from_people,
    home,
    mine,
    my_calendar,
    my_card,
    my_care,
    my_checks,
    my_diary,
    my_felt,
    my_file,
    my_more,
    my_questions,
    patient,
    patients,
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
    path("e/<str:secret>", my_card.emergency, name="emergency"),
    path("from-people", from_people.from_people, name="from-people"),
    path("patients/<int:patient>/diary", from_people.one, name="patient-diary"),
    path("patients/<int:patient>/diary/step", from_people.step, name="patient-diary-step"),
    path("account/", include("allauth.urls")),
]
