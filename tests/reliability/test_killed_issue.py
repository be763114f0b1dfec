"""kill -9 of the issue step at random points, two workers at once, then a rerun: no gap, no duplicate,
nothing lost.

The naive control fails the same check, which proves that the check can see the fault. Recipes F1, F4 and F9.
"""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from operational.kernel import db
from tests.factories import billing_market
from tests.factories.billing_desk import Desk

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = 1500
KILLS = 5

# One number per promise; all must be zero at any moment, also right after a kill.
_BROKEN = """
select
  (select coalesce(sum(n), 0) from (select max(sequence) - count(*) as n from operational.documents group by
    series) x) as gaps,
  (select count(*) from operational.number_series s
    where s.last_number <> (select coalesce(max(sequence), 0) from operational.documents d where d.series =
      s.code)) as counters,
  (select count(*) - count(distinct (customer_id, period_from, version_no)) from operational.documents) as
    duplicates,
  (select count(*) from operational.documents d
    where not exists (select from operational.document_lines l where l.document_id = d.id)) as without_lines,
  (select count(*) from operational.documents d
    where not exists (select from operational.outbox o where o.key = 'document.issued:' || d.id)) as
      without_message,
  (select count(*) from operational.documents d where d.gross_amount <> (select coalesce(sum(case
    debit_account
     when 'receivable' then t.amount else -t.amount end), 0) from operational.ledger_transfers t where
       t.document_id = d.id)) as not_in_ledger,
  (select count(*) from operational.documents d where d.gross_amount <>
     (select coalesce(sum(i.amount), 0) from operational.open_items i where i.document_id = d.id)) as
       not_open,
  (select count(*) from operational.billing_scopes s
    where not exists (select from operational.documents d where d.id = s.invoice_id)) as
      scopes_without_document
"""
_LOST = """
select (select count(*) from proposals.prop_document_scopes) - (select count(*) from operational.documents)
  as documents,
       (select sum(net_amount) from proposals.prop_document_scopes) - (select sum(net_amount) from
         operational.documents) as net
"""


def _broken(desk: Desk) -> dict[str, int]:
    [row] = desk.ask(_BROKEN)
    return {name: value for name, value in row._mapping.items() if value}


def _start(desk: Desk, run_id: int, mode: str, workers: int) -> list[subprocess.Popen[str]]:
    """Start workers that wait for each other and then issue at the same time."""
    command = [sys.executable, "-m", "tests.reliability.issue_worker", desk.database, str(run_id)]
    running = [
        subprocess.Popen(
            [*command, str(worker), mode], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for worker in range(workers)
    ]
    for process in running:
        assert process.stdout is not None
        with process.stdout as lines:
            assert lines.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        with process.stdin as starter:
            starter.write("go\n")
    return running


def _wait_for_documents(desk: Desk, *, more_than: int) -> None:
    deadline = time.monotonic() + 30
    while desk.ask("select count(*) from operational.documents")[0][0] <= more_than:
        assert time.monotonic() < deadline, "no batch was committed in 30 seconds"
        time.sleep(0.02)


def _prepare(desk: Desk) -> int:
    billing_market.build(desk.database, customers=CUSTOMERS)
    run = desk.make(months=1)
    desk.approve(run.run_id)
    return run.run_id


@pytest.mark.parametrize("workers", [1, 2])
def test_issue_that_is_killed_again_and_again_leaves_no_gap_no_duplicate_and_loses_nothing(
    database: str, workers: int
) -> None:
    desk = Desk(database)
    run_id = _prepare(desk)
    dice = random.Random(42)
    seen: list[int] = []
    for number in range(KILLS):
        running = _start(desk, run_id, "safe", workers)
        if number % 2 == 0:
            _wait_for_documents(desk, more_than=seen[-1] if seen else 0)
        time.sleep(dice.uniform(0.02, 0.3))
        for process in running:
            process.kill()
            process.wait()
        assert _broken(desk) == {}
        seen.append(desk.ask("select count(*) from operational.documents")[0][0])
    running = _start(desk, run_id, "safe", workers)
    assert [process.wait(timeout=120) for process in running] == [0] * workers
    assert _broken(desk) == {}
    assert desk.ask(_LOST) == [(0, 0)]
    assert desk.ask("select status from operational.billing_runs") == [("issued",)]
    assert 0 < seen[0] < CUSTOMERS, "the first worker was not killed in the middle: this proves nothing"
    before = desk.ask("select count(*), max(id) from operational.ledger_transfers")
    assert desk.issue(run_id).documents == 0
    assert desk.ask("select count(*), max(id) from operational.ledger_transfers") == before


def test_connection_cut_in_the_middle_of_a_batch_is_repaired_by_a_rerun(database: str) -> None:
    desk = Desk(database)
    run_id = _prepare(desk)
    [worker] = _start(desk, run_id, "safe", 1)
    cut = (
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and usename = 'iris_app'"
        " and xact_start is not null and position('batch_' in query) > 0"
    )
    deadline = time.monotonic() + 60
    with (
        db.engine("admin", database)
        .connect()
        .execution_options(isolation_level="AUTOCOMMIT") as administrator
    ):
        while not administrator.exec_driver_sql(cut).all() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert worker.wait(timeout=60) != 0
    assert _broken(desk) == {}
    assert desk.issue(run_id).left == 0
    assert _broken(desk) == {}
    assert desk.ask(_LOST) == [(0, 0)]


def test_naive_worker_fails_the_same_check(database: str) -> None:
    desk = Desk(database)
    run_id = _prepare(desk)
    running = _start(desk, run_id, "naive", 2)
    for process in running:
        process.wait(timeout=120)
    [lost] = desk.ask(_LOST)
    assert {"gaps", "counters"} & set(_broken(desk)) or lost.documents
