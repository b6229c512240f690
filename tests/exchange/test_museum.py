"""A museum of broken files: each gives the words a person needs, and no good neighbor is lost."""

from __future__ import annotations

import gzip
import io
import json
import os
import tracemalloc
import zipfile
from pathlib import Path

import pytest

GOOD = {"resourceType": "Patient", "id": "p9", "identifier": [{"system": "m", "value": "9"}]}


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"0" * 30_000_000)
    return buffer.getvalue()


def _observation(**more) -> bytes:
    body = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "777-3"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2025-06-02",
        "valueQuantity": {"value": 240, "unit": "K/uL"},
    }
    body.update(more)
    return json.dumps({k: v for k, v in body.items() if v is not None}).encode()


MUSEUM = {
    "empty file": (b"", "empty"),
    "only spaces": (b"  \n \n", "neither FHIR"),
    "zip bomb": (_zip(), "zip archive"),
    "gzip bomb": (gzip.compress(b"0" * 30_000_000), "gzip"),
    "NUL bytes": (b"MSH|^~\\&|\x00\x00", "NUL"),
    "UTF-16 JSON": ('{"resourceType": "Patient"}'.encode("utf-16"), "UTF-16"),
    "PDF": (b"%PDF-1.7 ...", "PDF"),
    "picture": (b"\x89PNG\r\n", "picture"),
    "FHIR as XML": (b"<Patient xmlns='http://hl7.org/fhir'/>", "XML"),
    "Parquet alone": (b"PAR1....", "Parquet"),
    "prose": (b"Dear colleague\nthank you", "neither FHIR"),
    "JSON cut short": (b'{"resourceType": "Bundle", "entry": [', "not JSON"),
    "JSON key twice": (b'{"resourceType": "Patient", "id": "1", "id": "2"}', "twice"),
    "NaN": (b'{"resourceType": "Observation", "x": NaN}', "NaN"),
    "Infinity": (b'{"resourceType": "Observation", "x": -Infinity}', "-Infinity"),
    "nested without end": (b'{"a":' + b"[" * 100_000, "nested"),
    "nested, closed": (b'{"resourceType":"Patient","a":' + b"[" * 99 + b"]" * 99 + b"}", "nested"),
    "a number of 5000 digits": (b'{"resourceType":"Patient","a":' + b"9" * 5000 + b"}", "5000"),
    "a huge exponent": (b'{"resourceType":"Patient","a":1e999999}', "beyond"),
    "half a character": (b'{"resourceType":"Patient","id":"\\ud800"}', "surrogate"),
    "Latin-1 as FHIR": ('{"resourceType":"Patient","id":"\xe9"}'.encode("latin-1"), "UTF-8"),
    "JSON of something else": (b'{"name": "Ann"}', "resourceType"),
    "a JSON list": (b'[{"resourceType": "Patient"}]', "a list"),
    "status missing": (_observation(status=None), "does not say its status"),
    "status unknown": (_observation(status="unknown"), "unknown"),
    "status invented": (_observation(status="finished"), "finished"),
    "two values": (_observation(valueString="x"), "two values"),
    "value as text": (_observation(valueQuantity={"value": "84", "unit": "K/uL"}), "JSON number"),
    "impossible date": (_observation(effectiveDateTime="2026-13-40"), "does not exist"),
    "year alone": (_observation(effectiveDateTime="2025"), "not a calendar day"),
    "no date": (_observation(effectiveDateTime=None), "when the specimen"),
    "no subject": (_observation(subject=None), "whom it is about"),
    "modifier extension": (_observation(modifierExtension=[{"url": "x"}]), "modifierExtension"),
    "unknown comparator": (
        _observation(valueQuantity={"value": 4, "comparator": "~", "unit": "K/uL"}),
        "comparator",
    ),
    "value is a list": (_observation(valueQuantity=[1]), "valueQuantity"),
    "deleted on the server": (
        b'{"resourceType":"Bundle","entry":[{"request":{"method":"DELETE","url":"Observation/1"}}]}',
        "deleted",
    ),
    "patient without a number": (b'{"resourceType":"Patient"}', "nothing can refer to it"),
    "segments without header": (b"MSH\rOBX|1|NM|777-3||5\r", ""),
    "CSV without mapping": (b"MRN;Day;PLT\n1;02.06.2025;240\n", "mapping"),
    "CSV with a million columns": (b"c" + b",c" * 999_999, "columns"),
    "CSV with 3000 columns": (b",".join(b"c%d" % n for n in range(3000)) + b"\n", "3000 columns"),
}


@pytest.mark.parametrize("name", MUSEUM)
def test_a_broken_file_is_held_with_the_words_a_person_needs(make, name):
    content, words = MUSEUM[name]
    good = make.file(json.dumps(GOOD), "good.json")
    report = make.load(make.file(content, "broken.txt"), good)
    told = " ".join(f"{row['detail']} {row['mend']}" for row in report.record.held.to_pylist())
    assert words in told
    assert report.record.held.num_rows >= 1
    assert "9" in report.record.patients["patient"].to_pylist()
    assert report.record.results.num_rows == 0


@pytest.mark.parametrize("start", [b"", b"MSH|^~\\&|", b'{"a": "', b"a,b"])
def test_a_line_of_a_gigabyte_is_refused_without_being_read(make, start):
    path = make.folder / "line.txt"
    with path.open("wb") as file:
        file.write(start + b"x" * 70_000)
        file.truncate(1_000_000_000)
    tracemalloc.start()
    report = make.load(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000
    assert "GB" in report.record.held.to_pylist()[0]["detail"]


def test_a_folder_without_rights_is_told_and_the_rest_is_read(make, monkeypatch):
    locked = make.folder / "locked"
    locked.mkdir()
    good = make.file(json.dumps(GOOD), "good.json")
    real = Path.iterdir

    def iterdir(self):
        if self == locked:
            raise PermissionError(13, "Permission denied")
        return real(self)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    report = make.load(make.folder)
    assert good.exists()
    assert "9" in report.record.patients["patient"].to_pylist()
    assert "no permission" in report.record.held.to_pylist()[0]["detail"]


def test_a_file_without_rights_is_told(make, monkeypatch):
    path = make.file(json.dumps(GOOD), "good.json")
    real = Path.open

    def refuse(self, *args, **kwargs):
        if self == path:
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    assert "no permission" in make.load(path).record.held.to_pylist()[0]["detail"]


def test_a_missing_file_a_pipe_and_a_loop_of_links_do_no_harm(make):
    os.mkfifo(make.folder / "pipe")
    (make.folder / "loop").symlink_to(make.folder)
    report = make.load(make.folder, make.folder / "nowhere.json")
    told = {row["detail"] for row in report.record.held.to_pylist()}
    assert told == {
        "pipe: neither a file nor a folder",
        "nowhere.json: there is no such file",
    }


def test_one_bad_line_of_a_bulk_export_is_held_and_the_others_are_read(make):
    lines = [json.dumps(GOOD), '{"resourceType": "Patient", ', _observation().decode()]
    report = make.load(make.file("\n".join(lines), "Bulk.ndjson"))
    (held,) = report.record.held.to_pylist()
    assert "Bulk.ndjson:2" in held["where"]
    assert report.filed == {"patients": 1, "results": 1}


def test_a_broken_file_is_held_once_however_often_it_comes(make):
    path = make.file(b'{"resourceType": "Bundle", ')
    once = make.load(path)
    again = make.load(path, record=once.record)
    assert again.record.held.equals(once.record.held)
    assert again.duplicates == 1
