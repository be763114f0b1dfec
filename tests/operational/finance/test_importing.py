"""A bank file lands whole or not at all, and its lines are posted exactly once."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.operations import import_bank_file
from tests.factories.finance import bank_file, document_number, issue, make_payer, transfer

NOW = datetime(2026, 3, 11, 8, 0, tzinfo=UTC)


def test_a_transfer_to_the_customers_account_is_posted_at_once(session: Session) -> None:
    payer = make_payer(session)
    issue(session, payer, "120.00", on=date(2026, 3, 1), due=date(2026, 3, 15))
    result = import_bank_file(
        session, content=bank_file([transfer("100.00", to=payer.account, reference="B1")]), name="a.sta", as_of=NOW
    )
    assert (result.status, result.posted, result.posted_amount) == ("imported", 1, Decimal("100.00"))
    assert result.allocations == 1
