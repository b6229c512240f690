"""`longwatch remind`: says who would be told what and why; sends; takes settings and addresses."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.reminders.conftest import noon

from longwatch.core.errors import UsageError

DAY = date(2026, 2, 12)
NOON = noon(DAY)
PAGE = Path(__file__).parents[2] / "docs" / "reminders.md"


@pytest.fixture
def remind(clinic, capsys, monkeypatch, tmp_path):
    """Runs the command's work at noon of a day; gives status, stdout and stderr."""
    from longwatch.cli.remind_work import Wanted, run

    monkeypatch.setenv("LONGWATCH_MAIL", f"file:{tmp_path / 'mails'}")
    monkeypatch.setenv("LONGWATCH_LETTERS", str(tmp_path / "letters"))

    def call(now=NOON, **options):
        status = run(Wanted(**options), None, now)
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def test_a_dry_run_says_who_and_why_and_changes_nothing(clinic, remind, tmp_path):
    from longwatch.store.models import Dispatch, Reminder

    clinic.treat("p1")
    status, out, err = remind(dry_run=True, day=date(2026, 3, 8))

    assert status == 0
    assert "p1" in out
    assert "a person" in out
    assert "cbc due 2026-02-12" in out
    assert "1 people would be asked" in out
    assert "Nothing was sent" in err
    assert not (Dispatch.objects.exists())
    assert not (Reminder.objects.exists())
    assert not (tmp_path / "mails").exists()


def test_the_same_as_json(clinic, remind):
    clinic.treat("p1")
    _, out, _ = remind(dry_run=True, json=True)

    (plan,) = json.loads(out)["people"]
    assert (plan["patient"], plan["channel"]) == ("p1", "email")
    assert {step["name"] for _, step in plan["told"]} == {"before", "due"}


def test_it_sends_once_however_often_it_is_called(clinic, remind, tmp_path):
    clinic.treat("p1")
    first = remind()
    second = remind(now=noon(DAY) + timedelta(minutes=5))

    assert "1 sent" in first[1]
    assert "nothing to send" in second[1]
    assert len(list((tmp_path / "mails").iterdir())) == 1


def test_addresses_come_from_a_file_and_a_bad_row_is_told_by_its_line(clinic, remind, tmp_path):
    from longwatch.store.models import Reachability

    clinic.treat("p1")
    file = tmp_path / "people.csv"
    file.write_text(
        "patient,email,language,channels\np1,new@example.org,es,letter email\nnobody,x@y.z,,\n"
        "p1,no address,,\n",
        encoding="utf-8",
    )
    status, _, err = remind(people=file)

    reach = Reachability.objects.get()
    assert (status, reach.email, reach.language) == (1, "new@example.org", "es")
    assert json.loads(reach.channels) == ["letter", "email"]
    assert "people.csv:3: nobody here has this number" in err
    assert "people.csv:4: this is no e-mail address" in err


def test_a_file_with_a_strange_column_is_refused_whole(clinic, remind, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("patient,fax\np1,1\n")

    with pytest.raises(UsageError, match="fax"):
        remind(people=file)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"day": DAY}, "with --dry-run"),
        ({"dry_run": True, "settings": ("clinic.name=X",)}, "changes nothing"),
        ({"settings": ("clinic.name",)}, "is no setting"),
        ({"settings": ("clinic.color=red",)}, "no setting is called"),
        ({"settings": ("clinic.zone=Mars",)}, "no time zone"),
        ({"settings": ("reminders.ladder=3 days",)}, "no JSON"),
        ({"settings": ('reminders.ladder={"steps": []}',)}, "at least 1 item"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(remind, options, complaint):
    with pytest.raises(UsageError, match=complaint):
        remind(**options)


def test_settings_are_kept_and_audited(remind):
    from longwatch.reminders.clinic import read_clinic
    from longwatch.store.models import AuditEntry

    remind(settings=("clinic.name=MS Clinic", 'reminders.ladder={"days_between_texts": 9}'))

    clinic = read_clinic()
    assert (clinic.name, clinic.ladder.days_between_texts) == ("MS Clinic", 9)
    last = AuditEntry.objects.order_by("number").last()
    assert (last.action, last.target) == ("set", "reminders.ladder")


def test_a_plug_in_that_is_not_installed_is_told(remind, monkeypatch):
    monkeypatch.setenv("LONGWATCH_TEXT", "pigeon")

    with pytest.raises(UsageError, match="pigeon"):
        remind()


def test_a_plug_in_is_found_by_its_entry_point(monkeypatch):
    from importlib.metadata import EntryPoint

    from longwatch.reminders import channels

    point = EntryPoint("gateway", "tests.reminders.conftest:Post", channels.GROUP)
    monkeypatch.setattr(channels, "entry_points", lambda group: [point])

    assert channels.open_channels({"LONGWATCH_MAIL": "gateway"})["email"].kind == "email"
    with pytest.raises(UsageError, match="is a channel for email"):
        channels.open_channels({"LONGWATCH_TEXT": "gateway"})


def test_the_channel_of_the_page_sends_and_tells_failures_apart(monkeypatch):
    import urllib.error
    import urllib.request
    from types import SimpleNamespace

    from longwatch.reminders.channels import AddressRefusedError, Parcel, TryLaterError

    (block,) = re.findall(
        r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    names = {}
    exec(block, names)
    gateway, parcel = names["Gateway"](), Parcel("k", "1", "", "", "Hello", "en")
    asked = []
    monkeypatch.setenv("OUR_GATEWAY", "http://127.0.0.1:9/")

    def answer(code):
        def opened(request, timeout):
            asked.append(request)
            if code:
                raise urllib.error.HTTPError("", code, "", {}, None)
            return nullcontext(SimpleNamespace(headers={"X-Id": "7"}))

        monkeypatch.setattr(urllib.request, "urlopen", opened)

    answer(None)
    assert gateway.send(parcel) == "7"
    assert (asked[0].data, asked[0].get_header("Idempotency-key")) == (b"1\nHello", "k")
    for code, kind in ((422, AddressRefusedError), (503, TryLaterError)):
        answer(code)
        with pytest.raises(kind):
            gateway.send(parcel)
