import datetime
import socket
import sys
from pathlib import Path

import pytest
from cryptography import x509

from mien.errors import MissingExtra
from mien.web import tls


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tls ü"


def alternatives(path: Path) -> x509.SubjectAlternativeName:
    found = x509.load_pem_x509_certificate(path.read_bytes())
    return found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def test_the_certificate_names_this_machine(folder: Path) -> None:
    cert, _ = tls.certificate(folder)
    names = alternatives(cert)
    assert {"localhost", socket.gethostname().lower()} <= {
        name.lower() for name in names.get_values_for_type(x509.DNSName)
    }
    addresses = {str(found) for found in names.get_values_for_type(x509.IPAddress)}
    assert {"127.0.0.1", "::1", *tls.local_addresses()} == addresses
    found = x509.load_pem_x509_certificate(cert.read_bytes())
    assert found.not_valid_after_utc - found.not_valid_before_utc <= tls.LIFETIME


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_key_is_private(folder: Path) -> None:
    _, key = tls.certificate(folder)
    assert key.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


def test_a_good_certificate_is_kept(folder: Path) -> None:
    cert, key = tls.certificate(folder)
    before = cert.read_bytes(), key.read_bytes()
    tls.certificate(folder)
    assert (cert.read_bytes(), key.read_bytes()) == before
    assert sorted(path.name for path in folder.iterdir()) == ["cert.pem", "key.pem"]


def test_a_new_address_makes_a_new_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls.certificate(folder)
    monkeypatch.setattr(tls, "host_names", lambda: ["localhost", "10.9.8.7"])
    cert, _ = tls.certificate(folder)
    assert "10.9.8.7" in {str(found) for found in alternatives(cert).get_values_for_type(x509.IPAddress)}


def test_one_that_runs_out_is_made_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(tls, "LIFETIME", datetime.timedelta(days=3))
        before = tls.certificate(folder)[0].read_bytes()
    assert tls.certificate(folder)[0].read_bytes() != before


def test_a_damaged_one_is_made_anew(folder: Path) -> None:
    cert, _ = tls.certificate(folder)
    cert.write_text("not a certificate", "utf-8")
    tls.certificate(folder)
    assert alternatives(cert)


def test_it_lies_in_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "user_data_path", lambda *_args, **_more: tmp_path)
    assert tls.certificate() == (tmp_path / "tls" / "cert.pem", tmp_path / "tls" / "key.pem")


def test_without_cryptography_the_extra_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    monkeypatch.setitem(sys.modules, "cryptography.x509", None)
    with pytest.raises(MissingExtra, match=r"mien\[tls\]"):
        tls.certificate(folder)


def test_without_a_network_there_are_no_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(socket.socket, "connect", fail)
    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert tls.local_addresses() == []
