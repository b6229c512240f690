"""H50, G18: a real mail server that refuses, hangs, hangs up, loses, and is away."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections import Counter
from datetime import date, timedelta
from email import message_from_bytes, policy

import pytest
from tests.reminders.conftest import noon
from tests.reminders.mailserver import Faults, serving

from longwatch.core.errors import UsageError
from longwatch.reminders.channels import (
    AddressRefusedError,
    MaybeSentError,
    Parcel,
    SetupError,
    TryLaterError,
    open_channels,
)
from longwatch.reminders.smtp import Smtp, mail_channel

KEY = "1b671a64-40d5-491e-99b0-da01ff1f3341"
PARCEL = Parcel(KEY, "ann@example.org", "Recordatorio", "Buenos días:\n\nÑandú\n", "", "es")
NOW = noon(date(2026, 2, 12))


def server_at(port, **more):
    values = {"sender": "clinic@example.org", "security": "smtp", "seconds": 0.4, **more}
    return Smtp(host="127.0.0.1", port=port, **values)


def test_a_mail_arrives_whole_with_its_key_as_message_id():
    faults = Faults()
    with serving(faults) as port:
        assert server_at(port).send(PARCEL) == "250"

    mail = message_from_bytes(faults.kept[0], policy=policy.default)
    assert mail["Message-ID"] == f"<{KEY}@example.org>"
    assert (mail["To"], mail["Subject"], mail["From"]) == (
        "ann@example.org", "Recordatorio", "clinic@example.org",
    )  # fmt: skip
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().replace("\r\n", "\n") == PARCEL.text


@pytest.mark.parametrize(
    ("faults", "kind", "code"),
    [
        (Faults(unknown=["ann@example.org"]), AddressRefusedError, "550"),
        (Faults(later=1), TryLaterError, "451"),
        (Faults(sender="550 who are you"), SetupError, "sender 550"),
        (Faults(sender="421 busy"), TryLaterError, "sender 421"),
        (Faults(hung_up=1), MaybeSentError, "hung up"),
        (Faults(hangs=True), MaybeSentError, "silent"),
    ],
)
def test_each_answer_of_a_server_means_one_thing(faults, kind, code):
    with serving(faults) as port, pytest.raises(kind) as raised:
        server_at(port).send(PARCEL)

    assert type(raised.value) is kind
    assert raised.value.code == code
    assert "ann" not in str(raised.value)


def test_a_server_that_is_away_or_silent_from_the_start_is_tried_later():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        with pytest.raises(TryLaterError, match="Refused"):
            server_at(port).send(PARCEL)
        silent.listen()
        with pytest.raises(TryLaterError, match="silent"):
            server_at(port).send(PARCEL)


def test_a_wrong_password_is_our_own_trouble():
    with serving(Faults()) as port, pytest.raises(SetupError):
        server_at(port, user="clinic", password="wrong").send(PARCEL)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    paths = str(folder / "key.pem"), str(folder / "cert.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", paths[0], "-out", paths[1], "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return paths


def test_with_tls_only_a_server_with_a_known_certificate_gets_the_mail(certificate):
    key, cert = certificate
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(cert, key)
    faults = Faults()
    with serving(faults, tls_context=theirs, require_starttls=True) as port:
        server_at(port, security="smtp+starttls", tls=ssl.create_default_context(cafile=cert)).send(
            PARCEL
        )
        with pytest.raises(SetupError, match="certificate"):
            server_at(port, security="smtp+starttls").send(PARCEL)
    with serving(faults) as port, pytest.raises(SetupError, match="no TLS"):
        server_at(port, security="smtp+starttls").send(PARCEL)

    assert len(faults.kept) == 1


@pytest.mark.parametrize(
    "line",
    [
        "smtp://mail.example?from=c@example.org",
        "smtp+starttls://mail.example",
        "smtps://?from=c@example.org",
        "http://mail.example?from=c@example.org",
        "smtps://u:secret@mail.example:port?from=c@example.org",
    ],
)
def test_a_line_that_names_no_safe_server_is_refused_without_its_password(line):
    with pytest.raises(UsageError) as raised:
        mail_channel(line)

    assert "secret" not in str(raised.value)


def test_a_password_is_never_shown():
    channel = open_channels({"LONGWATCH_MAIL": "smtps://u:s%40cret@m.example?from=c@example.org"})

    assert channel["email"].password == "s@cret"
    assert "cret" not in repr(channel["email"])


def _everybody(clinic, count):
    for number in range(count):
        clinic.treat(
            f"p{number:02}", email=f"p{number:02}@example.org", quiet_from="00:00",
            quiet_until="00:00",
        )  # fmt: skip


def test_G18_with_a_faulty_server_everybody_is_accounted_for(clinic):
    """A third refused for now, a tenth lost after it was taken, some lines cut; 5 minutes away."""
    from longwatch.store.models import Contact, Dispatch, SendAttempt

    people = 10
    _everybody(clinic, people)
    faults = Faults(later=0.3, dropped=0.1, hung_up=0.1, unknown=["p03@example.org"])
    at = NOW
    with serving(faults) as port:
        clinic.ways["email"] = server_at(port)
        clinic.run(at)
    away = server_at(port)
    for _ in range(3):
        clinic.ways["email"] = away
        at += timedelta(minutes=2)
        clinic.run(at)
    with serving(faults) as port:
        clinic.ways["email"] = server_at(port)
        for _ in range(60):
            at += timedelta(minutes=10)
            clinic.run(at)
            if not Dispatch.objects.filter(state="waiting").exists():
                break

    states = Counter(Dispatch.objects.values_list("channel", "state"))
    assert states == {("email", "sent"): people - 1, ("email", "bounced"): 1, ("text", "sent"): 1}
    sent = {f"<{row.key}@example.org>" for row in Dispatch.objects.filter(channel="email")}
    assert set(faults.taken) | set(faults.keys) <= sent
    # A double is possible only where the line broke after the text, and it bears the same key.
    doubles = sum(count - 1 for count in Counter(faults.keys).values())
    assert doubles <= SendAttempt.objects.filter(outcome="unknown").count()
    assert len(faults.taken) == len(set(faults.taken))
    assert Contact.objects.filter(outcome="sent").count() == people
    assert SendAttempt.objects.filter(outcome="later").exists()


def test_G18_a_mail_that_was_lost_after_it_was_taken_is_followed_by_the_next_steps(clinic):
    """Only the result ends the asking: no mail is taken for an answer."""
    _everybody(clinic, 1)
    faults = Faults(dropped=1)
    with serving(faults) as port:
        clinic.ways["email"] = server_at(port)
        for day in (date(2026, 2, 12), date(2026, 2, 20), date(2026, 2, 24), date(2026, 3, 1)):
            clinic.run(day)

    assert len(faults.taken) == 2
    assert faults.kept == []
    assert [len(clinic.text.sent), len(clinic.letter.sent)] == [1, 1]
