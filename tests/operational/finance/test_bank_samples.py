"""Every public sample goes through the import with the counts and sums of the manifest."""

import csv
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from operational.finance import queries
from operational.finance.operations import import_bank_file, import_bank_path
from operational.kernel import settings

NOW = datetime(2026, 3, 11, 8, 0, tzinfo=UTC)
MBANK = "29114010810000267002001002"


def manifest(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "bank" / "manifest.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def amount(text: str) -> Decimal:
    return Decimal(text or "0")


def test_every_sample_lands_with_the_counts_and_sums_of_the_manifest(
    session: Session, shared_data: Path
) -> None:
    rows = manifest(shared_data)
    assert len(rows) >= 26
    for row in rows:
        path = shared_data / "bank" / row["file"]
        content = path.read_bytes()
        session.rollback()  # two of the samples tell one statement with two payers
        result = import_bank_path(session, path=path, name=row["file"], as_of=NOW)
        if row["balances_add_up"] == "no":
            assert (result.status, result.rejection and result.rejection.code) == (
                "rejected",
                "bank_file_unbalanced",
            )
            result = import_bank_file(
                session, content=content, name=row["file"], as_of=NOW, accept_unbalanced=True
            )
        found = (result.status, result.statements, result.lines, result.sum_credit, result.sum_debit)
        expected = (
            "imported",
            int(row["statements"]),
            int(row["entries"]),
            amount(row["sum_credit"]),
            amount(row["sum_debit"]),
        )
        assert found == expected, row["file"]
        assert result.accepted + result.duplicates == result.lines
        assert (result.posted, result.suspense, result.outgoing) == (0, 0, 0), (
            "none of these accounts is ours"
        )
        assert result.not_posted == result.accepted
    assert queries.bank_reconciliation(session).ledger_bank == 0


def test_a_sample_of_an_own_account_is_posted_and_its_preview_is_not(
    session: Session, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IRIS_SELLER_ACCOUNTS", MBANK)
    settings.reset_settings()
    try:
        for name in ("mbank_mt942.sta", "mbank_collect_2017.sta"):
            content = (shared_data / "bank" / name).read_bytes()
            result = import_bank_file(session, content=content, name=name, as_of=NOW)
        assert (result.suspense, result.suspense_amount) == (3, Decimal("0.03"))
        assert queries.bank_reconciliation(session).agrees
    finally:
        monkeypatch.undo()
        settings.reset_settings()
