"""Everything of the dunning room that reads: the board, a case with its plan, procedures, orders. Amounts
are PLN.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

# Open amount of the debts of open cases, as allocations stand now.
_CASE_DEBTS = """
  select x.case_id, i.id as open_item_id, i.amount - coalesce(u.used, 0) as open_amount, i.due_date
  from operational.dunning_cases c
  join operational.dunning_case_items x on x.case_id = c.id
  join operational.open_items i on i.id = x.open_item_id
  left join lateral (select sum(a.amount) as used from operational.allocations a
    where a.debt_item_id = i.id) u on true
  where c.closed_on is null and i.amount > coalesce(u.used, 0)"""


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """Open cases at one stage and what they are about."""

    stage: str
    cases: int
    amount: Decimal
    stopped: int


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list."""

    id: int
    public_id: str
    customer_id: int
    customer_public_id: str
    customer_number: str
    customer_name: str
    customer_kind: str
    stage: str
    opened_on: date
    last_step_on: date | None
    amount: Decimal
    oldest_due: date | None
    items: int
    is_stopped: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its page shows it."""

    id: int
    public_id: str
    case_no: int
    customer_id: int
    customer_public_id: str
    customer_number: str
    customer_name: str
    customer_kind: str
    stage: str
    opened_on: date
    closed_on: date | None
    last_step_on: date | None
    procedure_public_id: str
    procedure_code: str
    procedure_version: int
    procedure_pl: str
    procedure_en: str


def funnel(session: Session, *, as_of: date) -> list[FunnelStep]:
    """Return open cases and their amounts by stage, in the order of the stages; stages without a case are
    left out.
    """
    rows = session.execute(
        text(f"""
          with debts as ({_CASE_DEBTS}), sums as (select case_id, sum(open_amount) as amount
            from debts group by case_id)
          select c.stage, count(*) as cases, coalesce(sum(s.amount), 0.00) as amount,
            count(*) filter (where {_STOPPED}) as stopped
          from operational.dunning_cases c left join sums s on s.case_id = c.id
          where c.closed_on is null group by c.stage
          order by array_position(array['NEW','REMIND','CALL1','CALL2','NOTICE','SUSPENSION_ORDERED',
            'SUSPENDED','RESTORED','PRE_COURT','COURT','ENFORCEMENT','SOLD','WRITTEN_OFF'], c.stage)"""),
        {"as_of": as_of},
    )
    return [FunnelStep(**row._mapping) for row in rows]


_STOPPED = """(exists (select from operational.dunning_holds h where h.customer_id = c.customer_id
  and h.held_from <= :as_of
      and h.held_until > :as_of and h.released_on is null)
    or exists (select from operational.document_disputes d where d.customer_id = c.customer_id
      and d.closed_on is null)
    or exists (select from operational.customer_protections p where p.customer_id = c.customer_id
      and p.superseded_at is null
      and p.valid_from <= :as_of and (p.valid_to is null or p.valid_to > :as_of))
    or exists (select from operational.instalment_plans p where p.customer_id = c.customer_id
      and p.status = 'active'))"""


def cases(
    session: Session, *, as_of: date, stage: str = "", kind: str = "", minimum: Decimal | None = None,
    stopped: str = "", search: str = "", public_ids: list[str] | None = None, offset: int = 0,
    limit: int = 51,
) -> list[CaseRow]:  # fmt: skip
    """Return open cases, the largest amounts on top; empty filters mean all, ``stopped`` is `yes` or `no`."""
    rows = session.execute(
        text(f"""
          with debts as ({_CASE_DEBTS}),
          sums as (select case_id, sum(open_amount) as amount, min(due_date) as oldest_due, count(*)
            as items from debts group by case_id)
          select c.id, c.public_id::text as public_id, c.customer_id, u.public_id::text
            as customer_public_id, u.customer_number,
            u.name as customer_name, u.kind as customer_kind, c.stage, c.opened_on, c.last_step_on,
            coalesce(s.amount, 0.00) as amount, s.oldest_due, coalesce(s.items, 0) as items, {_STOPPED}
              as is_stopped
          from operational.dunning_cases c
          join operational.customers u on u.id = c.customer_id
          left join sums s on s.case_id = c.id
          where c.closed_on is null and (:stage = '' or c.stage = :stage) and (:kind = '' or u.kind = :kind)
            and (cast(:minimum as numeric) is null or s.amount >= :minimum)
            and (:stopped = '' or {_STOPPED} = (:stopped = 'yes'))
            and (:search = '' or u.customer_number = :search or position(lower(:search) in lower(u.name)) > 0)
            and (cast(:ids as text[]) is null or c.public_id::text = any(:ids))
          order by s.amount desc nulls last, c.id offset :offset limit :limit"""),
        {
            "as_of": as_of, "stage": stage, "kind": kind, "minimum": minimum, "stopped": stopped,
            "search": search,
            "ids": public_ids, "offset": offset, "limit": limit,
        },
    )  # fmt: skip
    return [CaseRow(**row._mapping) for row in rows]


def case(session: Session, *, public_id: str) -> Case | None:
    """Return one case, open or closed; None when there is none."""
    row = session.execute(
        text("""
          select c.id, c.public_id::text as public_id, c.case_no, c.customer_id, u.public_id::text
            as customer_public_id,
            u.customer_number, u.name as customer_name, u.kind as customer_kind, c.stage, c.opened_on,
              c.closed_on, c.last_step_on,
            p.public_id::text as procedure_public_id, p.code as procedure_code, p.version_no
              as procedure_version,
            p.name_pl as procedure_pl, p.name_en as procedure_en
          from operational.dunning_cases c join operational.customers u on u.id = c.customer_id
          join operational.dunning_procedures p on p.id = c.procedure_id
            where c.public_id::text = :public_id"""),
        {"public_id": public_id},
    ).one_or_none()
    return None if row is None else Case(**row._mapping)


def case_items(session: Session, *, case_id: int, as_of: date) -> list[Any]:
    """Return the debts of a case: number, amounts, due date, the open dispute and instalment plan if there
    is one.
    """
    return list(
        session.execute(
            text("""
              select i.id, coalesce(d.number, n.number) as number, d.public_id::text as document_public_id,
                i.amount,
                i.amount - coalesce(u.used, 0) as open_amount, i.due_date, greatest(:as_of - i.due_date,
                  0) as days_overdue,
                x.public_id::text as dispute_public_id, x.reason as dispute_reason, x.note as dispute_note,
                  x.answer_due_on,
                exists (select from operational.instalment_items t join operational.instalment_plans p
                  on p.id = t.agreement_id
                         where t.open_item_id = i.id and p.status = 'active') as in_plan
              from operational.dunning_case_items k
              join operational.open_items i on i.id = k.open_item_id
              left join operational.documents d on d.id = i.document_id
              left join operational.interest_notes n on n.id = i.note_id
              left join operational.document_disputes x on x.open_item_id = i.id and x.closed_on is null
              left join lateral (select sum(a.amount) as used from operational.allocations a
                where a.debt_item_id = i.id) u on true
              where k.case_id = :case order by i.due_date, i.id"""),
            {"case": case_id, "as_of": as_of},
        )
    )


def case_plan(session: Session, *, case_id: int) -> list[Any]:
    """Return the steps of the case's procedure with what fired when, its channel, message and delivery."""
    return list(
        session.execute(
            text("""
              select s.step_code, s.name_pl, s.name_en, s.kind, s.stage, s.anchor_step, s.day_offset,
                s.day_unit, s.is_manual,
                s.min_total, s.legal_basis, a.id as action_id, a.fired_on, a.channel, a.total_amount,
                  a.pay_by, m.status as message_status,
                m.public_id::text as message_public_id, y.delivered_on, y.outcome, a.fired_on + n.days
                  as presumed_on
              from operational.dunning_cases c
              join operational.dunning_procedures p on p.id = c.procedure_id
              join operational.dunning_steps s on s.procedure_code = p.code and s.version_no = p.version_no
              left join operational.dunning_actions a on a.case_id = c.id and a.step_id = s.id
              left join operational.messages m on m.key = a.message_key
              left join operational.dunning_deliveries y on y.action_id = a.id
              left join operational.dunning_delivery_days n on n.channel = a.channel
              where c.id = :case and s.kind <> 'reminder' order by s.position"""),
            {"case": case_id},
        )
    )


def case_events(session: Session, *, case_id: int) -> list[Any]:
    """Return the log of a case, newest first."""
    return list(
        session.execute(
            text("""
              select e.id, e.kind, e.happened_on, e.details, e.recorded_at, e.recorded_by, s.name_pl,
                s.name_en, a.total_amount, a.channel
              from operational.dunning_events e
              left join operational.dunning_actions a on a.id = e.action_id
              left join operational.dunning_steps s on s.id = a.step_id
              where e.case_id = :case order by e.id desc"""),
            {"case": case_id},
        )
    )


def holds(session: Session, *, customer_id: int, as_of: date) -> list[Any]:
    """Return the holds of a customer, those in force first; ``is_active`` tells them apart."""
    return list(
        session.execute(
            text("""
              select h.public_id::text as public_id, h.reason, h.note, h.held_from, h.held_until,
                h.placed_by, h.released_on, h.released_by,
                h.open_item_id, h.released_on is null and h.held_until > :as_of as is_active
              from operational.dunning_holds h where h.customer_id = :customer order by 10 desc,
                h.id desc"""),
            {"customer": customer_id, "as_of": as_of},
        )
    )


def protections(session: Session, *, customer_id: int) -> list[Any]:
    """Return the protections of a customer that are on record, newest first."""
    return list(
        session.execute(
            text("""select id, kind, basis, valid_from, valid_to, recorded_by
              from operational.customer_protections
                     where customer_id = :customer and superseded_at is null order by valid_from desc,
                       id desc"""),
            {"customer": customer_id},
        )
    )


def guards_today(session: Session, *, customer_id: int, as_of: date) -> list[str]:
    """Return the codes of the guards that protect a payer or one of the payer's debts today."""
    found = session.execute(
        text("""
          with facts as (
            select kind as fact from operational.customer_protections where customer_id = :customer
              and superseded_at is null
              and valid_from <= :as_of and (valid_to is null or valid_to > :as_of)
            union select 'hold' from operational.dunning_holds where customer_id = :customer
              and held_from <= :as_of
              and held_until > :as_of and released_on is null
            union select unnest(array['dispute', 'open_dispute']) from operational.document_disputes
              where customer_id = :customer and closed_on is null
            union select 'awaits_correction' from operational.debts_awaiting_correction
              where customer_id = :customer
            union select 'instalment' from operational.instalment_plans where customer_id = :customer
              and status = 'active'
            union select ''
          )
          select distinct g.code from operational.dunning_guards g join facts f on f.fact = g.fact
          join operational.customers c on c.id = :customer and g.customer_kind in ('', c.kind)
          where g.valid_from <= :as_of and (g.valid_to is null or g.valid_to > :as_of)
            and (g.season_from = '' or (g.season_from <= g.season_to and to_char(cast(:as_of as date),
              'MM-DD') between g.season_from and g.season_to)
              or (g.season_from > g.season_to and (to_char(cast(:as_of as date), 'MM-DD') >= g.season_from
                or to_char(cast(:as_of as date), 'MM-DD') <= g.season_to)))
          order by 1"""),
        {"customer": customer_id, "as_of": as_of},
    )
    return list(found.scalars())


def customer_panel(session: Session, *, customer_id: int, as_of: date) -> Any:
    """Return the newest case of a customer with holds and disputes in force; None without a case."""
    return session.execute(
        text("""
          select c.public_id::text as public_id, c.stage, c.opened_on, c.closed_on, c.last_step_on,
            (select count(*) from operational.dunning_holds h where h.customer_id = c.customer_id
              and h.released_on is null
               and h.held_until > :as_of) as holds,
            (select count(*) from operational.document_disputes d where d.customer_id = c.customer_id
              and d.closed_on is null) as disputes
          from operational.dunning_cases c where c.customer_id = :customer order by c.id desc limit 1"""),
        {"customer": customer_id, "as_of": as_of},
    ).one_or_none()


def debt_of_document(session: Session, *, document_public_id: str) -> Any:
    """Return the debt of a document with its open dispute, or None when it is no debt."""
    return session.execute(
        text("""
          select i.id as open_item_id, i.customer_id, x.public_id::text as dispute_public_id, x.reason,
            x.note, x.opened_on, x.answer_due_on
          from operational.documents d join operational.open_items i on i.document_id = d.id and i.amount > 0
          left join operational.document_disputes x on x.open_item_id = i.id and x.closed_on is null
          where d.public_id::text = :public_id order by i.due_date, i.id limit 1"""),
        {"public_id": document_public_id},
    ).one_or_none()


def procedures(session: Session) -> list[Any]:
    """Return all versions of all procedures, newest first, with how many open cases follow them."""
    return list(
        session.execute(
            text("""
              select p.public_id::text as public_id, p.code, p.version_no, p.name_pl, p.name_en,
                p.customer_kind, p.min_amount, p.valid_from,
                p.valid_to, p.status, p.source, p.created_by, p.created_at, p.approved_by, p.approved_at,
                  p.row_version,
                (select count(*) from operational.dunning_cases c where c.procedure_id = p.id
                  and c.closed_on is null) as cases
              from operational.dunning_procedures p order by p.code, p.version_no desc""")
        )
    )


def order_list(session: Session, *, status: str = "", offset: int = 0, limit: int = 51) -> list[Any]:
    """Return orders to distributors, newest first."""
    return list(
        session.execute(
            text("""
              select o.public_id::text as public_id, o.number, o.kind, o.status, o.ordered_on, o.done_on,
                o.dso_code, o.note, o.row_version,
                s.code as point_code, s.public_id::text as point_public_id, s.medium, c.name as customer_name,
                k.public_id::text as case_public_id, f.number as follows, e.public_id::text
                  as file_public_id, e.name as file_name
              from operational.dso_orders o
              join operational.supply_points s on s.id = o.supply_point_id
              join operational.customers c on c.id = o.customer_id
              join operational.dunning_cases k on k.id = o.case_id
              left join operational.dso_orders f on f.id = o.follows_id
              left join operational.dso_order_files e on e.id = o.file_id
              where :status = '' or o.status = :status order by o.id desc offset :offset limit :limit"""),
            {"status": status, "offset": offset, "limit": limit},
        )
    )


def orders_waiting(session: Session) -> list[Any]:
    """Return how many orders wait for their file, by distributor."""
    return list(
        session.execute(
            text("""select o.dso_code, d.name, count(*) as orders from operational.dso_orders o
              join operational.dsos d on d.code = o.dso_code
                     where o.status = 'created' group by o.dso_code, d.name order by o.dso_code""")
        )
    )


def orders_of_case(session: Session, *, case_id: int) -> list[Any]:
    """Return the orders of a case in their order."""
    return list(
        session.execute(
            text("""select o.number, o.kind, o.status, o.ordered_on, o.done_on, s.code as point_code
              from operational.dso_orders o
                     join operational.supply_points s on s.id = o.supply_point_id
                       where o.case_id = :case order by o.id"""),
            {"case": case_id},
        )
    )


def order_file(session: Session, *, public_id: str) -> Any:
    """Return the name and the bytes of a file of orders, or None."""
    return session.execute(
        text("select name, content from operational.dso_order_files where public_id::text = :public_id"),
        {"public_id": public_id},
    ).one_or_none()


def last_run(session: Session) -> tuple[date, datetime] | None:
    """Return the day and the end of the last night, None before the first one."""
    row = session.execute(
        text("select as_of, finished_at from operational.dunning_runs order by as_of desc, id desc limit 1")
    ).one_or_none()
    return None if row is None else (row.as_of, row.finished_at)
