"""A year of signed contracts against distributors who reject, delay, repeat and mix up: nothing lost, nothing
twice, and each contract is billed from its first day or listed with the reason that the story knows."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.service import watch
from operational.kernel.settings import reset_settings
from operational.switching.operations import run_night
from orchestration.simulator.switching import CODES
from tests.factories import year_bills
from tests.factories.switching import Signed, at, point_code
from tests.factories.switching_year import CONTRACTS, DAYS, FIRST, LAST, TODAY, Year

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]


_TRUTH = text("""
  select k.number, c.status, c.confirmed_start, c.rejection_code, c.missing, c.note, c.deadline_on,
    s.valid_from,
    (select count(*) from operational.switching_cases x where x.contract_id = k.id) as cases,
    (select count(*) from operational.contract_supply_points y where y.contract_id = k.id
      and y.superseded_at is null) as supplies
  from operational.contracts k
  left join operational.switching_cases c on c.contract_id = k.id
  left join operational.contract_supply_points s on s.contract_id = k.id and s.superseded_at is null
  order by k.number""")


@pytest.fixture
def early_january(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the warehouse know what is known on the day of the comparison."""
    monkeypatch.setenv("IRIS_TODAY", TODAY.isoformat())
    reset_settings()
    yield
    monkeypatch.undo()
    reset_settings()


def test_every_signed_contract_of_a_year_is_billed_from_its_start_or_listed_with_the_true_reason(
    database: str, early_january: None
) -> None:
    """Play the year, look at every contract from outside, bill what is supplied, and look at the list."""
    year = Year(database)
    for number in range(DAYS + 1):
        year.day(FIRST + timedelta(days=number))
    _switching_is_whole(year)
    _bill(year)
    _billed_or_listed(year)
    assert year.crashes > 20


def _switching_is_whole(year: Year) -> None:
    with year.sessions() as session:
        rows = session.execute(_TRUTH).all()
        assert len(rows) == CONTRACTS
        withdrew = {one.number for one in year.signed if point_code(one) in year.withdrew}
        for row in rows:
            assert row.cases == 1, row
            assert (row.supplies == 1) == (row.status in ("SCHEDULED", "ACTIVE", "ENDING")), row
            assert row.valid_from == (row.confirmed_start if row.supplies else None), row
            if row.status == "ACTIVE":
                assert row.confirmed_start <= LAST, row
            elif row.status in ("CLOSED", "CANCELLED_BY_CUSTOMER"):
                assert row.note, row
            elif row.status in ("REJECTED", "COLLISION"):
                assert row.rejection_code, row
            elif row.status == "DOCS_INCOMPLETE":
                assert row.missing, row
            elif row.status == "WITHDRAWN":
                assert row.number in withdrew, row
            elif row.status != "READY":  # READY: the notification waits for its window
                assert row.deadline_on is not None, row
        states = Counter(row.status for row in rows)
        assert states["ACTIVE"] > CONTRACTS * 0.7, states
        assert states["ENDING"] > 2, states
        _nothing_twice(session)
        seen = set(
            session.execute(
                text("""select details ->> 'code' from operational.switching_events
                        where to_status in ('REJECTED', 'COLLISION')""")
            ).scalars()
        )
        assert seen == set(CODES)


def _gap(one: Signed) -> str:
    """Return what goes wrong between the supply and the bill of a contract, by the story."""
    if one.serial % 31 == 3:
        return "no_start_reading"
    if one.serial % 37 == 4:
        return "no_meter"
    if one.serial % 41 == 6 and one.medium == "electricity":
        return "missing_contracted_power"
    return "message_waiting" if one.serial % 29 == 7 else ""


def _bill(year: Year) -> None:
    """Meters, readings, one run at the end of the year, and its bills on their way; letters wait."""
    gaps: dict[str, list[str]] = defaultdict(list)
    for one in year.signed:
        gaps[_gap(one)].append(point_code(one))
    with year.sessions() as session, session.begin():
        year_bills.price(session)
        year_bills.meter(
            session, last=LAST,
            gaps=year_bills.Gaps(
                gaps["no_start_reading"], gaps["no_meter"], gaps["missing_contracted_power"]
            ),
        )  # fmt: skip
        session.execute(
            text("""update operational.customers set invoice_channel = 'letter' where id in (
                      select k.customer_id from operational.contracts k join operational.start_requests r
                        on r.contract_id = k.id join operational.supply_points p on p.id = r.supply_point_id
                      where p.code = any(:codes))"""),
            {"codes": gaps["message_waiting"]},
        )
    issued = year_bills.bill(
        year.database, through=date(2026, 12, 31), issue_date=date(2027, 1, 5), moment=at(date(2027, 1, 5))
    )
    assert issued.documents > CONTRACTS
    year_bills.dispatch(year.sessions, moment=at(date(2027, 1, 7)))
    run_night(session_factory=year.sessions, as_of=TODAY, moment=at(TODAY))


def _expected(year: Year, one: Signed) -> tuple[str, str]:
    """Return ("billed", first day) or the reason and its detail that the list must show."""
    start = year.start_of(one)
    if start is None:
        return year.reason(one), ""
    gap = _gap(one)
    if gap == "no_start_reading":
        return gap, ""
    if start > date(2026, 12, 31):
        return ("waits_for_start" if start > TODAY else "not_billed"), ""
    if gap in ("no_meter", "missing_contracted_power"):
        return "exception", gap
    return gap or "billed", ""


def _billed_or_listed(year: Year) -> None:
    with year.sessions() as session, session.begin():
        watch.refresh(session, as_of=TODAY)
        listed = {
            row.point_code: row
            for row in watch.watched(
                session, narrowed=watch.WatchFilter(state="all"), today=TODAY, limit=CONTRACTS + 1
            )
        }
        billed = {
            row.code: row
            for row in session.execute(
                text("""select p.code, min(b.period_from) as first, max(b.period_to) as last
                          from operational.billing_scopes b
                          join operational.supply_points p on p.id = b.supply_point_id
                         where b.invoice_id is not null group by 1""")
            ).all()
        }
    seen: Counter[str] = Counter()
    wrong: list[object] = []
    for one in year.signed:
        code, start, (reason, detail) = point_code(one), year.start_of(one), _expected(year, one)
        seen[reason] += 1
        first = billed[code].first if code in billed else None
        if reason in ("billed", "message_waiting"):
            is_right = first == start
            if code in year.withdrew:
                is_right &= billed[code].last == year.withdrew[code] + timedelta(days=1)
        else:  # later months may be billed; the first days are not
            is_right = first is None or (start is not None and first > start)
        found = listed.pop(code, None)
        told = ("billed", "") if found is None else (found.reason, found.detail)
        if not is_right or told[0] != reason or (detail and told[1] != detail):
            wrong.append((one, start, first, reason, detail, told))
    assert wrong == []
    assert listed == {}
    with year.sessions() as session:
        ended = session.execute(
            text("""select p.code, c.status from operational.switching_cases c
                    join operational.supply_points p on p.id = c.supply_point_id
                    where c.end_on is not null""")
        ).all()
    assert len(ended) > 2
    assert {row.code for row in ended if row.status == "CLOSED"} == {row.code for row in ended} & set(billed)
    assert seen["billed"] > CONTRACTS * 0.6, seen
    assert {"customer_withdrew", "exception", "no_start_reading", "message_waiting", "case_closed"} <= set(
        seen
    )


def _nothing_twice(session: Session) -> None:
    twice = session.execute(
        text("""select count(*) - count(distinct (case_id, kind, attempt)) as sent,
                  (select count(*) from operational.switching_messages where outcome = 'contradiction') as
                    contradictions,
                  (select count(*) from raw.rejected_files) as refused,
                  (select count(*) from operational.switching_cases where sent_on is null and attempt > 0) as
                    unsent,
                  (select count(*) from (select contract_id from operational.start_request_ends e
                    join operational.start_requests r on r.id = e.request_id group by 1 having count(*) > 1)
                      x) as ends
                from operational.switching_messages where direction = 'out'""")
    ).one()
    assert tuple(twice) == (0, 0, 0, 0, 0)
