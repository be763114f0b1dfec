"""Fetching bank files by SFTP into the inbox: what is there and was not fetched before.

Nothing is changed at the bank. A file is downloaded beside its place and renamed when it is whole, so a cut
connection leaves no half file. The server's key must be known beforehand: an unknown one is refused.
"""

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import paramiko

from operational.kernel.errors import DomainError
from operational.kernel.settings import Settings

_CURSOR = ".fetched.json"
_SECONDS = 30


class FetchError(DomainError):
    """The bank's server cannot be reached or refused us; the inbox is as it was."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Names of the files that came, and how many stood at the bank in all."""

    names: tuple[str, ...]
    seen: int


def is_on(settings: Settings) -> bool:
    """Tell whether a server is set."""
    return bool(settings.bank_sftp_host)


def fetch_bank_files(settings: Settings, *, folder: Path, max_bytes: int) -> Fetched:
    """Download new files of the bank's folder into ``folder``; a file that changed there comes again.

    A file above ``max_bytes`` is not downloaded and raises FetchError, after the others came. Raises
    FetchError: sftp_unreachable, sftp_refused, sftp_too_large.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cursor = folder / _CURSOR
    known: dict[str, str] = json.loads(cursor.read_text(encoding="utf-8")) if cursor.exists() else {}
    came, large, seen = [], [], 0
    with _connected(settings) as client:
        for entry in sorted(client.listdir_attr(settings.bank_sftp_folder), key=lambda item: item.filename):
            name = entry.filename
            if not stat.S_ISREG(entry.st_mode or 0) or name.startswith(".") or "/" in name:
                continue
            seen += 1
            mark = f"{entry.st_size}:{entry.st_mtime}"
            if known.get(name) == mark:
                continue
            if (entry.st_size or 0) > max_bytes:
                large.append(name)
                continue
            part = folder / f".{name}.part"
            client.get(f"{settings.bank_sftp_folder.rstrip('/')}/{name}", str(part))
            part.replace(_free(folder / name))
            known[name] = mark
            cursor.write_text(json.dumps(known, ensure_ascii=False, indent=1), encoding="utf-8")
            came.append(name)
    if large:
        raise FetchError(
            "sftp_too_large",
            f"Files above {max_bytes} bytes stay at the bank: {', '.join(large)}. "
            "Ask for shorter statements, or raise IRIS_BANK_FILE_MAX_MB.",
        )
    return Fetched(tuple(came), seen)


def _free(place: Path) -> Path:
    """Return the place, or one beside it when a file of that name still waits."""
    number = 1
    free = place
    while free.exists():
        number += 1
        free = place.with_stem(f"{place.stem}.{number}")
    return free


@contextmanager
def _connected(settings: Settings) -> Iterator[paramiko.SFTPClient]:
    ssh = paramiko.SSHClient()
    if settings.bank_sftp_known_hosts:
        ssh.load_host_keys(str(settings.bank_sftp_known_hosts))
    else:
        ssh.load_system_host_keys()
    ssh.set_missing_host_key_policy(paramiko.RejectPolicy())
    password = settings.bank_sftp_password.get_secret_value() or None
    key_file = settings.bank_sftp_key_file
    try:
        key = paramiko.PKey.from_path(key_file) if key_file else None
        ssh.connect(
            settings.bank_sftp_host, settings.bank_sftp_port, settings.bank_sftp_user, password=password,
            pkey=key, timeout=_SECONDS, banner_timeout=_SECONDS, auth_timeout=_SECONDS,
            allow_agent=False, look_for_keys=False,
        )  # fmt: skip
        with ssh.open_sftp() as client:
            yield client
    except (paramiko.AuthenticationException, paramiko.BadHostKeyException) as error:
        raise FetchError(
            "sftp_refused",
            f"{settings.bank_sftp_host} refused the log-in, or its key is not the known one. Check user, key "
            "file and known_hosts.",
        ) from error
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise FetchError(
            "sftp_unreachable",
            f"{settings.bank_sftp_host}: {error}. "
            "Check host, port, folder and known_hosts; it is tried again.",
        ) from error
    finally:
        ssh.close()
