"""Bank files fetched from a real SFTP server on this machine."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

from operational.kernel.settings import Settings
from orchestration import inbox, sftp

SMALL = 1000


class _Door(paramiko.ServerInterface):
    def __init__(self, key: paramiko.PKey) -> None:
        self._key = key

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        allowed = username == "iris" and key.asbytes() == self._key.asbytes()
        return paramiko.AUTH_SUCCESSFUL if allowed else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        return "publickey" if username else ""

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return (
            paramiko.OPEN_SUCCEEDED
            if kind == "session" and chanid >= 0
            else paramiko.OPEN_FAILED_UNKNOWN_CHANNEL_TYPE
        )


class _Files(paramiko.SFTPServerInterface):
    root = Path()

    def list_folder(self, path: str) -> Any:
        found = []
        for place in sorted((self.root / path.strip("/")).iterdir()):
            entry = paramiko.SFTPAttributes.from_stat(place.stat())
            entry.filename = place.name
            found.append(entry)
        return found

    def stat(self, path: str) -> Any:
        return paramiko.SFTPAttributes.from_stat((self.root / path.strip("/")).stat())

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> Any:
        assert flags & os.O_WRONLY == 0, f"nothing may be written at the bank ({attr})"
        handle = paramiko.SFTPHandle(flags)
        handle.readfile = (self.root / path.strip("/")).open("rb")  # type: ignore[attr-defined]
        return handle


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Settings]:
    """Run an SFTP server with one user; the folder `bank/out` is what it offers."""
    host_key, user_key = paramiko.RSAKey.generate(2048), paramiko.RSAKey.generate(2048)
    user_key.write_private_key_file(str(tmp_path / "id"))
    _Files.root = tmp_path / "bank"
    (_Files.root / "out").mkdir(parents=True)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    transports: list[paramiko.Transport] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(host_key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files)
            transports.append(transport)
            try:
                transport.start_server(server=_Door(user_key))
            except (paramiko.SSHException, EOFError):
                continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {host_key.get_name()} {host_key.get_base64()}\n", encoding="utf-8")
    yield Settings(
        bank_sftp_host="127.0.0.1", bank_sftp_port=port, bank_sftp_user="iris",
        bank_sftp_key_file=tmp_path / "id", bank_sftp_known_hosts=known, bank_sftp_folder="out",
    )  # fmt: skip
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for transport in transports:
        transport.close()
    thread.join()


def test_new_files_come_once_changed_ones_again_and_nothing_changes_at_the_bank(
    bank: Settings, tmp_path: Path
) -> None:
    there, here = tmp_path / "bank" / "out", tmp_path / "inbox"
    (there / "a.sta").write_bytes(b"one")
    (there / "b.sta").write_bytes(b"two" * 100)
    (there / ".hidden").write_bytes(b"x")
    (there / "folder").mkdir()

    def fetch() -> tuple[str, ...]:
        return sftp.fetch_bank_files(bank, folder=here, max_bytes=SMALL).names

    assert fetch() == ("a.sta", "b.sta")
    assert fetch() == ()
    assert [file.path.read_bytes() for file in inbox.waiting(here)] == [b"one", b"two" * 100]
    (here / "a.sta").unlink()
    (there / "b.sta").write_bytes(b"changed")
    assert fetch() == ("b.sta",)
    assert [file.name for file in inbox.waiting(here)] == ["b.2.sta", "b.sta"]
    (there / "big.sta").write_bytes(b"x" * (SMALL + 1))
    (there / "c.sta").write_bytes(b"three")
    with pytest.raises(sftp.FetchError, match=r"big\.sta"):
        fetch()
    assert (here / "c.sta").read_bytes() == b"three"
    assert not (here / "big.sta").exists()
    assert sorted(path.name for path in there.iterdir()) == [
        ".hidden",
        "a.sta",
        "b.sta",
        "big.sta",
        "c.sta",
        "folder",
    ]


def test_an_unknown_server_and_a_wrong_user_are_refused(bank: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("", encoding="utf-8")
    for changed, code in (
        ({"bank_sftp_known_hosts": tmp_path / "empty"}, "sftp_unreachable"),
        ({"bank_sftp_user": "mallory"}, "sftp_refused"),
        ({"bank_sftp_folder": "nowhere"}, "sftp_unreachable"),
    ):
        with pytest.raises(sftp.FetchError) as caught:
            sftp.fetch_bank_files(bank.model_copy(update=changed), folder=tmp_path / "in", max_bytes=SMALL)
        assert caught.value.code == code, caught.value.message
    assert not sftp.is_on(Settings(bank_sftp_host=""))
