"""Customers, documents and bank files for tests of money, inserted by plain SQL as iris_app; nothing
commits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.formats.mt940_writer import write_mt940
from operational.finance.formats.statements import BankBalance, BankLine, BankStatement
from operational.kernel.identifiers import virtual_account

BANK_CODE = "99900009"
MAIN_ACCOUNT = virtual_account(BANK_CODE, 9_000_000_000_000_001)
_RUN = "00000000-0000-0000-0000-00000000f1a0"


@dataclass(frozen=True)
class Payer:
    """A customer as far as money is concerned."""

    id: int
    contract_id: int
    account: str


def make_payer(session: Session, serial: int = 1, *, name: str = "", nip: str | None = None) -> Payer:
    """Insert a customer with a contract; the serial makes number, account and name."""
    return make_payers(session, [serial], name=name, nip=nip)[0]


def make_payers(
    session: Session, serials: Sequence[int], *, name: str = "", nip: str | None = None
) -> list[Payer]:
    """Insert many customers with a contract each, in the order of the serials."""
    accounts = [virtual_account(BANK_CODE, serial) for serial in serials]
    rows = session.execute(
        text("""
          with place as (
            insert into operational.addresses (street, building, postal_code, city)
            select 'Prosta', 'f' || :first, '00-001', 'Warszawa'
            where not exists (select from operational.addresses where building = 'f' || :first) returning id
          ),
          customer as (
            insert into operational.customers (customer_number, kind, name, search_name, nip, address_id,
              virtual_account, customer_since)
            select 'F' || g.serial, case when cast(:nip as text) is null then 'household' else 'business' end,
              n.name, lower(public.unaccent(n.name)), cast(:nip as text), place.id, g.account, '2025-01-01'
            from place, unnest(cast(:serials as bigint[]), cast(:accounts as text[])) as g(serial, account)
            cross join lateral (select coalesce(nullif(:name, ''), 'Klient ' || g.serial) as name) n
            order by g.serial returning id, customer_number, virtual_account
          ),
          contract as (
            insert into operational.contracts (number, customer_id, kind, signed_on)
            select 'U/' || customer_number, id, 'comprehensive', '2025-01-01' from customer returning id,
              customer_id
          )
          select c.id, k.id, c.virtual_account from customer c join contract k on k.customer_id = c.id"""),
        {"serials": list(serials), "accounts": accounts, "name": name, "nip": nip, "first": str(serials[0])},
    )
    found = {row[2]: Payer(row[0], row[1], row[2]) for row in rows}
    return [found[account] for account in accounts]


def issue(
    session: Session,
    payer: Payer,
    gross: str | Decimal,
    *,
    on: date,
    due: date,
    corrects: int | None = None,
    number: str | None = None,
) -> int:
    """Insert an invoice, or a correction of the document ``corrects``, with ledger and open item; return
    its id."""
    kind = "invoice" if corrects is None else "correction"
    amount = Decimal(gross)
    series = f"{'FV' if corrects is None else 'FK'}/{on:%Y/%m}"
    given: dict[str, Any] = {
        "kind": kind, "series": series, "customer": payer.id, "contract": payer.contract_id,
        "corrects": corrects,
        "on": on, "due": due, "gross": amount, "month": on.replace(day=1), "number": number, "run": _RUN,
    }  # fmt: skip
    session.execute(
        text("insert into operational.number_series (code) values (:series) on conflict do nothing"), given
    )
    given["sequence"] = session.execute(
        text("""update operational.number_series set last_number = last_number + 1 where code = :series
                returning last_number"""),
        given,
    ).scalar_one()
    given["run_id"] = _run(session, on)
    document = session.execute(
        text("""
          insert into operational.documents (kind, series, sequence, number, customer_id, contract_id,
            invoice_id,
            version_no, issue_date, period_from, period_to, due_date, net_amount, vat_amount, gross_amount,
            energy_kwh, is_estimated, run_id, content, content_hash)
          values (:kind, :series, :sequence, coalesce(:number, :series || '/' || lpad(cast(:sequence as
            text), 6, '0')),
            :customer, :contract, :corrects,
            1 + (select count(*) from operational.documents d where d.id = :corrects or d.invoice_id =
              :corrects),
            :on, :month, :on, :due, :gross, 0, :gross, 0, false, :run_id, '{}', '\\x00') returning id"""),
        given,
    ).scalar_one()
    given["document"] = document
    if amount:
        session.execute(
            text("""
              insert into operational.ledger_transfers (debit_account, credit_account, amount, code,
                business_date,
                customer_id, document_id, idempotency_key)
              values (case when :gross > 0 then 'receivable' else 'sales' end,
                case when :gross > 0 then 'sales' else 'receivable' end, abs(:gross), :kind, :on, :customer,
                  :document,
                'test-document:' || :document)"""),
            given,
        )
        session.execute(
            text("""
              insert into operational.open_items (customer_id, document_id, amount, business_date, due_date)
              values (:customer, :document, :gross, :on, :due)"""),
            given,
        )
    return int(document)


def _run(session: Session, on: date) -> int:
    found = session.execute(
        text("select id from operational.billing_runs where computation_id = 'test' limit 1")
    ).scalar_one_or_none()
    if found is not None:
        return int(found)
    return int(
        session.execute(
            text("""insert into operational.billing_runs (billing_month, billed_through, known_at, issue_date,
                      computation_id) values (:month, :on, '2026-01-01', :on, 'test') returning id"""),
            {"month": on.replace(day=1), "on": on},
        ).scalar_one()
    )


def document_number(session: Session, document_id: int) -> str:
    """Return the number of a document."""
    return str(
        session.execute(
            text("select number from operational.documents where id = :id"), {"id": document_id}
        ).scalar_one()
    )


def transfer(
    amount: str | Decimal,
    *,
    to: str | None = None,
    title: str = "",
    on: date = date(2026, 3, 10),
    reference: str | None = None,
    payer: str = "Jan Nowak",
    payer_account: str | None = None,
    reversal: bool = False,
) -> BankLine:
    """Return a line of a statement; ``to`` is the customer's virtual account, minus is money out."""
    return BankLine(
        line_no=1, value_date=on, booking_date=on, amount=Decimal(amount), currency="PLN",
        transaction_type="NTRF",
        bank_reference=reference, title=title, payer_name=payer, payer_account=payer_account,
        virtual_account=to, reversal=reversal,
    )  # fmt: skip


def statement(
    lines: Sequence[BankLine],
    *,
    account: str = MAIN_ACCOUNT,
    currency: str = "PLN",
    opening: str | Decimal | None = None,
    closing: str | Decimal | None = None,
    number: str = "1",
    sequence: int | None = None,
    on: date = date(2026, 3, 10),
) -> BankStatement:
    """Return a statement whose closing balance adds up unless another one is given.

    Without an opening balance it stands outside the chain of statements, as some banks send them.
    """
    first = Decimal(0 if opening is None else opening)
    numbered = [replace(line, line_no=place, currency=currency) for place, line in enumerate(lines, start=1)]
    moved = sum((line.amount for line in lines), Decimal(0))
    last = first + moved if closing is None else Decimal(closing)
    return BankStatement(
        account=account, currency=currency, reference=f"WYCIAG{number}", statement_number=number,
        sequence=sequence,
        opening=None if opening is None and closing is None else BankBalance(first, on, currency),
        closing=BankBalance(last, on, currency),
        lines=tuple(numbered),
    )  # fmt: skip


def bank_file(lines: Sequence[BankLine], **kwargs: Any) -> bytes:
    """Return the bytes of an MT940 file with one statement."""
    return write_mt940(statement(lines, **kwargs), encoding="utf-8")
