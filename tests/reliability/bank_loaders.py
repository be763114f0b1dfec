"""A process that loads bank files until it is killed; started by test_payments_survive_kill.

``python -m tests.reliability.bank_loaders <chunks|whole|naive> <database> <file>...`` says ``ready`` before
the first file. ``naive`` is the control: it looks first and then writes, row by row, as one would without
thinking.
"""

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from operational.finance import posting
from operational.finance.formats.mt940 import read_mt940
from operational.finance.operations import import_bank_file, load_bank_file
from operational.kernel.db import session_factory

NOW = datetime(2026, 3, 31, 8, 0, tzinfo=UTC)
SMALL_CHUNK = 64


def load_naively(factory: sessionmaker[Session], content: bytes, name: str) -> None:
    """Post a file without one transaction, lock or business key: what a kill leaves half done stays half
    done."""
    sha256 = hashlib.sha256(content).hexdigest()
    with factory.begin() as session:
        if session.execute(text("select 1 from raw.files where sha256 = :s"), {"s": sha256}).first():
            return
        lines = [line for item in read_mt940(content, file_name=name) for line in item.lines]
        session.execute(
            text("""insert into raw.files (sha256, name, kind, format, size_bytes, received_at, rows_read,
                      rows_accepted, rows_rejected, rows_duplicate, loaded_by)
                    values (:s, :n, 'bank_statements', 'MT940', 1, :now, :c, :c, 0, 0, 'naive')"""),
            {"s": sha256, "n": name, "now": NOW, "c": len(lines)},
        )
    for number, line in enumerate(lines):
        with factory.begin() as session:
            session.execute(
                text("""insert into operational.ledger_transfers (debit_account, credit_account, amount, code,
                          business_date, idempotency_key)
                        values (:debit, :credit, :amount, 'payment_unmatched', :day, :key)"""),
                {"debit": "bank" if line.amount > 0 else "bank_other",
                 "credit": "suspense" if line.amount > 0 else "bank", "amount": abs(line.amount),
                 "day": line.booking_date, "key": f"naive:{sha256}:{number}"},
            )  # fmt: skip


def main(kind: str, database: str, *files: str) -> None:
    """Load the files in the order given."""
    factory = session_factory("app", database, actor=f"job:{kind}")
    posting.CHUNK_LINES = SMALL_CHUNK  # many short transactions, so that a kill hits the middle
    print("ready", flush=True)  # noqa: T201  the parent waits for it
    for name in files:
        content = Path(name).read_bytes()
        if kind == "naive":
            load_naively(factory, content, name)
        elif kind == "chunks":
            load_bank_file(session_factory=factory, content=content, name=name, as_of=NOW)
        else:
            with factory.begin() as session:
                import_bank_file(session, content=content, name=name, as_of=NOW)


if __name__ == "__main__":
    main(*sys.argv[1:])
