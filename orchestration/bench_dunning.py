"""The benchmark of dunning: a night over generated overdue items, then the next day's night and the same one
again.

The first night is the worst one: every payer gets a case, a step and a message. Figures are wall seconds of
this process and mean little without the machine, so it is printed. Never part of a test.
"""

import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from time import monotonic

from sqlalchemy import text

from operational.dunning.night import run_night
from operational.kernel import clock, db, roles, server
from operational.migrations import migrate
from operational.reference.operations import load_reference_data
from orchestration.bench import machine

ACTOR = "system:bench"
WORKERS = 2
_LATE_DAYS = 45
_PORTFOLIO = (
    """insert into operational.addresses (street, building, postal_code, city) values ('Prosta', '1',
      '00-001', 'Warszawa')""",
    """insert into operational.customers (customer_number, kind, name, search_name, nip, email, phone,
      address_id, virtual_account, customer_since)
       select 'B' || n, case when n % 10 = 0 then 'business' else 'household' end, 'Klient ' || n,
         'klient ' || n,
         case when n % 10 = 0 then lpad(n::text, 10, '0') end, case when n % 3 > 0
           then 'k' || n || '@example.com' end,
         case when n % 2 = 0 then '600' || lpad(n::text, 6, '0') end, (select max(id)
           from operational.addresses),
         lpad(n::text, 26, '0'), date '2025-01-01'
       from generate_series(1, :payers) n""",
    """insert into operational.contracts (number, customer_id, kind, signed_on)
       select 'U/' || customer_number, id, 'comprehensive', date '2025-01-01' from operational.customers""",
    """insert into operational.billing_runs (billing_month, billed_through, known_at, issue_date,
      computation_id)
       values ('2026-01-01', '2026-01-31', '2026-02-01', '2026-02-05', 'bench')""",
    "insert into operational.number_series (code, last_number) values ('FV/BENCH', :items)",
    """insert into operational.documents (kind, series, sequence, number, customer_id, contract_id,
      version_no, issue_date, period_from,
         period_to, due_date, net_amount, vat_amount, gross_amount, energy_kwh, is_estimated, run_id,
           content, content_hash)
       select 'invoice', 'FV/BENCH', n, 'FV/BENCH/' || lpad(n::text, 6, '0'), k.customer_id, k.id, 1,
         :first, :first, :first,
         :first + n % :late, a.amount, 0, a.amount, 0, false, (select max(id)
           from operational.billing_runs), '{}', '\\x00'
       from generate_series(1, :items) n
       cross join lateral (select (50 + n % 900)::numeric(18, 2) as amount) a
       join (select id, customer_id, row_number() over (order by id) as place
         from operational.contracts) k on k.place = 1 + n % :payers""",
    """insert into operational.open_items (customer_id, document_id, amount, business_date, due_date)
       select customer_id, id, gross_amount, issue_date, due_date from operational.documents""",
)
_COUNTS = text("""select (select count(*) from operational.dunning_cases) as cases,
    (select count(*) from operational.dunning_actions) as actions,
    (select count(*) from operational.dunning_action_items) as action_items,
    (select count(*) from operational.dunning_events) as events""")


@dataclass(slots=True)
class DunningBench:
    """Seconds per night, rows made, and what they were measured on."""

    items: int
    machine: str
    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


def run_dunning_bench(*, items: int) -> DunningBench:
    """Run nights over ``items`` overdue debts of 0.6 as many payers in a scratch database."""
    server.ensure_running()
    database = f"bench_{uuid.uuid4().hex[:10]}"
    bench, day = DunningBench(items, machine()), date(2026, 3, 20)
    roles.create_database(database)
    try:
        migrate(database)
        with db.open_session("app", actor=ACTOR, database=database) as session:
            load_reference_data(session, as_of=clock.now())
            given = {
                "items": items, "payers": max(items * 6 // 10, 1), "late": _LATE_DAYS,
                "first": day - timedelta(days=_LATE_DAYS + 3),
            }  # fmt: skip
            for statement in _PORTFOLIO:
                found = text(statement)
                session.execute(found, {name: given[name] for name in found._bindparams})
        with db.engine("admin", database).connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("analyze"))
        factory = db.session_factory("app", database, actor=ACTOR)
        for name, on in (
            ("first night", day),
            ("same night again", day),
            ("a week later", day + timedelta(days=7)),
        ):
            started = monotonic()
            result = run_night(session_factory=factory, as_of=on, workers=WORKERS)
            bench.seconds[name] = monotonic() - started
            bench.rows[f"{name}: steps"] = result.fired
        with factory() as session:
            bench.rows |= {
                name: int(count) for name, count in session.execute(_COUNTS).one()._mapping.items()
            }
    finally:
        db.dispose_engines(database)
        roles.drop_database(database)
    return bench
