"""The benchmark of interest and of the account card: many late bills with partial payments, one very long
card.

Figures are wall seconds of this process and mean little without the machine, so it is printed. Never part of
a test.
"""

import statistics
import uuid
from dataclasses import dataclass, field
from datetime import date
from time import monotonic

from sqlalchemy import text

from operational.finance.interest.issuing import issue_interest
from operational.finance.ledger.card import card_page
from operational.kernel import clock, db, roles, server
from operational.migrations import migrate
from operational.reference.operations import load_reference_data
from orchestration import warehouse
from orchestration.bench import machine

ACTOR = "system:bench"
_THROUGH = date(2026, 6, 30)
_CARD_PAGES = 9
_PORTFOLIO = (
    """insert into operational.addresses (street, building, postal_code, city)
       values ('Prosta', '1', '00-001', 'Warszawa')""",
    """insert into operational.customers (customer_number, kind, name, nip, address_id, virtual_account,
    customer_since) select 'B' || n, case when n % 10 = 0 then 'business' else 'household' end, 'Klient ' ||
    n, case when n % 10 = 0 then lpad(n::text, 10, '0') end, (select max(id) from operational.addresses),
    lpad(n::text, 26, '0'), date '2025-01-01' from generate_series(1, greatest(:items / 5, 1)) n""",
    """insert into operational.contracts (number, customer_id, kind, signed_on)
       select 'U/' || customer_number, id, 'comprehensive', date '2025-01-01' from operational.customers""",
    """insert into operational.billing_runs (billing_month, billed_through, known_at, issue_date,
    computation_id) values ('2025-06-01', '2025-06-30', '2025-07-01', '2025-07-05', 'bench')""",
    "insert into operational.number_series (code, last_number) values ('FV/BENCH', :items)",
    """insert into operational.documents (kind, series, sequence, number, customer_id, contract_id,
    version_no, issue_date, period_from, period_to, due_date, net_amount, vat_amount, gross_amount,
    energy_kwh, is_estimated, run_id, content, content_hash) select 'invoice', 'FV/BENCH', n, 'FV/BENCH/' ||
    lpad(n::text, 7, '0'), k.customer_id, k.id, 1, d.day, d.day, d.day, d.day + 14, a.amount, 0, a.amount, 0,
    false, (select max(id) from operational.billing_runs), '{}', '\\x00' from generate_series(1, :items) n
    cross join lateral (select (50 + n % 900)::numeric(18, 2) as amount) a cross join lateral (select date
    '2025-07-01' + n % 300 as day) d join (select id, customer_id, row_number() over (order by id) as place
    from operational.contracts) k on k.place = 1 + n % greatest(:items / 5, 1)""",
    """insert into operational.open_items (customer_id, document_id, amount, business_date, due_date)
       select customer_id, id, gross_amount, issue_date, due_date from operational.documents order by id""",
    """insert into operational.payments (idempotency_key, amount, booked_on, customer_id, matched_by)
       select 'bench:' || id, round(amount / 3, 2), due_date + 25, customer_id, 'virtual_account'
       from operational.open_items where id % 2 = 0 order by id""",
    """insert into operational.open_items (customer_id, payment_id, amount, business_date, due_date)
       select customer_id, id, -amount, booked_on, booked_on from operational.payments order by id""",
    """insert into operational.allocations (customer_id, debt_item_id, credit_item_id, amount, business_date,
    rule, idempotency_key) select d.customer_id, d.id, c.id, -c.amount, c.business_date, 'bench', 'bench:' ||
    d.id from operational.payments p join operational.open_items c on c.payment_id = p.id join
    operational.open_items d on 'bench:' || d.id = p.idempotency_key""",
    """insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date,
    customer_id, payment_id, idempotency_key) select 'bank', 'receivable', amount, 'payment', booked_on,
    customer_id, id, idempotency_key from operational.payments""",
    """insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date,
    customer_id, idempotency_key) select case when n % 2 = 0 then 'receivable' else 'bank' end, case when n %
    2 = 0 then 'sales' else 'receivable' end, n, 'bench', date '2020-01-01' + n / 5, (select min(id) from
    operational.customers), 'card:' || n from generate_series(1, :movements) n""",
    "analyze",
)


@dataclass(frozen=True, slots=True)
class InterestBench:
    """What was measured: seconds by step, rows by name, and the machine."""

    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    machine: str = ""


def run_interest_bench(*, items: int, movements: int) -> InterestBench:
    """Measure interest over ``items`` late bills and a card of ``movements`` lines, in a scratch database."""
    server.ensure_running()
    name = f"bench_{uuid.uuid4().hex[:8]}"
    roles.create_database(name)
    try:
        migrate(name)
        _load(name, items, movements)
        return _measure(name, items, movements)
    finally:
        db.dispose_engines(name)
        roles.drop_database(name)


def _load(name: str, items: int, movements: int) -> None:
    with db.open_session("app", actor=ACTOR, database=name) as session:
        load_reference_data(session, as_of=clock.now())
    with db.engine("admin", name).begin() as connection:
        connection.execute(text("select set_config('app.actor', :actor, true)"), {"actor": ACTOR})
        for statement in _PORTFOLIO:
            connection.execute(text(statement), {"items": items, "movements": movements})


def _measure(name: str, items: int, movements: int) -> InterestBench:
    seconds: dict[str, float] = {}
    started = monotonic()
    warehouse.build(database=name, select=("stg_operational__holidays",))
    seconds["dbt reads its project"] = monotonic() - started
    started = monotonic()
    warehouse.compute_interest(database=name, through=_THROUGH)
    seconds["interest computed"] = monotonic() - started
    with db.open_session("app", actor=ACTOR, database=name) as session:
        proposed: int = session.execute(
            text("select count(*) from proposals.prop_interest_notes")
        ).scalar_one()
        customer: int = session.execute(text("select min(id) from operational.customers")).scalar_one()
        pages = []
        for place in range(_CARD_PAGES):
            started = monotonic()
            card_page(session, customer_id=customer, limit=51, offset=place * 1000)
            pages.append(monotonic() - started)
        seconds["a page of the card, median"] = statistics.median(pages)
    with db.open_session("app", actor=ACTOR, database=name) as session:
        started = monotonic()
        made = issue_interest(session, through=_THROUGH, issue_date=_THROUGH, as_of=clock.now())
    seconds["notes issued"] = monotonic() - started
    rows = {
        "late bills": items,
        "rate periods": proposed,
        "movements on the card": movements,
        "interest notes": made.notes,
        "notes of recovery costs": made.compensations,
    }
    return InterestBench(seconds, rows, machine())
