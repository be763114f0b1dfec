"""Prove many documents at once: the script of the proof bundle, run alone, recomputes every one of them."""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.documents.proof.bundle import SCRIPT, proof_data_of
from operational.kernel.errors import DomainError

_AT_ONCE = 200
_VERDICT = re.compile(r"(\d+) documents, (\d+) lines, (-?[\d.]+) PLN gross: (\d+) differ")
_IDS = text("""
    select id from operational.documents
    where (cast(:numbers as text[]) is null or number = any (cast(:numbers as text[])))
      and (cast(:since as date) is null or issue_date >= :since)
    order by id""")


@dataclass(frozen=True, slots=True)
class Proved:
    """What the script said: documents and lines seen, how many differ, and a sentence for each difference."""

    documents: int
    lines: int
    gross_amount: str
    differing: int
    sentences: tuple[str, ...]


def prove(session: Session, *, numbers: Sequence[str] | None = None, since: date | None = None) -> Proved:
    """Recompute documents (all, those of ``numbers``, those issued ``since`` a day) by the bundle's script.

    The script runs in a process of its own, isolated, with the standard library only; the data pass through a
    file that is deleted afterwards. Raises DomainError when it cannot come to an end.
    """
    given = {"numbers": list(numbers) if numbers is not None else None, "since": since}
    ids: Sequence[int] = session.execute(_IDS, given).scalars().all()
    with tempfile.TemporaryDirectory(prefix="iris-proof-") as folder:
        file = Path(folder) / "documents.jsonl"
        with file.open("w", encoding="utf-8") as target:
            for row in _rows(session, list(ids)):
                target.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
        told = subprocess.run(
            [sys.executable, "-I", "-S", str(SCRIPT), str(file)],
            capture_output=True, text=True, check=False, encoding="utf-8",
        )  # fmt: skip
    *sentences, last = told.stdout.splitlines() or [""]
    verdict = _VERDICT.fullmatch(last)
    if verdict is None:
        raise DomainError("proof_failed", f"The proof script came to no end: {told.stderr.strip()[-500:]}")
    return Proved(int(verdict[1]), int(verdict[2]), verdict[3], int(verdict[4]), tuple(sentences))


def _rows(session: Session, ids: list[int]) -> Iterator[dict[str, Any]]:
    for place in range(0, len(ids), _AT_ONCE):
        for document, inputs in proof_data_of(session, document_ids=ids[place : place + _AT_ONCE]):
            yield {"document": document, "inputs": inputs}
