"""A self-made certificate, so that phones on the local network may use their camera (they demand https).

Browsers warn of it once; the page then works like any other. It lies with its key in the user's data folder.
"""

import datetime
import ipaddress
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from mien.errors import MissingExtra

if TYPE_CHECKING:
    from cryptography import x509

LIFETIME = datetime.timedelta(days=397)
"""The longest that browsers accept."""
_MARGIN = datetime.timedelta(days=7)


def certificate(folder: Path | None = None) -> tuple[Path, Path]:
    """The PEM files of certificate and key, made anew where they are absent, run out or lack an address.

    ``folder`` defaults to ``tls`` in the user's data folder. Raises `MissingExtra` without ``cryptography``.
    """
    try:
        import cryptography.x509  # noqa: F401 - only whether it is there
    except ImportError:
        raise MissingExtra("A self-made certificate", "tls") from None
    folder = folder or user_data_path("mien", appauthor=False) / "tls"
    cert, key = folder / "cert.pem", folder / "key.pem"
    names = host_names()
    if not (cert.is_file() and key.is_file() and _still_good(cert, names)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(cert, key, names)
    return cert, key


def host_names() -> list[str]:
    """The names and addresses by which this machine can be reached."""
    name = socket.gethostname()
    return list(dict.fromkeys(["localhost", name, f"{name}.local", "127.0.0.1", "::1", *local_addresses()]))


def local_addresses() -> list[str]:
    """This machine's IPv4 addresses on its networks, the one that others most likely see first."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address (RFC 5737): nothing is sent
            found.append(probe.getsockname()[0])
        except OSError:
            pass  # no network at all
    try:
        infos = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except OSError:
        infos = []  # the machine's own name does not resolve
    found += [str(info[4][0]) for info in infos]
    return [address for address in dict.fromkeys(found) if not address.startswith(("127.", "0."))]


def _still_good(path: Path, names: list[str]) -> bool:
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        alternatives = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False  # not ours, or damaged
    fresh = found.not_valid_after_utc - datetime.datetime.now(datetime.UTC) > _MARGIN
    return fresh and set(_general_names(names)) <= set(alternatives)


def _make(cert: Path, key: Path, names: list[str]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    secret = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mien on this machine")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFETIME - datetime.timedelta(hours=2))
        .add_extension(x509.SubjectAlternativeName(_general_names(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    _write_private(
        key,
        secret.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    _write_private(cert, built.public_bytes(serialization.Encoding.PEM))


def _general_names(names: list[str]) -> "list[x509.GeneralName]":
    return [_general_name(name) for name in names]


def _general_name(name: str) -> "x509.GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode("ascii"))


def _write_private(path: Path, data: bytes) -> None:
    """Write so that nobody else can read it at any moment, and nobody sees half of it."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    temporary.replace(path)
