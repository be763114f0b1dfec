"""A process that issues a run: ``python -m tests.reliability.issue_worker DATABASE RUN WORKER safe|naive``.

``safe`` is the real issue step. ``naive`` is the control: it reads the counter without a lock and leaves out
rows that collide, as one might write it in a hurry; the same check must catch it.
"""

import sys
from datetime import UTC, datetime

from sqlalchemy import text

from operational.billing import operations
from operational.kernel import db

BATCH = 100
_NAIVE = """
with due as (
  select t.*, row_number() over (order by t.scope_key) as place
    from (select t.* from proposals.prop_document_scopes t
           where not exists (select from operational.outbox o where o.key = 'naive:' || t.scope_key)
           order by t.scope_key limit :batch) t
),
issued as (
  insert into operational.documents (kind, series, sequence, number, customer_id, contract_id, version_no,
    issue_date, period_from,
    period_to, due_date, net_amount, vat_amount, gross_amount, energy_kwh, is_estimated, run_id, content,
      content_hash)
  select 'invoice', 'FV/2026/02', :base + place, 'FV/2026/02/' || (:base + place), customer_id, contract_id,
    1, '2026-02-05',
         period_from, period_to, '2026-02-19', net_amount, 0, net_amount, energy_kwh, false, :run, '{}',
           sha256('x')
    from due
      on conflict do nothing returning id
)
insert into operational.outbox (key, topic, payload)
select 'naive:' || scope_key, 'document.issued', '{}' from due on conflict do nothing
"""
_LEFT = """select count(*) from proposals.prop_document_scopes t
            where not exists (select from operational.outbox o where o.key = 'naive:' || t.scope_key)"""


def main(database: str, run_id: int, worker: int, mode: str) -> None:
    """Issue the run until nothing is left."""
    factory = db.session_factory("app", database, actor=f"job:worker-{worker}")
    with factory() as session:
        session.execute(text("select 1"))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    if mode == "safe":
        operations.issue_run(
            run_id=run_id, session_factory=factory, as_of=datetime.now(UTC), batch_size=BATCH, worker=worker
        )
        return
    while True:
        with factory() as session, session.begin():
            session.execute(
                text(
                    "insert into operational.number_series (code) values ('FV/2026/02') on conflict do "
                    "nothing"
                )
            )
            base = session.execute(text("select last_number from operational.number_series")).scalar_one()
            left = session.execute(text(_LEFT)).scalar_one()
            if not left:
                return
            session.execute(text(_NAIVE), {"base": base, "batch": BATCH, "run": run_id})
            session.execute(
                text("update operational.number_series set last_number = last_number + :count"),
                {"count": min(left, BATCH)},
            )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
