"""Dated facts cut at a day: the known versions are closed,
and recorded anew with the change from that day on.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError

# Table and the column that says whose fact it is.
OWNERS: Final = {
    "contract_terms": "contract_id",
    "supply_point_terms": "supply_point_id",
    "contract_conditions": "contract_id",
}
_NEVER_COPIED: Final = ("id", "valid_from", "valid_to", "recorded_at", "superseded_at", "recorded_by")


class ChangeError(DomainError):
    """A change of a contract that does not fit what is recorded."""


@dataclass(frozen=True, slots=True)
class Cut:
    """From ``starts_on`` on the facts of ``owner_id`` have these columns; all other columns stay."""

    owner_id: int
    starts_on: date
    values: Mapping[str, object] = field(default_factory=dict)


def recut(session: Session, *, table: str, cuts: Sequence[Cut], as_of: datetime) -> int:
    """Apply the cuts to a table of dated facts, whatever their number in three statements.

    Return how many versions were closed. A version that holds on ``starts_on`` is recorded again up to it as
    it was, and from it on with the new values; versions that begin later get the new values as well. The
    caller commits. Raises ChangeError when an owner has no fact on the day or later.
    """
    owner, columns = OWNERS[table], _columns(session, table)
    given = [
        {"owner": cut.owner_id, "starts_on": cut.starts_on.isoformat(), "overrides": dict(cut.values)}
        for cut in cuts
    ]
    session.execute(text("drop table if exists pg_temp.cut_rows"))
    session.execute(
        text(
            "create temp table cut_rows on commit drop as "
            f"select f.*, w.starts_on, w.overrides from operational.{table} f "
            "join jsonb_to_recordset(cast(:cuts as jsonb)) as w(owner bigint, starts_on date, "
            f"overrides jsonb) on f.{owner} = w.owner where f.superseded_at is null "
            "and (f.valid_to is null or f.valid_to > w.starts_on)"
        ),
        {"cuts": json.dumps(given, default=str)},
    )
    found: set[int] = set(session.execute(text(f"select distinct {owner} from pg_temp.cut_rows")).scalars())
    lost = [cut for cut in cuts if cut.owner_id not in found]
    if lost:
        raise ChangeError(
            "nothing_to_change",
            f"Nothing is recorded on {lost[0].starts_on} or later that could be changed. Check the day.",
        )
    closed = session.execute(
        text(
            f"update operational.{table} f set superseded_at = :at from pg_temp.cut_rows c where c.id = f.id "
            "returning f.id"
        ),
        {"at": as_of},
    ).all()
    session.execute(text(_insert(table, columns)), {"at": as_of})
    session.execute(text("drop table pg_temp.cut_rows"))
    return len(closed)


def _columns(session: Session, table: str) -> list[str]:
    found: Iterable[str] = session.execute(
        text(
            "select column_name from information_schema.columns where table_schema = 'operational' "
            "and table_name = :table order by ordinal_position"
        ),
        {"table": table},
    ).scalars()
    return [name for name in found if name not in _NEVER_COPIED]


def _insert(table: str, columns: Sequence[str]) -> str:
    names = ", ".join(columns)
    old, new = (", ".join(f"{source}.{name}" for name in columns) for source in ("c", "n"))
    return f"""
      insert into operational.{table} ({names}, valid_from, valid_to, recorded_at)
      select {old}, c.valid_from, c.starts_on, :at from pg_temp.cut_rows c where c.valid_from < c.starts_on
      union all
      select {new}, greatest(c.valid_from, c.starts_on), c.valid_to, :at from pg_temp.cut_rows c
      cross join lateral jsonb_populate_record(null::operational.{table},
        (to_jsonb(c) - 'starts_on' - 'overrides') || c.overrides) n"""


def next_number(session: Session, *, prefix: str, on: date) -> str:
    """Take the next number of a series of changes, e.g. AN/2026/00012; locked until the commit."""
    code = f"{prefix}/{on:%Y}"
    found: int = session.execute(
        text(
            "insert into operational.change_series as s (code, last_number) values (:code, 1) "
            "on conflict (code) do update set last_number = s.last_number + 1 returning last_number"
        ),
        {"code": code},
    ).scalar_one()
    return f"{code}/{found:05d}"


def check_version(found: int, given: int) -> None:
    """Refuse a form that was drawn before somebody else changed the record."""
    if found != given:
        raise ChangeError(
            "changed_meanwhile", "Somebody changed this record meanwhile. Reload the page and do it again."
        )


def limit(session: Session, *, code: str, on: date) -> int:
    """Return a limit of this room that holds on a day (``change_limits``)."""
    found: int | None = session.execute(
        text(
            "select value from operational.change_limits where code = :code and superseded_at is null "
            "and valid_from <= :on and (valid_to is null or valid_to > :on)"
        ),
        {"code": code, "on": on},
    ).scalar_one_or_none()
    if found is None:
        raise ChangeError("limit_missing", f"The limit {code} has no value on {on}. Record one.")
    return found
