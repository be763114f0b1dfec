"""A simulation is what the bills would have been: the same change made in earnest gives the same amounts."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from operational.billing.simulation import operations, queries, rates
from operational.kernel import db
from orchestration import warehouse
from orchestration.cases.loading import Place
from orchestration.simulation import run_simulation
from tests.warehouse.conftest import BILLED_THROUGH, fingerprint, moment, write_steps

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]
MONTH = date(2026, 3, 1)  # the month of most golden cases


def _asked(database: str, content: bytes) -> operations.Asked:
    with db.open_session("app", actor="test", database=database) as session:
        supposed = rates.reference_of_file(session, content=content, name="law.csv")
        return operations.ask(
            session, name="Another law", billing_month=MONTH, rates=supposed, as_of=moment(0)
        )


def _in_earnest(database: str) -> None:
    """Make the simulated rates facts: a new version of every row they name."""
    with db.open_session("app", actor="test", database=database) as session:
        session.execute(
            text(
                "create temporary table changed on commit drop as select r.*, t.price as supposed"
                " from operational.statutory_rates r join operational.simulation_rates t"
                " on t.fact = 'statutory_rates' and t.fact_id = r.id"
            )
        )
        session.execute(
            text(
                "update operational.statutory_rates set superseded_at = now()"
                " where id in (select id from changed)"
            )
        )
        session.execute(
            text(
                "insert into operational.statutory_rates (charge_code, tariff_prefix, customer_class,"
                " annual_kwh_range, unit, price, factor, valid_from, valid_to, source)"
                " select charge_code, tariff_prefix, customer_class, annual_kwh_range, unit, supposed,"
                " factor, valid_from, valid_to, source from changed"
            )
        )


def test_a_simulated_law_gives_the_amounts_that_the_law_itself_would(
    database: str, places: list[Place]
) -> None:
    write_steps(database, places, 0)
    warehouse.compute_proposals(database=database, billed_through=BILLED_THROUGH)
    standing = fingerprint(database)
    asked = _asked(
        database, b"charge_code;unit;price\nres_levy;kwh;0.01230000\ncogeneration_levy;kwh;0.0077\n"
    )
    compared, _ = run_simulation(database=database, simulation_id=asked.id, as_of=moment(1))
    assert compared > 10
    assert fingerprint(database) == standing  # what counts was not touched

    with db.open_session("app", actor="test", database=database) as session:
        found = queries.simulation_by_id(session, simulation_id=asked.id)
        assert found is not None and found.status == "done"
        total = queries.total(session, simulation_id=asked.id)
        assert total.net_after > total.net_before
        assert total.seller_after == total.seller_before  # levies are not the seller's
        assert (
            sum(one.net_after for one in queries.by_product(session, simulation_id=asked.id))
            == total.net_after
        )

    _in_earnest(database)
    warehouse.compute_proposals(database=database, billed_through=BILLED_THROUGH)
    with db.open_session("app", actor="test", database=database) as session:
        differing = session.execute(
            text(
                "select r.scope_key, r.net_after, s.net_amount from operational.simulation_results r"
                " join proposals.prop_document_scopes s using (scope_key)"
                " where r.simulation_id = :id and r.net_after <> s.net_amount"
            ),
            {"id": asked.id},
        ).all()
        assert differing == []
        moved = session.execute(
            text(
                "select count(*) from operational.simulation_results"
                " where simulation_id = :id and net_after <> net_before"
            ),
            {"id": asked.id},
        ).scalar_one()
        assert moved > 5
    with pytest.raises(operations.NoSuchSimulation):
        run_simulation(database=database, simulation_id=asked.id, as_of=moment(1))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"what;ever\n1;2\n", "simulation_file_unknown"),
        (b"charge_code;unit;price\nno_such_charge;kwh;1\n", "simulation_row_unknown"),
        (b"charge_code;unit;price\nres_levy;kwh;much\n", "simulation_row_broken"),
        (b"charge_code;unit;price\nres_levy;kwh;1\nres_levy;kwh;2\n", "simulation_row_twice"),
        (b"\xff\xfe", "simulation_file_broken"),
    ],
)
def test_a_file_that_supposes_nothing_is_refused_with_its_row(
    database: str, content: bytes, code: str
) -> None:
    with db.open_session("app", actor="test", database=database) as session:
        with pytest.raises(rates.UselessSupposition) as refused:
            rates.reference_of_file(session, content=content, name="law.csv")
        assert refused.value.code == code


def test_a_price_list_nobody_has_and_prices_that_stay_are_refused(database: str, places: list[Place]) -> None:
    write_steps(database, places, 0)
    with db.open_session("app", actor="test", database=database) as session:
        with pytest.raises(rates.UselessSupposition, match="no price list NONE"):
            rates.changed_by_share(session, price_list="NONE", percent=Decimal(5))
        with pytest.raises(rates.UselessSupposition, match="Change one"):
            operations.ask(session, name="", billing_month=date(2026, 1, 1), rates=[], as_of=moment(0))
