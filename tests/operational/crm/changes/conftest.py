"""A household under contract, what changes of contracts start from."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.factories import supply
from tests.factories.finance import Payer


def fix_term(session: Session, contract: int, ends_on: date, **more: Any) -> None:
    """Give a contract a fixed term until a day."""
    supply.insert(
        session, "operational.contract_conditions", contract_id=contract, period_months=24, ends_on=ends_on,
        valid_from=date(2024, 6, 1), **more,
    )  # fmt: skip


@pytest.fixture
def home(session: Session) -> supply.Customer:
    """Return a household with one point under contract since 2024-06-01."""
    customer = supply.make_customer(session, 1)
    supply.add_point(session, customer, ordinal=1)
    return customer


@pytest.fixture
def dear(session: Session, home: supply.Customer) -> int:
    """Return a second price list of the household's product, one grosz dearer."""
    made: int = session.execute(
        text(
            "with l as (insert into operational.price_lists (code, name, product_id) "
            "select 'DEAR', 'Droższy', product_id from operational.price_lists order by id limit 1 "
            "returning id) "
            "insert into operational.price_list_items (price_list_id, charge_code, unit, price, valid_from) "
            "select id, 'energy_active', 'kwh', 0.515, '2024-01-01' from l returning price_list_id"
        )
    ).scalar_one()
    return made


def payer_of(home: supply.Customer) -> Payer:
    """Return the household as the factories of finance know it."""
    return Payer(home.id, home.contracts["electricity"], home.virtual_account)
