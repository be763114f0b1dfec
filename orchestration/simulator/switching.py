"""Distributors and the hub as they answer: accept, reject with every code, delay, repeat, mix up the order.

Nothing here is kept between calls: what a distributor does with a notification follows from the seed and the
notification's number alone, so a simulation that was interrupted goes on as if nothing had happened.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.calendar import add_working_days
from operational.switching.channels import CHANNELS
from operational.switching.channels.adapter import Answer, AnswerKind, Notice

CODES: Final = tuple(f"R{number:02d}" for number in range(1, 13))
# How often a code comes; a few are rare in life and come often enough here to be seen.
_WEIGHTS: Final = (2, 3, 1, 1, 2, 3, 3, 1, 3, 2, 1, 2)


@dataclass(frozen=True, slots=True)
class Habits:
    """How often distributors do what: shares of 0 to 1 of notifications."""

    rejected: float = 0.3
    rejected_again: float = 0.15
    delayed: float = 0.08
    silent: float = 0.01
    repeated: float = 0.15
    shuffled: float = 0.15


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """A file that a distributor sends on a day."""

    name: str
    channel: str
    dso_code: str
    content: bytes


@dataclass(slots=True)
class Distributors:
    """All distributors and the hub, with one seed. ``reasons`` maps (channel, our code) to their code."""

    reasons: Mapping[tuple[str, str], str]
    seed: int = 2026
    habits: Habits = field(default_factory=Habits)
    _plan: dict[date, dict[tuple[str, str], list[Answer]]] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)

    def take(self, channel: str, content: bytes) -> int:
        """Read a file of ours and plan the answers; a notification seen before plans nothing. Return how
        many."""
        notices = CHANNELS[channel].read_notices(content)
        new = [notice for notice in notices.rows if notice.message_id not in self._known]
        for notice in new:
            self._known.add(notice.message_id)
            for day, answer in self.answers(channel, notices.dso_code, notice):
                self._at(day, channel, notices.dso_code).append(answer)
        return len(new)

    def tell(self, day: date, channel: str, dso_code: str, answer: Answer) -> None:
        """Plan a message with which a distributor begins: a customer leaves, reserve supply."""
        self._at(day, channel, dso_code).append(answer)

    def _at(self, day: date, channel: str, dso_code: str) -> list[Answer]:
        return self._plan.setdefault(day, defaultdict(list))[channel, dso_code]

    def files(self, day: date) -> list[AnswerFile]:
        """Return the files of a day, in an order of its own; the same day gives the same files."""
        chance = Random(f"{self.seed}:{day}")
        files = []
        for (channel, dso), answers in sorted(self._plan.get(day, {}).items()):
            rows = sorted(answers, key=lambda row: row.message_id)
            chance.shuffle(rows)
            half = len(rows) // 2 if len(rows) > 3 and chance.random() < self.habits.shuffled else 0
            for part, chosen in enumerate((rows[:half], rows[half:])):
                if chosen:
                    adapter = CHANNELS[channel]
                    name = f"{dso}-{day:%Y%m%d}-{channel}-{part}.{adapter.extension}"
                    files.append(AnswerFile(name, channel, dso, adapter.write_answers(dso, chosen)))
        chance.shuffle(files)
        return files

    def days(self) -> list[date]:
        """Return the days on which something is sent."""
        return sorted(self._plan)

    def forget(self, day: date, told: set[str]) -> None:
        """Leave out messages of a day that were taken before."""
        for answers in self._plan[day].values():
            answers[:] = [row for row in answers if row.message_id not in told]

    def answers(self, channel: str, dso_code: str, notice: Notice) -> list[tuple[date, Answer]]:
        """Return what a notice is answered and when; the same notice always the same."""
        chance, mark = Random(f"{self.seed}:{notice.message_id}"), notice.message_id

        def answer(kind: AnswerKind, day: date, *, number: str = "1", **more: object) -> Answer:
            return Answer(
                message_id=f"{dso_code}-{mark}-{kind}-{number}", kind=kind, issued_on=day,
                point_code=notice.point_code, reference=mark, **more,  # type: ignore[arg-type]
            )  # fmt: skip

        if notice.kind == "cancellation":
            day = add_working_days(notice.issued_on, 1)
            return [(day, answer("cancelled", day))]
        if notice.kind != "notification" or chance.random() < self.habits.silent:
            return []
        received = add_working_days(notice.issued_on, chance.choice((0, 0, 1)) + 1)
        days = chance.randint(6, 11) if chance.random() < self.habits.delayed else chance.randint(1, 4)
        judged = add_working_days(received, days)
        verdict = self._verdict(channel, notice, chance, judged, answer)
        ack = answer("ack", received)
        if chance.random() < self.habits.shuffled:  # the receipt comes after the verdict
            told = [(judged, verdict), (add_working_days(judged, 1), ack)]
        else:
            told = [(received, ack), (judged, verdict)]
        if chance.random() < self.habits.repeated:  # the same message in another file
            told.append((add_working_days(judged, 1), verdict))
        if chance.random() < self.habits.repeated / 2:  # the same answer under a new number
            late = add_working_days(judged, 2)
            told.append((late, self._verdict(channel, notice, Random(0), late, answer, like=verdict)))
        return told

    def _verdict(  # noqa: PLR0917
        self,
        channel: str,
        notice: Notice,
        chance: Random,
        day: date,
        answer: Callable[..., Answer],
        like: Answer | None = None,
    ) -> Answer:
        if like is not None:
            return answer(
                like.kind, day, number="2", start_on=like.start_on, reason=like.reason, text=like.text
            )
        share = self.habits.rejected if _attempt(notice) == 1 else self.habits.rejected_again
        if chance.random() >= share:
            return answer("accepted", day, start_on=notice.start_on)
        code = chance.choices(CODES, weights=_WEIGHTS)[0]
        earliest = {"R06": timedelta(days=7), "R07": timedelta(days=31)}.get(code)
        return answer(
            "rejected", day, reason=self.reasons[channel, code], text=code,
            start_on=notice.start_on + earliest if earliest else None,
        )  # fmt: skip


def _attempt(notice: Notice) -> int:
    return int(notice.message_id.rpartition("-")[2].rstrip("CA"))


def reasons(session: Session) -> dict[tuple[str, str], str]:
    """Return the codes of every channel for our reasons."""
    rows = session.execute(
        text(
            "select channel, code, min(external_code) as theirs from "
            "operational.switching_reason_codes group by 1, 2"
        )
    ).all()
    return {(row.channel, row.code): row.theirs for row in rows}


def answers_due(
    session: Session, *, until: date, seed: int = 2026, habits: Habits | None = None
) -> list[AnswerFile]:
    """Return the files that distributors would have sent by a day for everything we sent, unanswered so
    far."""
    world = Distributors(reasons(session), seed=seed, habits=habits or Habits())
    for row in session.execute(
        text("""select channel, content from operational.switching_files where direction = 'out'
                and sent_at is not null order by id""")
    ).all():
        world.take(row.channel, bytes(row.content))
    told: set[str] = set(
        session.execute(
            text("select message_id from operational.switching_messages where direction = 'in'")
        ).scalars()
    )
    return list(_untold(world, told, until))


def _untold(world: Distributors, told: set[str], until: date) -> Iterable[AnswerFile]:
    for day in world.days():
        if day <= until:
            world.forget(day, told)
            yield from world.files(day)
