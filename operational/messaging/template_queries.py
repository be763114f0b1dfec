"""Reads of templates: the list, versions of a text, and a preview with the real values of a customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.presentation import formatting as fmt
from operational.messaging.texts import Text, render

_SAMPLES: dict[str, Any] = {"money": "123.45", "number": 14, "flag": True, "text": "…", "account": ""}


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A template of the list; `texts` are its texts in force as (channel, language), sorted."""

    code: str
    name_pl: str
    name_en: str
    default_channel: str | None
    texts: tuple[tuple[str, str], ...]
    sent: int


@dataclass(frozen=True, slots=True)
class Template:
    """A template with the variables it declares (name -> kind)."""

    code: str
    name_pl: str
    name_en: str
    variables: dict[str, str]
    default_channel: str | None
    attaches_document: bool
    is_secret: bool


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a text; `is_active` when it is the one in force."""

    public_id: str
    channel: str
    language: str
    version_no: int
    subject: str
    body: str
    note: str
    created_at: datetime
    created_by: str
    activated_at: datetime | None
    activated_by: str | None
    is_active: bool


def templates(session: Session) -> list[TemplateRow]:
    """Return all templates in their order, with how many messages went out by each."""
    rows = session.execute(
        text("""
            select t.code, t.name_pl, t.name_en, t.default_channel, coalesce(s.texts, '{}') as texts,
                   coalesce(m.sent, 0) as sent
              from operational.message_templates t
              left join lateral (
                select array_agg(distinct v.channel || '.' || v.language) as texts
                  from operational.message_template_versions v
                  join operational.message_template_activations a on a.version_id = v.id
                 where v.template_code = t.code) s on true
              left join (
                select template_code, count(*) as sent from operational.messages
                 where status in ('sent', 'delivered') group by template_code) m on m.template_code = t.code
             order by t.sort_order""")
    )
    return [
        TemplateRow(
            row.code, row.name_pl, row.name_en, row.default_channel,
            tuple(sorted((one.split(".")[0], one.split(".")[1]) for one in row.texts)), row.sent,
        )
        for row in rows
    ]  # fmt: skip


def template(session: Session, *, code: str) -> Template | None:
    """Return one template, or None."""
    row = session.execute(
        text("""
            select code, name_pl, name_en, variables, default_channel, attaches_document, is_secret
              from operational.message_templates where code = :code"""),
        {"code": code},
    ).one_or_none()
    return None if row is None else Template(**row._mapping)


def versions(session: Session, *, code: str, channel: str, language: str) -> list[Version]:
    """Return the versions of a text, newest first."""
    rows = session.execute(
        text("""
            with given as (
              select v.*, a.activated_at, a.activated_by, a.id as activation_id
                from operational.message_template_versions v
                left join lateral (
                  select * from operational.message_template_activations x
                   where x.version_id = v.id order by x.id desc limit 1) a on true
               where v.template_code = :code and v.channel = :channel and v.language = :language)
            select public_id::text as public_id, channel, language, version_no, subject, body, note,
              created_at,
                   created_by, activated_at, activated_by,
                   coalesce(activation_id = (select max(activation_id) from given), false) as is_active
              from given order by version_no desc"""),
        {"code": code, "channel": channel, "language": language},
    )
    return [Version(**row._mapping) for row in rows]


def preview(
    session: Session, *, found: Template, subject: str, body: str, customer_number: str, language: str,
    common: Mapping[str, str], today: date,
) -> tuple[Text, str, dict[str, Any]] | None:  # fmt: skip
    """Return a text with the values of a real customer, the customer's name and the values used.

    The values are those of the customer's last message of the template, else of the newest document and the
    open items, else samples. None when there is no such customer.
    """
    row = session.execute(
        text("""
            select c.id, c.name, c.customer_number, c.virtual_account, m.variables as last, d.number,
                   abs(d.gross_amount) as amount, d.period_from, d.period_to, d.due_date,
                   d.gross_amount > 0 as is_due, p.code as supply_point, k.number as contract_number
              from operational.customers c
              left join lateral (
                select variables from operational.messages
                 where customer_id = c.id and template_code = :code and variables <> '{}'
                 order by id desc limit 1) m on true
              left join lateral (
                select * from operational.documents where customer_id = c.id order by id desc limit 1) d on
                  true
              left join lateral (
                select id, number from operational.contracts where customer_id = c.id order by id limit 1) k
                  on true
              left join lateral (
                select s.code from operational.contract_supply_points x
                  join operational.supply_points s on s.id = x.supply_point_id
                 where x.contract_id = k.id order by x.id limit 1) p on true
             where c.customer_number = :number"""),
        {"number": customer_number, "code": found.code},
    ).one_or_none()
    if row is None:
        return None
    values = {name: _sample(kind.rstrip("?"), today) for name, kind in found.variables.items()}
    values |= {name: value for name, value in _real(session, row, today).items() if name in values}
    if not found.is_secret:  # the last link to set a password is nobody's to read
        values |= {name: value for name, value in (row.last or {}).items() if name in values}
    given = {
        **common, **values, "customer_name": row.name, "customer_number": row.customer_number,
        "account": row.virtual_account,
    }  # fmt: skip
    written = render(subject=subject, body=body, declared=found.variables, values=given, language=language)
    return written, row.name, given


def _sample(kind: str, today: date) -> Any:
    if kind == "date":
        return (today + timedelta(days=14)).isoformat()
    if kind == "period":
        return f"{today.replace(day=1).isoformat()}/{today.isoformat()}"
    return _SAMPLES[kind]


def _real(session: Session, row: Any, today: date) -> dict[str, Any]:
    """Return what is known of a customer today: the newest document, open debts, the balance."""
    debts = session.execute(
        text("""
            select d.number, d.due_date, i.amount - coalesce(sum(a.amount), 0) as open
              from operational.open_items i
              join operational.documents d on d.id = i.document_id
              left join operational.allocations a on a.debt_item_id = i.id
             where i.customer_id = :id and i.amount > 0
             group by d.number, d.due_date, i.id, i.amount
            having i.amount - coalesce(sum(a.amount), 0) > 0 order by d.due_date"""),
        {"id": row.id},
    ).all()
    known: dict[str, Any] = {"supply_point": row.supply_point, "contract_number": row.contract_number}
    if row.number is not None:
        known |= {
            "number": row.number, "amount": str(row.amount), "due_date": row.due_date.isoformat(),
            "period": f"{row.period_from.isoformat()}/{row.period_to.isoformat()}", "is_due": row.is_due,
        }  # fmt: skip
    if debts:
        total = sum((debt.open for debt in debts), Decimal(0))
        known |= {
            "documents": "\n".join(f"{debt.number}, {fmt.money(debt.open)}" for debt in debts),
            "total": str(total), "balance": str(total), "days": max((today - debts[0].due_date).days, 0),
        }  # fmt: skip
    return {name: value for name, value in known.items() if value is not None}
