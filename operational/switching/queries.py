"""Reads of switching: the board, lists, a case with its log, files, the calendar of starts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from operational.kernel.rows import first, rows
from operational.switching.rules import ENDED, STAGES

CARDS: Final = 12
# Columns of a case as lists and cards show it; the risk is a deadline that is near (switching_deadlines:
# at_risk) or past.
_CASE = """
  select c.id, c.public_id::text as public_id, c.number, c.direction, c.kind, c.medium, c.dso_code, d.name as
    dso_name,
    c.channel, c.status, c.wanted_start, c.confirmed_start, c.end_on, c.opened_on, c.changed_on, c.sent_on,
    c.deadline_on, c.attempt, c.rejection_code, c.missing, c.note, c.closed_on, c.row_version, c.contract_id,
    c.supply_point_id, c.customer_id, k.name as customer_name, k.customer_number,
    k.public_id::text as customer_public_id, p.code as point_code, p.public_id::text as point_public_id,
    n.number as contract_number, n.public_id::text as contract_public_id,
    cast(:as_of as date) - c.opened_on as age_days,
    case when c.closed_on is not null or c.deadline_on is null or c.status = 'ACTIVE' then ''
      when c.deadline_on < :as_of and c.status <> 'SCHEDULED' then 'late'
      when c.deadline_on <= cast(:as_of as date) + coalesce((select min(l.value) from
        operational.switching_deadlines l
        where l.code = 'at_risk' and l.medium = c.medium and l.valid_from <= :as_of
          and (l.valid_to is null or l.valid_to > :as_of)), 0) then 'near' else 'far' end as risk
  from operational.switching_cases c
  join operational.customers k on k.id = c.customer_id
  join operational.supply_points p on p.id = c.supply_point_id
  join operational.contracts n on n.id = c.contract_id
  join operational.dsos d on d.code = c.dso_code"""
_FILTERS = {
    "status": "c.status = :status",
    "stage": "c.status = any(:stage) and c.direction = 'in'",
    "dso": "c.dso_code = :dso",
    "medium": "c.medium = :medium",
    "direction": "c.direction = :direction",
    "code": "c.rejection_code = :code",
    "search": "(k.name ilike :like or k.customer_number = :search or p.code = :search or c.number = :search"
    " or n.number = :search)",
}


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as lists show it; ``risk`` is late, near, far or '' (no deadline runs)."""

    id: int
    public_id: str
    number: str
    direction: str
    kind: str
    medium: str
    dso_code: str
    dso_name: str
    channel: str
    status: str
    wanted_start: date
    confirmed_start: date | None
    end_on: date | None
    opened_on: date
    changed_on: date
    sent_on: date | None
    deadline_on: date | None
    attempt: int
    rejection_code: str | None
    missing: Sequence[str]
    note: str
    closed_on: date | None
    row_version: int
    contract_id: int
    supply_point_id: int
    customer_id: int
    customer_name: str
    customer_number: str
    customer_public_id: str
    point_code: str
    point_public_id: str
    contract_number: str
    contract_public_id: str
    age_days: int
    risk: str

    @property
    def starts_on(self) -> date:
        """Return the confirmed first day, or the one asked for."""
        return self.confirmed_start or self.wanted_start


@dataclass(frozen=True, slots=True)
class Stage:
    """A column of the board: how many cases, how many late, the most urgent ones as cards."""

    code: str
    cases: int
    late: int
    cards: tuple[CaseRow, ...]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The filter of a list of cases; empty fields do not narrow."""

    status: str = ""
    stage: str = ""
    dso: str = ""
    medium: str = ""
    direction: str = ""
    code: str = ""
    search: str = ""
    risk: str = ""
    open_only: bool = False


_NAMES = tuple(item.name for item in fields(CaseRow))


def _case_row(row: Any) -> CaseRow:
    return CaseRow(**{name: getattr(row, name) for name in _NAMES})


def board(session: Session, *, as_of: date, dso: str = "", medium: str = "") -> list[Stage]:
    """Return the columns of the board for cases that come in; the active ones of the last 30 days only."""
    narrowed = " and (:dso = '' or c.dso_code = :dso) and (:medium = '' or c.medium = :medium)"
    found = rows(
        session,
        f"""with picked as (select x.*, row_number() over (partition by x.stage order by x.is_late desc,
                x.deadline_on nulls last, x.id) as place, count(*) over (partition by x.stage) as cases,
                count(*) filter (where x.is_late) over (partition by x.stage) as late
              from (select c.id, c.deadline_on, s.stage,
                  coalesce(c.deadline_on < :as_of and c.status not in ('ACTIVE', 'SCHEDULED'), false) as
                    is_late
                from operational.switching_cases c
                join unnest(cast(:stages as text[]), cast(:statuses as text[])) as s (stage, status)
                  on s.status = c.status
                where c.direction = 'in' and (c.status <> 'ACTIVE' or c.changed_on > cast(:as_of as date) -
                  30)
                {narrowed}) x)
            select picked.stage, picked.cases as stage_cases, picked.late as stage_late, y.*
            from picked join ({_CASE}) y on y.id = picked.id where picked.place <= :cards
            order by picked.stage, picked.place""",
        {
            "as_of": as_of, "dso": dso, "medium": medium, "cards": CARDS,
            "stages": [stage for stage, states in STAGES.items() for _ in states],
            "statuses": [state.value for states in STAGES.values() for state in states],
        },
    )  # fmt: skip
    columns = []
    for code in STAGES:
        its = [row for row in found if row.stage == code]
        cases, late = (its[0].stage_cases, its[0].stage_late) if its else (0, 0)
        columns.append(Stage(code, cases, late, tuple(_case_row(row) for row in its)))
    return columns


def cases(
    session: Session, *, as_of: date, narrowed: Narrowed, offset: int = 0, limit: int = 51,
    public_ids: Sequence[str] | None = None,
) -> list[CaseRow]:  # fmt: skip
    """Return cases by a filter, the nearest deadline first."""
    given: dict[str, Any] = {"as_of": as_of, "offset": offset, "limit": limit}
    where = ["true"]
    for name, sql in _FILTERS.items():
        if value := getattr(narrowed, name):
            where.append(sql)
            given[name] = [state.value for state in STAGES.get(value, ())] if name == "stage" else value
    if narrowed.search:
        given["like"] = "%" + narrowed.search.replace("%", r"\%").replace("_", r"\_") + "%"
    if narrowed.open_only:
        where.append("c.closed_on is null and c.status <> 'ACTIVE'")
    if public_ids is not None:
        where.append("c.public_id = any(cast(:public_ids as uuid[]))")
        given["public_ids"] = list(public_ids)
    sql = f"select * from ({_CASE} where {' and '.join(where)}) x"
    if narrowed.risk in ("late", "near"):
        sql += " where x.risk = :risk"
        given["risk"] = narrowed.risk
    found = rows(
        session,
        f"{sql} order by (closed_on is not null), (status = 'ACTIVE'), deadline_on nulls last, id"
        " offset :offset limit :limit",
        given,
    )
    return [_case_row(row) for row in found]


def case(session: Session, *, public_id: str, as_of: date) -> CaseRow | None:
    """Return a case; None when there is none."""
    row = first(session, f"{_CASE} where c.public_id::text = :id", {"id": public_id, "as_of": as_of})
    return None if row is None else _case_row(row)


def cases_of_customer(session: Session, *, customer_id: int, as_of: date) -> list[CaseRow]:
    """Return the cases of a customer, newest first."""
    found = rows(
        session, f"{_CASE} where c.customer_id = :id order by c.id desc", {"id": customer_id, "as_of": as_of}
    )
    return [_case_row(row) for row in found]


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the log of a case."""

    kind: str
    from_status: str | None
    to_status: str | None
    happened_on: date
    details: dict[str, Any]
    recorded_at: datetime
    recorded_by: str


def events(session: Session, *, case_id: int) -> list[Event]:
    """Return the log of a case, newest first."""
    found = rows(
        session,
        "select kind, from_status, to_status, happened_on, details, recorded_at, recorded_by"
        " from operational.switching_events where case_id = :id order by id desc",
        {"id": case_id},
    )
    return [Event(*row) for row in found]


@dataclass(frozen=True, slots=True)
class Message:
    """A message sent or received about a case, with its file."""

    direction: str
    kind: str
    message_id: str
    attempt: int
    issued_on: date
    outcome: str
    payload: dict[str, Any]
    file_public_id: str
    file_name: str


def messages(session: Session, *, case_id: int) -> list[Message]:
    """Return the messages of a case, newest first."""
    found = rows(
        session,
        "select m.direction, m.kind, m.message_id, m.attempt, m.issued_on, m.outcome, m.payload,"
        " f.public_id::text as file_public_id, f.name as file_name from operational.switching_messages m"
        " join operational.switching_files f on f.id = m.file_id where m.case_id = :id order by m.id desc",
        {"id": case_id},
    )
    return [Message(*row) for row in found]


@dataclass(frozen=True, slots=True)
class CasePaper:
    """A paper of a case: made (then with the id of its PDF), signed or still missing."""

    template: str
    name_pl: str
    name_en: str
    signature: str
    paper_public_id: str | None
    signed_on: date | None
    made_on: date
    replaced_on: date | None

    @property
    def is_missing(self) -> bool:
        """Tell whether the signature under the paper holds the case up."""
        return self.signature != "none" and self.signed_on is None and self.replaced_on is None


def case_papers(session: Session, *, case_id: int) -> list[CasePaper]:
    """Return the papers of a case, those in force first."""
    found = rows(
        session,
        "select p.template, coalesce(t.name_pl, p.template), coalesce(t.name_en, p.template), p.signature,"
        " p.paper_public_id::text, p.signed_on, p.made_on, p.replaced_on"
        " from operational.switching_case_papers p left join operational.paper_templates t on "
        "t.code = p.template"
        " where p.case_id = :id order by p.replaced_on nulls first, p.id",
        {"id": case_id},
    )
    return [CasePaper(*row) for row in found]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A reason of a rejection: its words, what is done about it, and whether that happens by itself."""

    code: str
    name_pl: str
    name_en: str
    remedy: str
    queue: str
    is_automatic: bool


def rejections(session: Session) -> list[Rejection]:
    """Return the reasons R01 to R12."""
    found = rows(
        session,
        "select code, name_pl, name_en, remedy, queue, is_automatic from "
        "operational.switching_rejections order by code",
    )
    return [Rejection(*row) for row in found]


@dataclass(frozen=True, slots=True)
class StartDay:
    """A day of the calendar: how many points start (confirmed, asked for) and how many leave."""

    day: date
    confirmed: int
    wanted: int
    leaving: int


def calendar(session: Session, *, first_day: date, last_day: date) -> list[StartDay]:
    """Return the days between two days, both included, on which something starts or ends."""
    found = rows(
        session,
        """select day, count(*) filter (where direction = 'in' and is_confirmed) as confirmed,
             count(*) filter (where direction = 'in' and not is_confirmed) as wanted,
             count(*) filter (where direction = 'out') as leaving
           from (select direction, confirmed_start is not null as is_confirmed,
               case when direction = 'out' then end_on else coalesce(confirmed_start, wanted_start) end as day
             from operational.switching_cases where status <> all(:ended) or direction = 'out' and status =
             'CLOSED') x where day between :first and :last group by day order by day""",
        {"first": first_day, "last": last_day, "ended": [state.value for state in ENDED]},
    )
    return [StartDay(*row) for row in found]


def starting_on(session: Session, *, day: date, as_of: date) -> list[CaseRow]:
    """Return the cases that start or end on a day."""
    found = rows(
        session,
        f"""{_CASE} where c.status <> all(:ended) and
              case when c.direction = 'out' then c.end_on else coalesce(c.confirmed_start, c.wanted_start) end
              = :day order by c.direction, k.name limit 200""",
        {"day": day, "as_of": as_of, "ended": [state.value for state in ENDED]},
    )
    return [_case_row(row) for row in found]


def risks(session: Session, *, as_of: date) -> dict[str, int]:
    """Return how many open cases are late, near their deadline, lack papers, wait for a remedy, leave."""
    row = first(
        session,
        f"""select count(*) filter (where risk = 'late') as late, count(*) filter (where risk = 'near') as
          near,
              count(*) filter (where status = 'DOCS_INCOMPLETE') as papers,
              count(*) filter (where status in ('REJECTED', 'COLLISION') and direction = 'in') as rejected,
              count(*) filter (where direction = 'out') as leaving
            from ({_CASE} where c.closed_on is null and c.status <> 'ACTIVE') x""",
        {"as_of": as_of},
    )
    return {name: int(count) for name, count in row._mapping.items()}


def dsos(session: Session) -> list[tuple[str, str]]:
    """Return code and name of every distributor."""
    return [
        (row.code, row.name) for row in rows(session, "select code, name from operational.dsos order by name")
    ]
