"""Reads of complaints: the inbox, one complaint with its log, categories, proposals of an answer, causes."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from operational.kernel.rows import first, one, rows


@dataclass(frozen=True, slots=True)
class Category:
    """A leaf of the category tree with its group."""

    code: str
    group_code: str
    name_pl: str
    name_en: str
    group_pl: str
    group_en: str

    def name(self, language: str) -> str:
        """Return group and name in a language."""
        return f"{self.group_pl}: {self.name_pl}" if language == "pl" else f"{self.group_en}: {self.name_en}"


@dataclass(frozen=True, slots=True)
class ComplaintRow:
    """A complaint in a list. `is_deemed`: the deadline passed without an answer, by law it is accepted."""

    public_id: str
    number: str
    customer_public_id: str
    customer_name: str
    customer_number: str
    customer_kind: str
    category_pl: str
    category_en: str
    subject: str
    channel: str
    received_on: date
    due_on: date
    state: str
    outcome: str
    owner_login: str
    owner_name: str
    document_number: str
    claimed_amount: Decimal | None
    is_deemed: bool
    days: int


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint with what it is about and how it ended."""

    id: int
    public_id: str
    number: str
    customer_id: int
    customer_public_id: str
    customer_name: str
    customer_number: str
    customer_kind: str
    customer_language: str
    category_code: str
    category_pl: str
    category_en: str
    group_pl: str
    group_en: str
    subject: str
    body: str
    channel: str
    received_on: date
    due_on: date
    days: int
    legal_basis_pl: str
    legal_basis_en: str
    state: str
    outcome: str
    is_deemed: bool
    cause: str
    remedy: str
    remedy_ref: str
    granted_amount: Decimal | None
    claimed_amount: Decimal | None
    answer: str
    answered_on: date | None
    closed_on: date | None
    owner_login: str
    owner_name: str
    paper_id: int | None
    document_id: int | None
    document_public_id: str | None
    document_number: str
    document_gross: Decimal | None
    document_line_no: int | None
    line_charge: str
    supply_point_id: int | None
    supply_point_public_id: str | None
    supply_point_code: str
    payment_public_id: str | None
    payment_amount: Decimal | None
    previous_number: str
    previous_public_id: str | None
    disputes: int
    row_version: int


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of the log of a complaint."""

    kind: str
    body: str
    is_public: bool
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class AnswerText:
    """A proposal of an answer."""

    id: int
    outcome: str
    language: str
    name: str
    body: str


@dataclass(frozen=True, slots=True)
class ComplaintFilter:
    """Which complaints to show: `state` open, late, deemed, closed or all; `whose` mine, free or all."""

    state: str = "open"
    whose: str = "all"
    category: str = ""
    search: str = ""
    cause: str = ""
    outcome: str = ""
    product: str = ""
    dso: str = ""
    month: date | None = None


@dataclass(frozen=True, slots=True)
class InboxTotals:
    """What the inbox counts: open, due within three days, late, accepted by law for lack of an answer."""

    open_count: int
    soon_count: int
    late_count: int
    deemed_count: int
    free_count: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Something of the customer that a complaint can name."""

    id: int
    words: str


_DEEMED = "(k.is_deemed or (k.closed_on is null and k.due_on < :today and d.is_deemed_accepted))"
# The product and distributor of a complaint: of its point, else of its document's contract and point.
PLACE = """
  left join lateral (
    select p.dso_code, pr.code as product_code, pr.name as product_name
      from operational.contracts c
      join operational.contract_supply_points s on s.contract_id = c.id and s.superseded_at is null
      join operational.supply_points p on p.id = s.supply_point_id
      left join operational.contract_terms t on t.contract_id = c.id and t.superseded_at is null
      left join operational.price_lists l on l.id = t.price_list_id
      left join operational.products pr on pr.id = l.product_id
     where c.customer_id = k.customer_id
     order by (s.supply_point_id = k.supply_point_id) desc nulls last,
           (c.id = (select x.contract_id from operational.documents x where x.id = k.document_id)) desc
             nulls last, t.valid_from desc nulls last, s.id limit 1) place on true"""
_FROM = """
  from operational.complaints k
  join operational.complaint_deadlines d on d.id = k.deadline_id
  join operational.complaint_categories g on g.code = k.category_code
  join operational.customers c on c.id = k.customer_id
  left join operational.staff_users u on u.login = k.owner_login and k.owner_login <> ''
  left join operational.documents doc on doc.id = k.document_id"""
_WHERE = f"""
  where case :state when 'open' then k.closed_on is null
          when 'late' then k.closed_on is null and k.due_on < :today
          when 'deemed' then {_DEEMED} and k.closed_on is null
          when 'closed' then k.closed_on is not null else true end
    and case :whose when 'mine' then k.owner_login = :login when 'free' then k.owner_login = ''
          else true end
    and (:category = '' or k.category_code = :category or g.parent_code = :category)
    and (:cause = '' or k.cause = :cause) and (:outcome = '' or k.outcome = :outcome)
    and (cast(:month as date) is null or (k.received_on >= :month
         and k.received_on < cast(:month as date) + interval '1 month'))
    and (:search = '' or k.number ilike :like or k.subject ilike :like or c.customer_number = :search
         or c.search_name like lower(public.unaccent(:like)))"""
_BY_PLACE = """
    and (:product = '' or place.product_code = :product) and (:dso = '' or place.dso_code = :dso)"""


def _given(narrowed: ComplaintFilter, login: str, today: date) -> dict[str, Any]:
    return {
        "state": narrowed.state, "whose": narrowed.whose, "category": narrowed.category,
        "search": narrowed.search, "like": f"%{narrowed.search}%", "cause": narrowed.cause,
        "outcome": narrowed.outcome, "product": narrowed.product, "dso": narrowed.dso,
        "month": narrowed.month, "login": login, "today": today,
    }  # fmt: skip


def complaints(
    session: Session, *, narrowed: ComplaintFilter, login: str, today: date, offset: int = 0, limit: int = 51
) -> list[ComplaintRow]:
    """Return complaints by filter: open ones by deadline, closed ones the newest first."""
    by_place = bool(narrowed.product or narrowed.dso)
    found = rows(
        session,
        f"""select k.public_id::text, k.number, c.public_id::text, c.name, c.customer_number, c.kind,
              g.name_pl, g.name_en, k.subject, k.channel, k.received_on, k.due_on, k.state,
              coalesce(k.outcome, ''), k.owner_login, coalesce(u.name, k.owner_login),
              coalesce(doc.number, ''), k.claimed_amount, {_DEEMED}, d.days
            {_FROM} {PLACE if by_place else ""} {_WHERE} {_BY_PLACE if by_place else ""}
            order by k.closed_on desc nulls first, k.due_on, k.id offset :offset limit :limit""",
        {**_given(narrowed, login, today), "offset": offset, "limit": limit},
    )
    return [ComplaintRow(*row) for row in found]


def complaints_of(session: Session, *, customer_id: int, today: date) -> list[ComplaintRow]:
    """Return the complaints of a customer, open ones first."""
    found = rows(
        session,
        f"""select k.public_id::text, k.number, c.public_id::text, c.name, c.customer_number, c.kind,
              g.name_pl, g.name_en, k.subject, k.channel, k.received_on, k.due_on, k.state,
              coalesce(k.outcome, ''), k.owner_login, coalesce(u.name, k.owner_login),
              coalesce(doc.number, ''), k.claimed_amount, {_DEEMED}, d.days
            {_FROM} where k.customer_id = :id
            order by k.closed_on desc nulls first, k.due_on limit 200""",
        {"id": customer_id, "today": today},
    )
    return [ComplaintRow(*row) for row in found]


def inbox_totals(session: Session, *, today: date) -> InboxTotals:
    """Return the counts above the inbox."""
    return InboxTotals(*one(
        session,
        """select count(*), count(*) filter (where k.due_on >= :today
                and k.due_on <= cast(:today as date) + 3),
             count(*) filter (where k.due_on < :today),
             count(*) filter (where k.due_on < :today and d.is_deemed_accepted),
             count(*) filter (where k.owner_login = '')
           from operational.complaints k join operational.complaint_deadlines d on d.id = k.deadline_id
           where k.closed_on is null""",
        {"today": today},
    ))  # fmt: skip


def complaint(session: Session, *, public_id: str, today: date) -> Complaint | None:
    """Return one complaint by its public id."""
    row = first(
        session,
        f"""select k.id, k.public_id::text, k.number, k.customer_id, c.public_id::text, c.name,
              c.customer_number, c.kind, c.language, g.code, g.name_pl, g.name_en,
              coalesce(gp.name_pl, ''), coalesce(gp.name_en, ''), k.subject, k.body, k.channel,
              k.received_on, k.due_on, d.days, d.legal_basis_pl, d.legal_basis_en, k.state,
              coalesce(k.outcome, ''), {_DEEMED}, k.cause, k.remedy, k.remedy_ref, k.granted_amount,
              k.claimed_amount, k.answer, k.answered_on, k.closed_on, k.owner_login,
              coalesce(u.name, k.owner_login), k.paper_id, k.document_id, doc.public_id::text,
              coalesce(doc.number, ''), doc.gross_amount, k.document_line_no, coalesce(line.charge_code, ''),
              k.supply_point_id, sp.public_id::text, coalesce(sp.code, ''), pay.public_id::text, pay.amount,
              coalesce(prev.number, ''), prev.public_id::text,
              (select count(*) from operational.document_disputes x where x.complaint_id = k.id
                and x.closed_on is null), k.row_version
            {_FROM}
            left join operational.complaint_categories gp on gp.code = g.parent_code
            left join operational.document_lines line on line.document_id = k.document_id
             and line.line_no = k.document_line_no
            left join operational.supply_points sp on sp.id = k.supply_point_id
            left join operational.payments pay on pay.id = k.payment_id
            left join operational.complaints prev on prev.id = k.previous_id
            where k.public_id::text = :id""",
        {"id": public_id, "today": today},
    )
    return Complaint(*row) if row else None


def log_of(session: Session, *, complaint_id: int) -> list[LogEntry]:
    """Return the log of a complaint in order."""
    found = rows(
        session,
        """select kind, body, is_public, recorded_at, recorded_by from operational.complaint_events
            where complaint_id = :id order by id""",
        {"id": complaint_id},
    )
    return [LogEntry(*row) for row in found]


def categories(session: Session, *, portal_only: bool = False) -> list[Category]:
    """Return the categories that a complaint can have, in the order of the tree."""
    found = rows(
        session,
        """select c.code, p.code, c.name_pl, c.name_en, p.name_pl, p.name_en
             from operational.complaint_categories c
             join operational.complaint_categories p on p.code = c.parent_code
            where c.is_active and p.is_active and (c.is_portal or not :portal)
            order by p.sort_order, c.sort_order""",
        {"portal": portal_only},
    )
    return [Category(*row) for row in found]


def answer_texts(session: Session, *, category: str, language: str) -> list[AnswerText]:
    """Return proposals of an answer for a category (its own first) in a language."""
    found = rows(
        session,
        """select id, outcome, language, name, body from operational.complaint_answer_texts
            where category_code in ('', :category) and language = :language
            order by category_code = '', outcome, name""",
        {"category": category, "language": language},
    )
    return [AnswerText(*row) for row in found]


def documents_of(session: Session, *, customer_id: int) -> list[Choice]:
    """Return the newest documents of a customer for a choice."""
    found = rows(
        session,
        """select id, number || ' · ' || to_char(issue_date, 'YYYY-MM-DD') from operational.documents
            where customer_id = :id order by issue_date desc, id desc limit 60""",
        {"id": customer_id},
    )
    return [Choice(*row) for row in found]


def points_of(session: Session, *, customer_id: int) -> list[Choice]:
    """Return the supply points of a customer for a choice."""
    found = rows(
        session,
        """select distinct p.id, p.code from operational.contracts c
             join operational.contract_supply_points k on k.contract_id = c.id and k.superseded_at is null
             join operational.supply_points p on p.id = k.supply_point_id
            where c.customer_id = :id order by p.code limit 200""",
        {"id": customer_id},
    )
    return [Choice(*row) for row in found]


def payments_of(session: Session, *, customer_id: int) -> list[Choice]:
    """Return the newest payments of a customer for a choice."""
    found = rows(
        session,
        """select id, to_char(booked_on, 'YYYY-MM-DD') || ' · ' || amount || ' zł'
             from operational.payments
            where customer_id = :id order by booked_on desc, id desc limit 30""",
        {"id": customer_id},
    )
    return [Choice(*row) for row in found]


def points_of_document(session: Session, *, document_id: int) -> list[int]:
    """Return the inner ids of the supply points that a document bills."""
    found = rows(
        session,
        """select distinct s.supply_point_id from operational.document_lines l
             join operational.billing_scopes s on s.id = l.scope_id where l.document_id = :id""",
        {"id": document_id},
    )
    return [row[0] for row in found]
