"""Random accounts of customers - bills and payments - and their loading in a few statements."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.identifiers import virtual_account

BANK_CODE = "99900009"
LAST_DAY = date(2026, 7, 9)  # nobody pays in the future


@dataclass
class Bill:
    """An invoice; ``number`` is unique, ids follow the order of loading."""

    number: str
    amount: Decimal
    issued: date
    due: date
    item_id: int = 0


@dataclass
class Transfer:
    """A payment; ``names`` is the number that its title tells, or nothing."""

    amount: Decimal
    day: date
    names: str = ""
    item_id: int = 0


@dataclass
class Account:
    """A customer with bills and payments in the order in which they are loaded."""

    serial: int
    kind: str
    is_interest_first: bool = False
    bills: list[Bill] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    id: int = 0


def random_accounts(count: int, *, seed: int) -> list[Account]:
    """Return accounts with one to three bills and none to four payments each: early, late, partial, too
    much."""
    chance = random.Random(seed)
    accounts = []
    for serial in range(1, count + 1):
        kind = chance.choice(("household", "household", "business", "public"))
        account = Account(serial, kind, is_interest_first=chance.random() < 0.4)
        for place in range(chance.randint(1, 3)):
            issued = date(2025, 4, 1) + timedelta(days=chance.randint(0, 380))
            amount = Decimal(chance.randint(1_00, chance.choice((300_00, 6_000_00, 80_000_00)))) / 100
            due = issued + timedelta(days=chance.choice((7, 14, 14, 21, 30)))
            account.bills.append(Bill(f"FV/2025/04/{serial:05}{place}", amount, issued, due))
        for _ in range(chance.randint(0, 4)):
            bill = chance.choice(account.bills)
            share = chance.choice((Decimal(1), Decimal("0.37"), Decimal("0.5"), Decimal("1.2")))
            amount = max((bill.amount * share).quantize(Decimal("0.01")), Decimal("0.01"))
            day = min(bill.due + timedelta(days=chance.randint(-20, 200)), LAST_DAY)
            account.transfers.append(Transfer(amount, day, bill.number if chance.random() < 0.3 else ""))
        account.transfers.sort(key=lambda item: item.day)
        accounts.append(account)
    return accounts


def load_accounts(session: Session, accounts: list[Account]) -> None:
    """Write customers, bills and payments with ledger and open items; the ids stand in the objects then."""
    place = session.execute(
        text("""insert into operational.addresses (street, building, postal_code, city)
                values ('Prosta', '1', '00-001', 'Warszawa') returning id""")
    ).scalar_one()
    ids = session.execute(
        text("""
          insert into operational.customers (customer_number, kind, name, nip, address_id, virtual_account,
            customer_since)
          select 'H' || g.serial, g.kind, 'Klient ' || g.serial, '5260250274', :place, g.account, '2025-01-01'
          from unnest(cast(:serials as int[]), cast(:kinds as text[]), cast(:accounts as text[])) as
            g(serial, kind, account)
          order by g.serial returning id"""),
        {
            "place": place,
            "serials": [item.serial for item in accounts],
            "kinds": [item.kind for item in accounts],
            "accounts": [virtual_account(BANK_CODE, item.serial) for item in accounts],
        },
    ).scalars()
    for account, found in zip(accounts, ids, strict=True):
        account.id = found
    session.execute(
        text("""insert into operational.customer_finance_terms (customer_id, allocation_order, valid_from)
                select unnest(cast(:ids as bigint[])), 'interest_first', '2020-01-01'"""),
        {"ids": [account.id for account in accounts if account.is_interest_first]},
    )
    load_bills(session, [(account, bill) for account in accounts for bill in account.bills])
    load_transfers(session, [(account, item) for account in accounts for item in account.transfers])


def load_bills(session: Session, bills: list[tuple[Account, Bill]]) -> None:
    """Write invoices with one movement and one open item each."""
    rows = session.execute(
        text("""
          with run as (
            insert into operational.billing_runs (billing_month, billed_through, known_at, issue_date,
              computation_id)
            values ('2025-04-01', '2025-04-30', now(), '2025-05-01', 'histories') returning id
          ),
          series as (insert into operational.number_series (code) values ('FV/2025/04') on conflict do
            nothing),
          given as (
            select * from unnest(cast(:customers as bigint[]), cast(:numbers as text[]), cast(:amounts as
              numeric[]),
              cast(:issued as date[]), cast(:due as date[])) with ordinality as g(customer, number, amount,
                issued, due, place)
          ),
          contract as (
            insert into operational.contracts (number, customer_id, kind, signed_on)
            select 'H/' || number, customer, 'comprehensive', '2025-01-01' from given order by place
              returning id, number
          ),
          document as (
            insert into operational.documents (kind, series, sequence, number, customer_id, contract_id,
              version_no,
              issue_date, period_from, period_to, due_date, net_amount, vat_amount, gross_amount, energy_kwh,
              is_estimated, run_id, content, content_hash)
            select 'invoice', 'FV/2025/04', g.place, g.number, g.customer, c.id, 1, g.issued, '2025-04-01',
              '2025-05-01',
              g.due, g.amount, 0, g.amount, 0, false, run.id, '{}', '\\x00'
            from given g join contract c on c.number = 'H/' || g.number cross join run order by g.place
            returning id, number, customer_id, gross_amount, issue_date, due_date
          ),
          ledger as (
            insert into operational.ledger_transfers (debit_account, credit_account, amount, code,
              business_date, customer_id,
              document_id, idempotency_key)
            select 'receivable', 'sales', gross_amount, 'net', issue_date, customer_id, id, 'history:' || id
              from document
          ),
          item as (
            insert into operational.open_items (customer_id, document_id, amount, business_date, due_date)
            select customer_id, id, gross_amount, issue_date, due_date from document order by id returning
              id, document_id
          )
          select d.number, i.id from item i join document d on d.id = i.document_id"""),
        {
            "customers": [account.id for account, _ in bills],
            "numbers": [bill.number for _, bill in bills],
            "amounts": [bill.amount for _, bill in bills],
            "issued": [bill.issued for _, bill in bills],
            "due": [bill.due for _, bill in bills],
        },
    )
    ids = {row.number: row.id for row in rows}
    for _, bill in bills:
        bill.item_id = ids[bill.number]


def load_transfers(session: Session, transfers: list[tuple[Account, Transfer]]) -> None:
    """Write payments with one movement and one open item each."""
    before = session.execute(text("select count(*) from operational.payments")).scalar_one()
    rows = session.execute(
        text("""
          with given as (
            select * from unnest(cast(:customers as bigint[]), cast(:amounts as numeric[]), cast(:days as
              date[]),
              cast(:titles as text[])) with ordinality as g(customer, amount, day, title, place)
          ),
          payment as (
            insert into operational.payments (idempotency_key, amount, booked_on, title, customer_id,
              matched_by)
            select 'history:' || (:before + place), amount, day, title, customer, 'virtual_account' from
              given order by place
            returning id, idempotency_key, amount, booked_on, customer_id
          ),
          ledger as (
            insert into operational.ledger_transfers (debit_account, credit_account, amount, code,
              business_date, customer_id,
              payment_id, idempotency_key)
            select 'bank', 'receivable', amount, 'payment', booked_on, customer_id, id, 'history-payment:' ||
              id from payment
          ),
          item as (
            insert into operational.open_items (customer_id, payment_id, amount, business_date, due_date)
            select customer_id, id, -amount, booked_on, booked_on from payment order by id returning id,
              payment_id
          )
          select i.id from item i join payment p on p.id = i.payment_id
          order by cast(split_part(p.idempotency_key, ':', 2) as bigint)"""),
        {
            "customers": [account.id for account, _ in transfers],
            "amounts": [item.amount for _, item in transfers],
            "days": [item.day for _, item in transfers],
            "titles": [item.names for _, item in transfers],
            "before": before,
        },
    ).scalars()
    for (_, item), found in zip(transfers, rows, strict=True):
        item.item_id = found
