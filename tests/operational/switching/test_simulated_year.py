"""A year of signed contracts against distributors who reject, delay, repeat and mix up: nothing lost, nothing
twice."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel import db
from operational.kernel.calendar import is_working_day
from operational.switching import operations
from operational.switching.operations import mark_sent, run_night, waiting_files
from orchestration.simulator.switching import CODES, Distributors, reasons
from tests.factories.switching import MANDATES, Signed, at, limits, price_lists, sign

FIRST, DAYS, CONTRACTS, SEED = date(2026, 1, 2), 365, 240, 20_261
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
                sign(session, today)
        if not is_working_day(day):
            return
        for file in self.world.files(day):
            self._receive(day, file.name, file.content)
        if day.weekday() not in (0, 3):  # a night may be left out: the next one does its work
            return
        self._clerk(day)
        for _ in range(2 if self.chance.random() < 0.1 else 1):
            run_night(session_factory=self.sessions, as_of=day, moment=at(day))
        self._deliver(day)

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

    def _deliver(self, day: date) -> None:
        """Carry files to the distributors; when it stops between sending and noting it, they come once
        more."""
        stops = self.chance.random() < 0.1
        with self._crashing() if stops else self.sessions.begin() as session:
            for file in waiting_files(session):
                self.world.take(file.channel, file.content)
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
                text("""select id, status, rejection_code, missing from operational.switching_cases
                        where status in ('REJECTED', 'COLLISION') and deadline_on <= :day
                           or status = 'DOCS_INCOMPLETE' and changed_on <= :day - 9 order by id"""),
                {"day": day},
            ).all():
                mine = Random(f"{SEED}:{case.id}:{day}")
                given = {"case_ids": [case.id], "limits": now}
                match case.rejection_code:
                    case _ if case.status == "DOCS_INCOMPLETE":
                        operations.record_signature(session, template="", signed_on=day, **given)
                    case "R11":
                        operations.close(session, note="R11: another kind of contract", **given)
                    case "R09":
                        operations.ask_for_papers(session, template="power_of_attorney", **given)
                    case "R05" if mine.random() < 0.4:
                        operations.cancel(session, note="the customer chose the other seller", **given)
                    case _:
                        operations.resend(session, note="put right", **given)


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


def test_every_signed_contract_of_a_year_is_active_or_has_a_case_with_the_true_reason(database: str) -> None:
    """Play the year, then look at every contract from outside."""
    year = Year(database)
    last = FIRST + timedelta(days=DAYS)
    for number in range(DAYS + 1):
        year.day(FIRST + timedelta(days=number))
    with year.sessions() as session:
        rows = session.execute(_TRUTH).all()
        assert len(rows) == CONTRACTS
        for row in rows:
            assert row.cases == 1, row
            assert (row.supplies == 1) == (row.status in ("SCHEDULED", "ACTIVE")), row
            assert row.valid_from == (row.confirmed_start if row.supplies else None), row
            if row.status == "ACTIVE":
                assert row.confirmed_start <= last, row
            elif row.status in ("CLOSED", "CANCELLED_BY_CUSTOMER"):
                assert row.note, row
            elif row.status in ("REJECTED", "COLLISION"):
                assert row.rejection_code, row
            elif row.status == "DOCS_INCOMPLETE":
                assert row.missing, row
            elif row.status != "READY":  # READY: the notification waits for its window
                assert row.deadline_on is not None, row
        states = Counter(row.status for row in rows)
        assert states["ACTIVE"] > CONTRACTS * 0.8, states
        _nothing_twice(session)
        seen = set(
            session.execute(
                text("""select details ->> 'code' from operational.switching_events
                        where to_status in ('REJECTED', 'COLLISION')""")
            ).scalars()
        )
        assert seen == set(CODES)
    assert year.crashes > 20


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
