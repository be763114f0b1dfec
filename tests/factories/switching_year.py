"""A year of signed contracts: signatures, withdrawals, files on their way, clerks and crashes,
and what the world knows of each contract.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.contracts import signing
from operational.kernel import db
from operational.kernel.calendar import is_working_day
from operational.switching import operations
from operational.switching.channels import CHANNELS
from operational.switching.channels.adapter import Answer
from operational.switching.operations import mark_sent, run_night, waiting_files
from orchestration.simulator.switching import Distributors, reasons
from tests.factories.switching import MANDATES, Signed, at, limits, point_code, price_lists, sign

FIRST, DAYS, CONTRACTS, SEED = date(2026, 1, 2), 365, 240, 20_261
LAST, TODAY = date(2027, 1, 2), date(2027, 1, 8)  # the last night of the year; the day of the comparison
_REPAIRED_BY_THE_NIGHT = ("R06", "R07", "R12")
_DSOS = (("tauron", "electricity"), ("pge", "electricity"), ("enea", "electricity"), ("energa",
"electricity"),
         ("psg", "gas"))  # fmt: skip


def _give_withdrawal_right(session: Session, signed: list[Any]) -> None:
    """Sign off the premises, with supply wanted before the 30 days of withdrawal are over."""
    session.execute(
        text("""insert into operational.contract_signatures (contract_id, state, written_contract_id,
                  signed_on, channel, withdrawal_until, early_start, recorded_at)
                select id, 'signed', id, signed_on, 'off_premises', signed_on + 30, true, signed_on
                from operational.contracts where id = any(:ids)"""),
        {"ids": [row.contract_id for row in signed]},
    )


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
