"""G23, H56: nothing that is known of a person leaves the house, but their address."""

from __future__ import annotations

import logging
from datetime import date, timedelta

import pytest
from tests.reminders.conftest import FIRST, TREATED, noon
from tests.reminders.mailserver import Faults, serving
from tests.reminders.test_letters import words_of

from longwatch.core.record import Record
from longwatch.reminders.channels import Parcel, TryLaterError
from longwatch.reminders.letters import LetterFolder, letter_page
from longwatch.reminders.smtp import MailFolder, Smtp

SECRETS = {
    "name": "Quillfeather",
    "birth date": "1987-06-05",
    "birth date in words": "5 June 1987",
    "number": "MRN-774411",
    "diagnosis": "sclerosis",
    "drug": "alemtuzumab",
    "other drug": "aciclovir",
    "result": "31.4159",
    "laboratory": "Northlab",
}
DAYS = [date(2026, 2, 2), date(2026, 2, 12), date(2026, 2, 20), date(2026, 2, 24), date(2026, 3, 1)]


def seed():
    from longwatch.store.record_in import write_record

    record = Record.from_tables(
        patients={
            "patient": ["MRN-774411"], "name": ["Quillfeather, Ann"],
            "birth_date": [date(1987, 6, 5)], "sex": ["female"], "protocol": ["alemtuzumab-us"],
        },
        infusions={
            "patient": ["MRN-774411"], "date": [FIRST], "course": [1], "day": [1],
            "drug": ["alemtuzumab"],
        },
        events={
            "patient": ["MRN-774411"] * 2, "date": [FIRST] * 2, "kind": ["diagnosis", "medication"],
            "code": ["G35", "aciclovir"], "text": ["multiple sclerosis", "aciclovir 200 mg"],
        },
        results={
            "patient": ["MRN-774411"], "date": [FIRST], "test": ["platelets"], "value": [31.4159],
            "unit": ["10*9/L"], "source": ["Northlab"],
        },
        identifiers={"authority": ["A"], "value": ["MRN-774411"], "patient": ["MRN-774411"]},
    )  # fmt: skip
    write_record(record, source="registry", at=TREATED)


@pytest.mark.parametrize(("language", "greeting"), [("en", None), ("es", "Sra. Quillfeather")])
def test_G23_no_seeded_word_is_in_any_outgoing_byte_or_log(
    clinic, nurse, tmp_path, caplog, capfd, language, greeting
):
    from longwatch.reminders.reach import change_reach
    from longwatch.store.models import Patient, SendAttempt

    caplog.set_level(logging.DEBUG)
    seed()
    person = Patient.objects.get()
    values = {
        "email": "a@example.org", "phone": "1", "address": "1 Street", "language": language,
        "greeting": greeting,
    }  # fmt: skip
    change_reach(person, values, actor="nora", at=TREATED)
    faults = Faults(later=0.3, hung_up=0.2)
    clinic.ways["letter"] = LetterFolder(tmp_path / "letters")
    with serving(faults) as port:
        clinic.ways["email"] = Smtp(
            "127.0.0.1", port, "c@example.org", security="smtp", seconds=0.4
        )
        for day in DAYS:
            for number in range(3):
                clinic.run(noon(day) + timedelta(minutes=20 * number))

    letters = [words_of(path.read_bytes()) for path in (tmp_path / "letters").iterdir()]
    texts = [f"{parcel.short} {parcel.key}" for parcel in clinic.text.sent]
    mails = [raw.decode() for raw in faults.kept]
    named = [text for text in (*letters, *mails) if "Quillfeather" in text]
    # The mail server of the test tells what it heard; that is no log of ours.
    ours = [record for record in caplog.records if not record.name.startswith("mail.")]
    logs = [*(record.getMessage() for record in ours), *capfd.readouterr()]
    codes = [attempt.code for attempt in SendAttempt.objects.all()]
    assert letters
    assert texts
    assert len(mails) > len(DAYS)  # the digests are among them
    assert [what for what in SECRETS if what != "name" and SECRETS[what].lower() in
            " ".join([*letters, *texts, *mails, *logs, *codes]).lower()] == []  # fmt: skip
    assert not any("Quillfeather" in text for text in (*texts, *logs, *codes))
    assert bool(named) == (greeting is not None)
    assert not any("a@example.org" in text for text in (*logs, *codes))


def test_the_search_would_find_a_name(tmp_path):
    """The same words through the same channels are found when they are there."""
    told = Parcel("k", "a@example.org", "s", "You have multiple sclerosis.", "", "en")
    MailFolder(tmp_path).send(told)

    assert SECRETS["diagnosis"] in (tmp_path / "k.eml").read_text()
    assert SECRETS["diagnosis"] in letter_page(told)


def test_a_plug_in_that_quotes_a_person_in_its_error_is_not_repeated(clinic, caplog):
    from longwatch.store.models import SendAttempt

    caplog.set_level(logging.DEBUG)
    clinic.email.answers = [ValueError("cannot send to Ann Quillfeather"), TryLaterError("503")]
    clinic.treat("p1")
    done = clinic.run(DAYS[0])

    told = [caplog.text, *(row.code for row in SendAttempt.objects.all()), *done.problems]
    assert not any("Quillfeather" in text for text in told)
