"""Reads of the portal under the role iris_ebok: one own document whole, its cost split, use by billing
period.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.documents import operations, rules
from operational.documents.comparison import Comparison, compared
from operational.documents.explain import explain
from operational.documents.explanation import LineExplanation
from operational.documents.rules import CostShare
from operational.documents.sheet import PeriodUse, Sheet
from operational.documents.sheet_loader import load_sheet

__all__ = [
    "BilledPeriod",
    "Comparison",
    "CostShare",
    "LineExplanation",
    "PeriodUse",
    "Sheet",
    "billed_periods",
    "compared",
    "cost_of",
    "cost_split",
    "explanations",
    "pdf",
    "sheet",
]


@dataclass(frozen=True, slots=True)
class BilledPeriod:
    """Energy and gross cost of one supply point in one billing period, corrections included."""

    medium: str
    supply_point: str
    place: str
    period_from: date
    period_to: date
    energy_kwh: Decimal
    gross_amount: Decimal
    is_estimated: bool


def sheet(session: Session, *, document_id: int) -> Sheet:
    """Return everything that stands on a document; raise DocumentNotFound."""
    return load_sheet(session, document_id=document_id)


def pdf(session: Session, *, document_id: int) -> bytes:
    """Return the PDF of a document: the kept one, or the same bytes rendered now."""
    return operations.pdf(session, document_id=document_id)


def explanations(session: Session, *, document_id: int, language: str) -> list[LineExplanation]:
    """Return how every line of a document came about, from readings and prices to the amount."""
    return explain(session, document_id=document_id, language=language)


def cost_split(found: Sheet) -> tuple[CostShare, ...]:
    """Split the gross amount of a sheet into energy, variable, fixed and VAT."""
    return rules.cost_split(found)


def cost_of(session: Session, *, document_id: int) -> tuple[CostShare, ...]:
    """Return the cost split of a document by one query, without loading its sheet."""
    row = session.execute(
        text("""
            select coalesce(sum(net_after) filter (where section = 'sale'), 0) as energy,
                   coalesce(sum(net_after) filter (where section = 'distribution' and unit = 'kwh'), 0) as
                   variable,
                   coalesce(sum(net_after) filter (where section = 'distribution' and unit <> 'kwh'), 0) as
                   fixed,
                   coalesce((select sum(v.vat_amount) from operational.document_vat v
                      where v.document_id = :document_id), 0) as vat
              from operational.document_lines where document_id = :document_id"""),
        {"document_id": document_id},
    ).one()
    return tuple(CostShare(code, getattr(row, code)) for code in ("energy", "variable", "fixed", "vat"))


def billed_periods(session: Session, *, customer_id: int, since: date) -> list[BilledPeriod]:
    """Return the use of every supply point by billing period since a day, oldest first."""
    rows = session.execute(
        text("""
            select p.medium, p.code as supply_point,
                   a.street || ' ' || a.building || case a.flat when '' then '' else '/' || a.flat end || ', '
                   || a.city
                     as place,
                   min(l.period_from) as period_from, max(l.period_to) as period_to,
                   sum(l.energy_kwh_after - l.energy_kwh_before) as energy_kwh,
                   round(sum((l.net_after - l.net_before) * (1 + l.vat_rate)), 2) as gross_amount,
                   (array_agg(l.is_estimated order by l.document_id desc, l.energy_kwh_after desc))[1] as
                   is_estimated
              from operational.billing_scopes s
              join operational.document_lines l on l.scope_id = s.id
              join operational.supply_points p on p.id = s.supply_point_id
              join operational.addresses a on a.id = p.address_id
             where s.customer_id = :customer_id and l.period_from >= :since
             group by s.id, p.medium, p.code, place
             order by 4, 2"""),
        {"customer_id": customer_id, "since": since},
    )
    return [BilledPeriod(**row._mapping) for row in rows]
