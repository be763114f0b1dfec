"""Letters: one PDF for the printer and a CSV index for the post, in ``<home>/letters``.

Both files are written whole under their final name, with mode 600, because they hold names and addresses.
Making the same batch again overwrites them with the same content.
"""

import csv
import hashlib
import io
import os
from pathlib import Path

from operational.documents.rendering import Batch
from operational.kernel import state
from operational.messaging.outgoing import Outgoing

_COLUMNS = ("position", "page_from", "pages", "document", "customer", "name", "street", "city")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def folder() -> Path:
    """Return the folder of letter batches and make it when it is missing."""
    found = state.home() / "letters"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def write_batch(name: str, letters: list[Outgoing], batch: Batch) -> Path:
    """Write ``<name>.pdf``, ``<name>.csv`` and ``<name>.sha256``; return the path of the PDF."""
    target = folder() / f"{name}.pdf"
    index = _index(letters, batch).encode("utf-8-sig")
    _write(target, batch.content)
    _write(target.with_suffix(".csv"), index)
    sums = [(target.name, batch.content), (target.with_suffix(".csv").name, index)]
    lines = "".join(f"{hashlib.sha256(content).hexdigest()}  {file}\n" for file, content in sums)
    _write(target.with_suffix(".sha256"), lines.encode())
    return target


def _index(letters: list[Outgoing], batch: Batch) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for position, (letter, (first, pages)) in enumerate(zip(letters, batch.pages, strict=True), start=1):
        place = (letter.customer_number, letter.name, letter.street_line, letter.city_line)
        writer.writerow([position, first, pages, letter.number, *map(_harmless, place)])
    return buffer.getvalue()


def _harmless(value: str) -> str:
    """Keep a spreadsheet from reading a name as a formula."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)
