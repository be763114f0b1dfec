"""Row-level security under the portal's role: what a token opens, forged settings, pools, planted holes."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from ebok.tripwire import UnprotectedRelations, refuse_unprotected
from operational.access.portal import operations as access
from operational.kernel import clock, db
from operational.kernel.tripwire import unprotected_relations
from tests.ebok.conftest import PASSWORD, World

PROTECTED = (
    "customers", "contracts", "contract_terms", "contract_supply_points", "supply_points", "addresses",
    "meters",
    "supply_point_terms", "meter_installations", "registers", "readings", "documents", "document_lines",
    "document_vat", "payments", "open_items", "allocations", "ledger_transfers", "billing_scopes",
    "price_lists", "price_list_items", "products",
)  # fmt: skip
HOLES = {
    "marts.leak": """
        create table marts.leak as select 1 as a; grant usage on schema marts to iris_ebok;
        grant select on marts.leak to iris_ebok""",
    "operational.documents": "alter table operational.documents no force row level security",
    "operational.leak": """
        create view operational.leak as select * from operational.documents;
        grant select on operational.leak to iris_ebok""",
    "operational.frozen": """
        create materialized view operational.frozen as select * from operational.documents;
        grant select on operational.frozen to iris_ebok""",
    "operational.staff_users": "grant select (name) on operational.staff_users to iris_ebok",
}


def token_of(world: World, login: str) -> str:
    """Start a session and return its secret."""
    with db.open_session("auth", actor="test", database=world.database) as session:
        result = access.log_in(
            session, login=login, password=PASSWORD, address="192.0.2.1", as_of=clock.now()
        )
    assert result.token
    return result.token


def counts(world: World, token: str) -> dict[str, int]:
    """Count the rows of each protected table that a token shows."""
    with db.open_session("ebok", actor="ebok:1", database=world.database, session_token=token) as session:
        return {
            name: session.execute(text(f"select count(*) from operational.{name}")).scalar_one()
            for name in PROTECTED
        }


def test_without_a_token_nothing_is_seen(world: World) -> None:
    assert set(counts(world, "").values()) == {0}


def test_an_unknown_token_opens_nothing(world: World) -> None:
    assert set(counts(world, "0" * 43).values()) == {0}


def test_a_token_opens_the_own_rows_and_no_others(world: World) -> None:
    mine = counts(world, token_of(world, world.a.login))
    with db.open_session("app", actor="test", database=world.database) as session:
        everything = {
            name: session.execute(text(f"select count(*) from operational.{name}")).scalar_one()
            for name in PROTECTED
        }
    for name in PROTECTED:
        assert mine[name] * 2 == everything[name], name
        assert mine[name] > 0, name


def test_the_customer_can_not_be_chosen_by_a_forged_setting(world: World) -> None:
    token = token_of(world, world.a.login)
    forged = ("app.customer_id", str(world.b.customer.id)), ("app.session_token", "a guess")
    with db.open_session("ebok", actor="ebok:1", database=world.database, session_token=token) as session:
        for name, value in forged:
            seen = session.execute(
                text(
                    "select count(*) from operational.documents"
                    " where customer_id = :b and (select set_config(:name, :value, true)) is not null"
                ),
                {"b": world.b.customer.id, "name": name, "value": value},
            )
            assert seen.scalar_one() == 0, name


@pytest.mark.parametrize(
    "statement",
    [
        "select * from sec.web_sessions",
        "select * from sec.login_attempts",
        "select * from operational.customer_users",
        "select * from operational.staff_users",
        "select * from operational.outbox",
        "select * from operational.audit_trail",
        "select * from operational.notes",
        "select * from raw.bank_lines",
        "insert into operational.notes (customer_id, body) values (1, 'x')",
        "update operational.customers set name = 'x'",
        "delete from operational.documents",
        "set role iris_app",
        "select * from operational.billing_exceptions",
    ],
)
def test_the_portals_role_may_do_nothing_else(world: World, statement: str) -> None:
    token = token_of(world, world.a.login)
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be"),
        db.open_session("ebok", actor="ebok:1", database=world.database, session_token=token) as session,
    ):
        session.execute(text(statement))


@pytest.mark.parametrize("table", ["customers", "documents", "readings", "payments"])
def test_the_log_in_role_sees_no_customer_data(world: World, table: str) -> None:
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        db.open_session("auth", actor="test", database=world.database) as session,
    ):
        session.execute(text(f"select * from operational.{table}"))


def test_row_security_can_not_be_switched_off(world: World) -> None:
    token = token_of(world, world.a.login)
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        db.open_session("ebok", actor="ebok:1", database=world.database, session_token=token) as session,
    ):
        session.execute(text("set local row_security = off"))
        session.execute(text("select count(*) from operational.documents"))


def test_a_connection_given_back_to_the_pool_forgets_the_token(world: World) -> None:
    token = token_of(world, world.a.login)
    engine = db.engine("ebok", world.database)
    with engine.connect() as connection:
        # The mistake this guards against: a setting for the session instead of the transaction.
        connection.execute(text("select set_config('app.session_token', :token, false)"), {"token": token})
        connection.commit()
        assert connection.execute(text("select count(*) from operational.documents")).scalar_one() == 16
        connection.commit()
    for _ in range(6):
        with engine.connect() as connection:
            assert connection.execute(text("select count(*) from operational.documents")).scalar_one() == 0


def test_after_a_commit_the_same_connection_shows_nothing(world: World) -> None:
    token = token_of(world, world.a.login)
    with db.engine("ebok", world.database).connect() as connection:
        connection.execute(text("select set_config('app.session_token', :token, true)"), {"token": token})
        assert connection.execute(text("select count(*) from operational.documents")).scalar_one() == 16
        connection.commit()
        assert connection.execute(text("select count(*) from operational.documents")).scalar_one() == 0


def test_readings_and_bills_of_a_point_stay_with_the_customer_of_that_time(world: World) -> None:
    point = world.a.customer.points[0]
    with db.open_session("app", actor="test", database=world.database) as session:
        # Anna moves out on 1 March 2026, Barbara's contract takes the point over.
        session.execute(
            text(
                "update operational.contract_supply_points set superseded_at = now()"
                " where supply_point_id = :p"
            ),
            {"p": point.id},
        )
        for contract, start, end in (
            (world.a.customer.contracts["electricity"], "2025-04-01", "2026-03-01"),
            (world.b.customer.contracts["electricity"], "2026-03-01", None),
        ):
            session.execute(
                text(
                    "insert into operational.contract_supply_points"
                    " (contract_id, supply_point_id, valid_from, valid_to) values (:c, :p, :f, :t)"
                ),
                {"c": contract, "p": point.id, "f": start, "t": end},
            )
    query = text(
        "select min(reading_date), max(reading_date) from operational.readings where supply_point_id = :p"
    )
    seen = {}
    for login in (world.a.login, world.b.login):
        token = token_of(world, login)
        with db.open_session("ebok", actor="ebok:1", database=world.database, session_token=token) as session:
            seen[login] = tuple(map(str, session.execute(query, {"p": point.id}).one()))
    assert seen == {world.a.login: ("2025-03-31", "2026-02-28"), world.b.login: ("2026-02-28", "2026-06-30")}


def test_the_tripwire_finds_no_hole(world: World) -> None:
    assert unprotected_relations(world.database) == []
    refuse_unprotected(world.database)


@pytest.mark.parametrize("hole", HOLES)
def test_the_tripwire_finds_each_planted_hole_and_the_portal_does_not_start(world: World, hole: str) -> None:
    with db.open_session("admin", actor="test", database=world.database) as session:
        session.execute(text(HOLES[hole]))
    assert [found.relation for found in unprotected_relations(world.database)] == [hole]
    with pytest.raises(UnprotectedRelations, match=hole):
        refuse_unprotected(world.database)
