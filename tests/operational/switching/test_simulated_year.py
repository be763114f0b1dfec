"""A year of signed contracts against distributors who reject, delay, repeat and mix up: nothing lost, nothing
twice, and each contract is billed from its first day or listed with the reason that the story knows."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.contracts import signing
from operational.crm.service import watch
from operational.kernel import db
from operational.kernel.calendar import is_working_day
from operational.kernel.settings import reset_settings
from operational.switching import operations
from operational.switching.channels import CHANNELS
from operational.switching.channels.adapter import Answer
from operational.switching.operations import mark_sent, run_night, waiting_files
from orchestration.simulator.switching import CODES, Distributors, reasons
from tests.factories import year_bills
from tests.factories.switching import MANDATES, Signed, at, limits, point_code, price_lists, sign

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

FIRST, DAYS, CONTRACTS, SEED = date(2026, 1, 2), 365, 240, 20_261
LAST, TODAY = date(2027, 1, 2), date(2027, 1, 8)  # the last night of the year; the day of the comparison
_REPAIRED_BY_THE_NIGHT = ("R06", "R07", "R12")
_DSOS = (("tauron", "electricity"), ("pge", "electricity"), ("enea", "electricity"), ("energa",
"electricity"),
         ("psg", "gas"))  # fmt: skip


class Crash(Exception):
    """The machine stops in the middle of something."""


class Year:
    """The world around the nights: signatures, files on their way, clerks with their tasks, crashes."""

    def __init__(self, database: str) -> None:
        self.database, self.chance = database, Random(SEED)
        self.sessions = db.session_factory("app", database, actor="test:year")
        with self.sessions() as session, session.begin():
            price_lists(session)
            # One paper for a case is enough here: each takes some milliseconds to draw.
            session.execute(
                text("""update operational.switching_paper_rules set valid_to = date '2001-01-01'
                        where template <> 'power_of_attorney' or dso_code <> '' """)
            )
            self.world = Distributors(reasons(session), seed=SEED)
        self.signed = [self._contract(serial) for serial in range(1, CONTRACTS + 1)]
        self.crashes = 0
        # What the world knows, by point: our notifications, their verdicts and when, what people did.
        self.noticed: dict[str, list[str]] = defaultdict(list)
        self.verdicts: dict[str, dict[str, tuple[date, Answer]]] = defaultdict(dict)
        self.acts: dict[str, tuple[int, str]] = {}
        self.withdrew: dict[str, date] = {}
        self.last_night = FIRST

    def _contract(self, serial: int) -> Signed:
        dso, medium = _DSOS[serial % len(_DSOS)]
        day = FIRST + timedelta(days=self.chance.randrange(DAYS - 70))
        lacks = self.chance.random() < 0.06
        return Signed(
            serial, wanted_start=day + timedelta(days=self.chance.randint(5, 60)), signed_on=day,
            dso_code=dso,
            medium=medium, kind="first_switch" if serial % 4 == 0 else "switch",
            customer_kind="business" if serial % 7 == 0 else "household",
            mandates=("termination_of_old",) if lacks else MANDATES,
        )  # fmt: skip

    def day(self, day: date) -> None:
        """Live through a day: sign, receive, work off tasks, run the night, send; some days stop half-way."""
        with self.sessions() as session, session.begin():
            today = [one for one in self.signed if one.signed_on == day]
            if today:
                _give_withdrawal_right(session, sign(session, today))
            self._withdraw(session, day)
        if not is_working_day(day):
            return
        for file in self.world.files(day):
            self._receive(day, file.name, file.content)
        if day.weekday() not in (0, 3):  # a night may be left out: the next one does its work
            return
        self._clerk(day)
        for _ in range(2 if self.chance.random() < 0.1 else 1):
            run_night(session_factory=self.sessions, as_of=day, moment=at(day))
        self.last_night = day
        self._deliver(day)

    def _withdraw(self, session: Session, day: date) -> None:
        """Some customers withdraw: most in the first days, some on the last, when supply may have begun."""
        for one in self.signed:
            days = {5: 6, 11: 30}.get(one.serial % 13)
            if days is not None and day == one.signed_on + timedelta(days=days):
                contract_id = session.execute(
                    text("select id from operational.contracts where number = :number"),
                    {"number": one.number},
                ).scalar_one()
                signing.withdraw(
                    session, contract_id=contract_id, withdrawn_on=day, reason="odstąpienie", as_of=at(day)
                )
                self.withdrew[point_code(one)] = day

    def _receive(self, day: date, name: str, content: bytes) -> None:
        if self.chance.random() < 0.1:
            with self._crashing() as session:
                operations.receive_file(session, content=content, name=name, limits=limits(session, day))
        for _ in range(2 if self.chance.random() < 0.1 else 1):
            with self.sessions() as session, session.begin():
                got = operations.receive_file(
                    session, content=content, name=name, limits=limits(session, day)
                )
                assert got.status in ("imported", "already_imported"), got
        for channel in CHANNELS.values():
            if channel.is_mine(content):
                for answer in channel.read_answers(content).rows:
                    if answer.kind in ("accepted", "rejected"):
                        known = self.verdicts[answer.point_code]
                        known.setdefault(answer.reference, (day, answer))
                return

    def _deliver(self, day: date) -> None:
        """Carry files to the distributors; when it stops between sending and noting it, they come once
        more."""
        stops = self.chance.random() < 0.1
        with self._crashing() if stops else self.sessions.begin() as session:
            for file in waiting_files(session):
                self.world.take(file.channel, file.content)
                for notice in CHANNELS[file.channel].read_notices(file.content).rows:
                    if (
                        notice.kind == "notification"
                        and notice.message_id not in self.noticed[notice.point_code]
                    ):
                        self.noticed[notice.point_code].append(notice.message_id)
                mark_sent(session, file_id=file.id, moment=at(day))
        if stops:
            self._deliver_again(day)

    def _deliver_again(self, day: date) -> None:
        with self.sessions() as session, session.begin():
            for file in waiting_files(session):
                assert self.world.take(file.channel, file.content) == 0
                mark_sent(session, file_id=file.id, moment=at(day))

    @contextmanager
    def _crashing(self) -> Iterator[Session]:
        """Do something and lose it, as when the process is killed before the commit."""
        with self.sessions() as session:
            yield session
            session.rollback()
        self.crashes += 1

    def _clerk(self, day: date) -> None:
        """Work off rejections whose deadline has come, and papers that customers bring after a while."""
        with self.sessions() as session, session.begin():
            now = limits(session, day)
            for case in session.execute(
                text("""select c.id, c.status, c.rejection_code, c.missing, p.code
                        from operational.switching_cases c
                        join operational.supply_points p on p.id = c.supply_point_id
                        where c.status in ('REJECTED', 'COLLISION') and c.deadline_on <= :day
                           or c.status = 'DOCS_INCOMPLETE' and c.changed_on <= :day - 9 order by c.id"""),
                {"day": day},
            ).all():
                mine = Random(f"{SEED}:{case.id}:{day}")
                given = {"case_ids": [case.id], "limits": now}
                match case.rejection_code:
                    case _ if case.status == "DOCS_INCOMPLETE":
                        operations.record_signature(session, template="", signed_on=day, **given)
                        done = "not_sent"
                    case "R11":
                        operations.close(session, note="R11: another kind of contract", **given)
                        done = "case_closed"
                    case "R09":
                        operations.ask_for_papers(session, template="power_of_attorney", **given)
                        done = "papers_missing"
                    case "R05" if mine.random() < 0.4:
                        operations.cancel(session, note="the customer chose the other seller", **given)
                        done = "case_cancelled"
                    case _:
                        operations.resend(session, note="put right", **given)
                        done = "not_sent"
                self.acts[case.code] = (len(self.noticed[case.code]), done)

    def start_of(self, one: Signed) -> date | None:
        """Return the first day of supply as the distributor told it; None when it never began."""
        code = point_code(one)
        told = self.verdicts[code].get(self.noticed[code][-1]) if self.noticed[code] else None
        start = told[1].start_on if told and told[1].kind == "accepted" else None
        withdrew = self.withdrew.get(code)
        return None if start is None or (withdrew and withdrew < start) else start

    def reason(self, one: Signed) -> str:
        """Return why a contract has no supply, as the world knows it."""
        code = point_code(one)
        if code in self.withdrew:
            return "customer_withdrew"
        if not (noticed := self.noticed[code]):
            return self.acts.get(code, (0, "papers_missing" if len(one.mandates) < 3 else "not_sent"))[1]
        sent, done = self.acts.get(code, (0, ""))
        if sent == len(noticed):
            return done
        if noticed[-1] not in self.verdicts[code]:
            return "no_answer"
        day, answer = self.verdicts[code][noticed[-1]]
        if answer.text in _REPAIRED_BY_THE_NIGHT and day <= self.last_night:
            return "not_sent"
        return "collision" if answer.text == "R05" else "rejected"


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


def _give_withdrawal_right(session: Session, signed: list[Any]) -> None:
    """Sign off the premises, with supply wanted before the 30 days of withdrawal are over."""
    session.execute(
        text("""insert into operational.contract_signatures (contract_id, state, written_contract_id,
                  signed_on, channel, withdrawal_until, early_start, recorded_at)
                select id, 'signed', id, signed_on, 'off_premises', signed_on + 30, true, signed_on
                from operational.contracts where id = any(:ids)"""),
        {"ids": [row.contract_id for row in signed]},
    )


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
