"""Rates and limits of the channels: dated rows that a person may change from a day on, with a reason.

What was in force on a past day stays readable, and what was planned is replaced by the newer plan.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError

_MOST_PER_MINUTE = 1_000_000
_LONGEST_WAIT = 7 * 86_400


class RateError(DomainError):
    """A rule of a channel cannot be changed as asked."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a channel in a period; ``id`` names the version that a form was opened with."""

    id: int
    channel: str
    per_minute: int
    most_attempts: int
    first_wait_seconds: int
    longest_wait_seconds: int
    known_hours: int
    valid_from: date
    valid_to: date | None
    source: str
    recorded_at: datetime
    recorded_by: str
    superseded_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewRule:
    """What a rule should say: messages a minute, attempts before it is given up, seconds between attempts
    (doubled each time, up to the longest), hours for which the provider knows a message sent twice.
    """

    per_minute: int
    most_attempts: int
    first_wait_seconds: int
    longest_wait_seconds: int
    known_hours: int


_COLUMNS = """id, channel, per_minute, most_attempts, first_wait_seconds, longest_wait_seconds, known_hours,
  valid_from, valid_to, source, recorded_at, recorded_by, superseded_at"""


def rules_in_force(session: Session, *, on: date) -> list[Rule]:
    """Return the rules that hold on a day or are planned for later, by channel and day."""
    rows = session.execute(
        text(f"""select {_COLUMNS} from operational.message_channel_rules
                  where superseded_at is null and (valid_to is null or valid_to > :on)
                  order by array_position(array['email', 'sms', 'ebok', 'letter'], channel), valid_from"""),
        {"on": on},
    )
    return [Rule(**row._mapping) for row in rows]


def rule_history(session: Session, *, limit: int = 50) -> list[Rule]:
    """Return what was recorded about rules, newest first, replaced versions included."""
    rows = session.execute(
        text(f"""select {_COLUMNS} from operational.message_channel_rules
                  order by recorded_at desc, id desc limit :limit"""),
        {"limit": limit},
    )
    return [Rule(**row._mapping) for row in rows]


def change_rule(
    session: Session, *, channel: str, seen_id: int, rule: NewRule, valid_from: date, source: str, on: date
) -> int:
    """Let a rule hold from a day on, today (``on``) or later; return its id. The caller commits.

    ``seen_id`` is the version that the person saw; raises RateError ``changed_meanwhile`` when another one is
    in force now, ``rate_day``, ``rate_value`` and ``why_missing`` for what cannot be taken.
    """
    _check(rule, valid_from, source, on)
    current = session.execute(
        text(f"""select {_COLUMNS} from operational.message_channel_rules
                  where channel = :channel and superseded_at is null
                    and (valid_to is null or valid_to > :day)
                  order by valid_from for update"""),
        {"channel": channel, "day": valid_from},
    ).all()
    if seen_id not in {row.id for row in current}:
        raise RateError(
            "changed_meanwhile", "Somebody changed this rule meanwhile. Look at it again and repeat."
        )
    session.execute(
        text("update operational.message_channel_rules set superseded_at = now() where id = any(:ids)"),
        {"ids": [row.id for row in current]},
    )
    for row in current:
        if row.valid_from < valid_from:
            kept = NewRule(
                row.per_minute, row.most_attempts, row.first_wait_seconds, row.longest_wait_seconds,
                row.known_hours,
            )  # fmt: skip
            _insert(session, channel, kept, start=row.valid_from, end=valid_from, source=row.source)
    return _insert(session, channel, rule, start=valid_from, end=None, source=source.strip())


def _insert(
    session: Session, channel: str, rule: NewRule, *, start: date, end: date | None, source: str
) -> int:
    made: int = session.execute(
        text("""
            insert into operational.message_channel_rules (channel, per_minute, most_attempts,
              first_wait_seconds, longest_wait_seconds, known_hours, valid_from, valid_to, source)
            values (:channel, :rate, :attempts, :first, :longest, :known, :start, :end, :source)
            returning id"""),
        {
            "channel": channel, "rate": rule.per_minute, "attempts": rule.most_attempts,
            "first": rule.first_wait_seconds, "longest": rule.longest_wait_seconds,
            "known": rule.known_hours, "start": start, "end": end, "source": source,
        },
    ).scalar_one()  # fmt: skip
    return made


def _check(rule: NewRule, valid_from: date, source: str, on: date) -> None:
    if valid_from < on:
        raise RateError(
            "rate_day", "A rule changes today or later: messages have gone out by the old one already."
        )
    if len(source.strip()) < 3:
        raise RateError("why_missing", "Say why: a reason of three letters or more is needed.")
    limits = (
        (rule.per_minute, 1, _MOST_PER_MINUTE), (rule.most_attempts, 1, 100),
        (rule.first_wait_seconds, 1, _LONGEST_WAIT),
        (rule.longest_wait_seconds, max(rule.first_wait_seconds, 1), _LONGEST_WAIT),
        (rule.known_hours, 1, 24 * 30),
    )  # fmt: skip
    if any(not least <= value <= most for value, least, most in limits):
        raise RateError(
            "rate_value",
            "A value is out of its range: at least 1 message a minute, 1 to 100 attempts, waits of 1 second "
            "to 7 days, the longest not below the first, and 1 to 720 hours.",
        )
