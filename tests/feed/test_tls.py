"""H59: the listener in TLS, with certificates made for the test."""

import shutil
import ssl
import subprocess

import pytest

from longwatch.core.errors import UsageError
from longwatch.feed.tls import server_context

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Makes a self-signed certificate and its key; the same name twice is the same pair."""
    folder = tmp_path_factory.mktemp("tls")

    def make(name):
        paths = folder / f"{name}.pem", folder / f"{name}.key"
        if not paths[0].exists():
            words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
            more = ["-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost"]
            more += ["-out", str(paths[0]), "-keyout", str(paths[1])]
            subprocess.run([*words.split(), *more], check=True, capture_output=True)
        return paths

    return make


def client(trusted, own=None):
    context = ssl.create_default_context(cafile=trusted)
    if own:
        context.load_cert_chain(*own)
    return context


def test_a_message_comes_through_tls(store, listen, message, certificate):
    ours = certificate("clinic")
    with listen(store, tls=server_context(*ours)) as running:
        assert running.sender(client(ours[0])).exchange(message(1)) == ("AA", "M1")
    assert store.messages == [message(1)]


def test_a_message_in_the_clear_is_not_taken(store, listen, message, certificate):
    with listen(store, tls=server_context(*certificate("clinic"))) as running:
        sender = running.sender()
        sender.send(message(1))
        sender.socket.recv(100)  # a TLS alert, or nothing

    assert store.messages == []


@pytest.mark.parametrize(
    ("who", "served"), [("laboratory", True), ("stranger", False), (None, False)]
)
def test_only_a_sender_with_the_right_certificate_is_served(
    store, listen, message, certificate, who, served
):
    ours = certificate("clinic")
    context = server_context(*ours, senders=certificate("laboratory")[0])
    own = certificate(who) if who else None
    with listen(store, tls=context) as running:
        try:
            verdict = running.sender(client(ours[0], own)).exchange(message(1))
        except OSError:
            verdict = None

    assert verdict == (("AA", "M1") if served else None)
    assert bool(store.messages) is served


def test_a_sender_that_never_shakes_hands_does_not_stop_the_others(
    store, listen, message, certificate
):
    ours = certificate("clinic")
    with listen(store, tls=server_context(*ours)) as running:
        for _ in range(2):
            running.sender()
        assert running.sender(client(ours[0])).exchange(message(1)) == ("AA", "M1")


@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_file_is_said_with_its_remedy(certificate, tmp_path, missing):
    paths = list(certificate("clinic"))
    paths[missing] = tmp_path / "nowhere.pem"

    with pytest.raises(UsageError, match=r"nowhere.*Mend: give certificate and key"):
        server_context(*paths)


def test_a_key_of_another_certificate_is_said(certificate):
    with pytest.raises(UsageError, match="TLS cannot be set up"):
        server_context(certificate("clinic")[0], certificate("stranger")[1])


def test_a_key_with_a_password_is_said_and_nobody_is_asked(certificate, tmp_path):
    locked = tmp_path / "locked.key"
    words = f"openssl ec -in {certificate('clinic')[1]} -aes256 -passout pass:secret -out {locked}"
    subprocess.run(words.split(), check=True, capture_output=True)

    with pytest.raises(UsageError, match="set up: the key has a password"):
        server_context(certificate("clinic")[0], locked)
