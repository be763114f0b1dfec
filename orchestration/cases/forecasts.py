"""Billing by forecast in a case: the terms, the plan of each step, an early end, the documents of a step."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.billing.forecasts import ForecastTerms, plan_forecasts, set_forecast_terms
from operational.documents.proof import recompute
from operational.documents.proof.bundle import proof_data_of
from operational.kernel.rows import rows
from orchestration.cases.format import Case, Expectation, Step
from orchestration.cases.format_parts import ExpectedDocument

_DOCUMENTS = """
  select d.id, case when d.is_forecast and d.kind = 'invoice' then 'forecast' else d.kind end as kind,
         d.number, d.period_from, d.period_to, d.net_amount as net, d.vat_amount as vat,
         d.gross_amount as gross,
         (d.content -> 'settled_forecasts' -> 'used' ->> 'gross')::numeric as used_gross
    from operational.documents d
    join operational.customers c on c.id = d.customer_id
   where c.customer_number = :number and d.issue_date = :day
   order by d.is_forecast, d.kind desc, d.period_from, d.id"""
_INSTALMENTS = """
  select i.instalment_no, min(i.due_date) as due, max(i.energy_kwh) as kwh,
         sum(i.gross_amount) as gross, min(o.amount) as item
    from operational.forecast_instalments i
    left join operational.open_items o on o.document_id = i.document_id
     and o.instalment_no = i.instalment_no
   where i.document_id = :id group by i.instalment_no order by i.instalment_no"""
_LEDGER = """
  select a.code, sum(case when t.credit_account = a.code then t.amount else -t.amount end) as balance
    from operational.accounts a
    join operational.ledger_transfers t on a.code in (t.debit_account, t.credit_account)
    join operational.customers c on c.id = t.customer_id
   where c.customer_number = :number group by a.code"""


def load_forecast(session: Session, *, case: Case, contract: str, recorded_at: datetime) -> None:
    """Write the terms of a case that is billed by forecast."""
    if case.forecast is None:
        return
    given = case.forecast
    set_forecast_terms(
        session,
        contract_id=_contract(session, contract),
        valid_from=given.valid_from,
        terms=ForecastTerms(
            given.method, given.block_months, given.instalment_months, given.due_days, given.annual_kwh,
            given.price_change,
        ),
        as_of=recorded_at,
    )  # fmt: skip


def load_forecast_step(session: Session, *, case: Case, step: Step, contract: str) -> None:
    """End the contract early when the step says so, and plan the cycle that begins after the step."""
    if step.contract_to is not None:
        _end(session, contract=_contract(session, contract), day=step.contract_to, at=step.moment)
    if case.forecast is not None:
        plan_forecasts(
            session, day=step.billed_through + timedelta(days=1), as_of=step.moment,
            contract_id=_contract(session, contract),
        )  # fmt: skip


def _contract(session: Session, number: str) -> int:
    found: int = session.execute(
        text("select id from operational.contracts where number = :number"), {"number": number}
    ).scalar_one()
    return found


def _end(session: Session, *, contract: int, day: date, at: datetime) -> None:
    given = {"id": contract, "day": day, "at": at}
    old = rows(
        session,
        "update operational.contract_supply_points set superseded_at = :at"
        " where contract_id = :id and superseded_at is null returning supply_point_id, valid_from",
        given,
    )
    for row in old:
        session.execute(
            text(
                "insert into operational.contract_supply_points (contract_id, supply_point_id, valid_from,"
                " valid_to, recorded_at) values (:id, :point, :since, :day, :at)"
            ),
            {**given, "point": row.supply_point_id, "since": row.valid_from},
        )


def compare_documents(
    session: Session, *, expect: Expectation, customer_number: str, day: date | None
) -> list[str]:
    """Return the differences between expected and issued documents, and of the ledger, one sentence each."""
    differences: list[str] = []
    if expect.documents is not None:
        found = rows(session, _DOCUMENTS, {"number": customer_number, "day": day})
        if len(found) != len(expect.documents):
            told = ", ".join(f"{row.kind} {row.period_from}..{row.period_to} {row.gross}" for row in found)
            return [f"documents: expected {len(expect.documents)}, issued {len(found)} ({told or 'none'})"]
        for wanted, row in zip(expect.documents, found, strict=True):
            differences += _compare_document(session, wanted, row)
        for document, inputs in proof_data_of(session, document_ids=[row.id for row in found]):
            differences += [f"proof: {sentence}" for sentence in recompute.differences(document, inputs)]
    if expect.ledger is not None:
        balances = {row.code: row.balance for row in rows(session, _LEDGER, {"number": customer_number})}
        differences += [
            f"ledger {code}: expected {amount}, found {balances.get(code, Decimal(0))}"
            for code, amount in expect.ledger.items()
            if balances.get(code, Decimal(0)) != amount
        ]
    return differences


def _compare_document(session: Session, wanted: ExpectedDocument, row: Any) -> list[str]:
    names = ("kind", "period_from", "period_to", "net", "vat", "gross", "used_gross")
    differences = [
        f"document {row.number} {name}: expected {getattr(wanted, name)}, found {getattr(row, name)}"
        for name in names
        if getattr(wanted, name) is not None and getattr(wanted, name) != getattr(row, name)
    ]
    if wanted.instalments is None:
        return differences
    found = rows(session, _INSTALMENTS, {"id": row.id})
    if len(found) != len(wanted.instalments):
        return [*differences, f"instalments: expected {len(wanted.instalments)}, found {len(found)}"]
    for one, part in zip(wanted.instalments, found, strict=True):
        pairs: Sequence[tuple[str, object, object]] = (
            ("due", one.due, part.due), ("gross", one.gross, part.gross), ("open item", one.gross, part.item),
            ("kWh", one.kwh, part.kwh),
        )  # fmt: skip
        differences += [
            f"instalment {part.instalment_no} {name}: expected {expected}, found {value}"
            for name, expected, value in pairs
            if expected is not None and expected != value
        ]
    return differences
