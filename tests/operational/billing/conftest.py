"""Fixtures of tests that bill: a clerk and a function that fills the test's database with a market."""

from collections.abc import Callable

import pytest

from tests.factories import billing_market
from tests.factories.billing_desk import Desk


@pytest.fixture
def desk(database: str) -> Desk:
    """Return the clerk of the test's database."""
    return Desk(database)


@pytest.fixture
def build(database: str) -> Callable[..., billing_market.Market]:
    """Return a function that fills the test's database with a market."""

    def _build(**options: object) -> billing_market.Market:
        return billing_market.build(database, **options)  # type: ignore[arg-type]

    return _build
