"""From signature to sent bill: each pair stands at its true step, with its true reason and zloty at stake."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.service import watch
from tests.factories.switching import Signed, price_lists, sign

TODAY = date(2026, 6, 30)
SIGNED = date(2026, 5, 4)
EVERYTHING = watch.WatchFilter(state="all")


@pytest.fixture
def pair(session: Session) -> Any:
    """Sign one contract with one point: switch wanted from 1 June, 2400 kWh a year at 0.73 zł."""
    price_lists(session)
    session.execute(
        text("""insert into operational.price_list_items
                  (price_list_id, charge_code, unit, price, valid_from)
                select id, 'energy_active', 'kwh', 0.73, date '2026-01-01' from operational.price_lists
                where code = 'SW-EL'""")
    )
    return sign(session, [Signed(1, wanted_start=date(2026, 6, 1), signed_on=SIGNED)])[0]


def _look(session: Session, day: date = TODAY) -> watch.Watched:
    (found,) = watch.watched(session, narrowed=EVERYTHING, today=day)
    return found


def _case(session: Session, pair: Any, status: str, **changed: Any) -> None:
    values = {
        "contract": pair.contract_id, "point": pair.supply_point_id, "customer": pair.customer_id,
        "status": status, "sent": None, "confirmed": None, "code": None, "deadline": None, "closed": None,
        "missing": [], **changed,
    }  # fmt: skip
    session.execute(
        text("""insert into operational.switching_cases (direction, kind, contract_id, supply_point_id,
                  customer_id, medium, dso_code, channel, status, wanted_start, confirmed_start, opened_on,
                  changed_on, sent_on, deadline_on, rejection_code, missing, closed_on)
                values ('in', 'later', :contract, :point, :customer, 'electricity', 'tauron', 'dso_xml',
                  :status, '2026-06-01', :confirmed, '2026-05-05', '2026-05-08', :sent, :deadline, :code,
                  :missing, :closed)"""),
        values,
    )


def test_without_a_case_the_pair_is_late_from_the_working_day_after(session: Session, pair: Any) -> None:
    on_time, late = _look(session, date(2026, 5, 5)), _look(session)
    assert (on_time.state, on_time.reason, on_time.due_on) == ("on_time", "no_case", date(2026, 5, 5))
    assert (late.state, late.reason, late.days_late) == ("late", "no_case", 56)
    # 29 days since the wanted start x 2400 kWh / 365 x 0.73 zł
    assert late.stake == Decimal("139.20")


REASONS: tuple[tuple[str, dict[str, Any], tuple[str, str, str, str]], ...] = (
    ("DOCS_INCOMPLETE", {"missing": ["power_of_attorney"]},
     ("case_sent", "papers_missing", "late", "power_of_attorney")),
    ("READY", {}, ("case_sent", "not_sent", "late", "")),
    ("SENT", {"sent": date(2026, 6, 25)}, ("answered", "no_answer", "on_time", "")),
    ("SENT", {"sent": date(2026, 5, 6)}, ("answered", "no_answer", "late", "")),
    ("REJECTED", {"sent": date(2026, 5, 6), "code": "R01"}, ("answered", "rejected", "late", "R01")),
    ("SCHEDULED", {"sent": date(2026, 5, 6), "confirmed": date(2026, 7, 15)},
     ("started", "waits_for_start", "on_time", "")),
    ("SCHEDULED", {"sent": date(2026, 5, 6), "confirmed": date(2026, 6, 1)},
     ("started", "not_activated", "late", "")),
    ("CANCELLED_BY_CUSTOMER", {"closed": date(2026, 5, 8)}, ("lost", "case_cancelled", "lost", "")),
)  # fmt: skip


def test_the_reason_is_the_true_one(session: Session, pair: Any) -> None:
    for status, given, expected in REASONS:
        savepoint = session.begin_nested()
        _case(session, pair, status, **given)
        found = _look(session)
        assert (found.place, found.reason, found.state, found.detail) == expected, status
        savepoint.rollback()


def test_after_the_start_it_waits_for_reading_billing_bill_and_sending(session: Session, pair: Any) -> None:
    _case(session, pair, "ACTIVE", sent=date(2026, 5, 6), confirmed=date(2026, 6, 1))
    session.execute(
        text("""insert into operational.contract_supply_points (contract_id, supply_point_id, valid_from)
                values (:contract, :point, '2026-06-01')"""),
        {"contract": pair.contract_id, "point": pair.supply_point_id},
    )
    no_reading = _look(session)
    assert (no_reading.reason, no_reading.due_on, no_reading.state) == (
        "no_start_reading", date(2026, 6, 15), "late",
    )  # fmt: skip
    session.execute(
        text("""with m as (insert into operational.meters (serial, medium) values ('W1', 'electricity')
                  returning id),
                g as (insert into operational.registers (meter_id, zone_code, unit)
                      select id, 'all', 'kwh' from m returning id)
                insert into operational.readings
                  (register_id, supply_point_id, reading_date, value, kind, reason)
                select id, :point, '2026-05-31', 10, 'actual_remote', 'contract_start' from g"""),
        {"point": pair.supply_point_id},
    )
    waits = _look(session)
    assert (waits.reason, waits.cycle_end, waits.due_on, waits.state) == (
        "not_billed", date(2026, 7, 1), date(2026, 7, 11), "on_time",
    )  # fmt: skip
    session.execute(
        text("""insert into operational.billing_exceptions (supply_point_id, code, severity, message, cure)
                values (:point, 'missing_price', 'blocking', 'm', 'c')"""),
        {"point": pair.supply_point_id},
    )
    stopped = _look(session, date(2026, 8, 1))
    assert (stopped.reason, stopped.detail, stopped.state) == ("exception", "missing_price", "late")
    # 61 days of supply without a bill
    assert stopped.stake == Decimal("292.80")
    assert {code: done for code, _due, done in stopped.steps()}["started"] == date(2026, 6, 1)


def test_a_withdrawn_contract_is_lost_and_sums_follow_the_filter(session: Session, pair: Any) -> None:
    sign(session, [Signed(2, wanted_start=date(2026, 6, 1), signed_on=SIGNED)])
    session.execute(
        text("""insert into operational.start_request_ends (request_id, outcome, reason, recorded_at)
                select id, 'withdrawn', 'odstąpienie', '2026-05-10' from operational.start_requests
                where contract_id = :contract"""),
        {"contract": pair.contract_id},
    )
    by_reason = {row.reason: row for row in watch.totals(session, narrowed=watch.WatchFilter(), today=TODAY)}
    assert set(by_reason) == {"customer_withdrew", "no_case"}
    assert by_reason["customer_withdrew"].stake == Decimal("1752.00")  # one year
    (lost,) = watch.watched(session, narrowed=watch.WatchFilter(state="lost"), today=TODAY)
    assert (lost.detail, lost.due_on) == ("odstąpienie", date(2026, 5, 10))
    made = watch.refresh(session, as_of=TODAY)
    assert (made.open_count, made.late_count, made.lost_count, made.finished) == (2, 1, 1, 0)
    assert watch.latest(session) == made
    assert made.stake == Decimal("1891.20")
    assert watch.totals(session, narrowed=watch.WatchFilter(dso="enea"), today=TODAY) == []
