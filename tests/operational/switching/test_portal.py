"""What a customer sees of the own change of supplier, and how a case ends when the customer withdraws."""

from datetime import UTC, date, datetime

from sqlalchemy import text

from operational.access.portal import operations as access
from operational.crm.contracts import signing
from operational.kernel import db
from operational.switching import moving, supply
from operational.switching.night import run_night
from operational.switching.portal import queries
from operational.switching.rules import Status
from tests.factories.switching import Signed, at, limits, price_lists, sign

DAY, START = date(2026, 2, 2), date(2026, 2, 24)
PASSWORD = "correct horse battery"


def _night(database: str, day: date) -> None:
    run_night(session_factory=db.session_factory("app", database, actor="test"), as_of=day, moment=at(day))


def test_the_own_case_is_seen_with_its_station_and_no_other(database: str) -> None:
    with db.open_session("app", actor="test", database=database) as session:
        price_lists(session)
        own, other = sign(session, [Signed(1, START, DAY), Signed(2, START, DAY, mandates=())])
        for row, login in ((own, "own@example.pl"), (other, "other@example.pl")):
            access.create_account(session, customer_id=row.customer_id, login=login, password=PASSWORD)
    _night(database, DAY)
    with db.open_session("auth", actor="test", database=database) as session:
        entered = access.log_in(
            session, login="own@example.pl", password=PASSWORD, address="192.0.2.1", as_of=datetime.now(UTC)
        )
    assert entered.token
    with db.open_session("ebok", actor="ebok:1", database=database, session_token=entered.token) as session:
        (card,) = queries.switches(session, customer_id=own.customer_id, today=DAY)
        assert (card.point_code, card.station, card.mark("prepared"), card.mark("reported")) == (
            own.code, "reported", "d", "n",
        )  # fmt: skip
        assert queries.switches(session, customer_id=other.customer_id, today=DAY) == []
        assert session.execute(text("select count(*) from operational.switching_cases")).scalar_one() == 1


def test_a_withdrawal_while_supply_runs_ends_the_case_by_itself(database: str) -> None:
    withdrawn = date(2026, 3, 3)
    with db.open_session("app", actor="test", database=database) as session:
        price_lists(session)
        (row,) = sign(session, [Signed(1, START, DAY)])
        session.execute(
            text("""insert into operational.contract_signatures (contract_id, state, written_contract_id,
                      signed_on, channel, withdrawal_until, early_start)
                    values (:id, 'signed', :id, :day, 'off_premises', '2026-03-04', true)"""),
            {"id": row.contract_id, "day": DAY},
        )
    _night(database, DAY)
    with db.open_session("app", actor="test", database=database) as session:
        given = {"ids": [1], "limits": limits(session, DAY)}
        moving.move(
            session, to=Status.VERIFIED_OK, values={"start": START},
            sets={"confirmed_start": "cast(:start as date)"}, **given,
        )  # fmt: skip
        assert supply.schedule(session, **given) == 1
    _night(database, START)
    with db.open_session("app", actor="test", database=database) as session:
        signing.withdraw(
            session, contract_id=row.contract_id, withdrawn_on=withdrawn, reason="odstąpienie",
            as_of=at(withdrawn),
        )  # fmt: skip
    for _twice in range(2):
        _night(database, date(2026, 3, 4))
    with db.open_session("app", actor="test", database=database) as session:
        case = session.execute(
            text("select status, end_on, closed_on from operational.switching_cases")
        ).one()
        supplied = session.execute(
            text("""select valid_from, valid_to from operational.contract_supply_points
                    where superseded_at is null""")
        ).all()
        told = session.execute(
            text("""select kind, payload ->> 'start_on' from operational.switching_messages
                    where direction = 'out' order by id""")
        ).all()
    assert tuple(case) == ("ENDING", date(2026, 3, 4), None)
    assert [tuple(one) for one in supplied] == [(START, date(2026, 3, 4))]
    assert [tuple(one) for one in told][1:] == [("cancellation", "2026-03-04")]
