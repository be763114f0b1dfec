"""The benchmark of billing: a generated portfolio, one month, from readings in tables to committed documents.

Figures are wall seconds of this process and its workers; they mean little without the machine, so it is
printed. Never part of a test: a slow machine is not a wrong program.
"""

import os
import platform
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, sleep

import psutil
from sqlalchemy import text

from operational.billing import operations, queries
from operational.kernel import db, roles, server
from operational.kernel.calendar import WARSAW, add_months
from operational.migrations import migrate
from orchestration import warehouse
from orchestration.simulator.bulk import bulk_portfolio

ACTOR = "system:bench"
_MEBIBYTE = 1024 * 1024
_COUNTS = text("""select (select count(*) from operational.documents) as documents,
    (select count(*) from operational.document_lines) as lines,
    (select count(*) from operational.ledger_transfers) as movements,
    (select count(*) from operational.outbox) as messages""")


@dataclass(slots=True)
class Bench:
    """Seconds per step, rows made, and what they were measured on."""

    supply_points: int
    workers: int
    machine: str
    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    peak_memory_mib: int = 0

    @property
    def bills_per_second(self) -> float:
        """Documents per second from readings in tables to the last commit (proposals, run, issue)."""
        return self.rows["documents"] / sum(self.seconds[step] for step in ("proposals", "run", "issue"))

    @property
    def issued_per_second(self) -> float:
        """Documents per second of the issue step alone."""
        return self.rows["documents"] / self.seconds["issue"]

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Measure the wall seconds of a step."""
        started = monotonic()
        yield
        self.seconds[step] = monotonic() - started


def run_bench(*, supply_points: int, workers: int, month: date) -> Bench:
    """Bill ``month`` for generated points in a scratch database, then bill again with nothing changed."""
    info = server.ensure_running()
    database = f"bench_{uuid.uuid4().hex[:10]}"
    bench = Bench(supply_points, workers, machine())
    roles.create_database(database)
    try:
        migrate(database)
        with bench.timed("portfolio"):
            bulk_portfolio(database=database, supply_points=supply_points, month=month)
        _analyze(database)
        with _peak_memory(bench, info.port):
            _bill(bench, database, month, ("proposals", "run", "issue"))
        with db.open_session("app", actor=ACTOR, database=database) as session:
            bench.rows = {name: int(count) for name, count in session.execute(_COUNTS).one()._mapping.items()}
        _bill(bench, database, month, ("again: proposals", "again: run", "again: issue"))
    finally:
        db.dispose_engines(database)
        roles.drop_database(database)
    return bench


def _bill(bench: Bench, database: str, month: date, steps: tuple[str, str, str]) -> None:
    as_of = datetime.combine(add_months(month, 1) + timedelta(days=5), time(10), tzinfo=WARSAW)
    with bench.timed(steps[0]):
        found = warehouse.compute_proposals(
            database=database, billed_through=add_months(month, 1) - timedelta(days=1)
        )
    with bench.timed(steps[1]), db.open_session("app", actor=ACTOR, database=database) as session:
        run = queries.latest_run(session, billing_month=month)
        if run is None or run.computation_id != found.id:
            made = operations.create_run(
                session, billing_month=month, computation_id=found.id, issue_date=as_of.date(), as_of=as_of
            )
            operations.approve_run(session, run_id=made.run_id, as_of=as_of, reason="benchmark")
            run_id = made.run_id
        else:
            run_id = run.id
    # Workers of a running system are there already, so their start is not part of the figure.
    with ProcessPoolExecutor(bench.workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(_warm_up, [database] * bench.workers))
        with bench.timed(steps[2]):
            tasks = [pool.submit(_issue_as, database, run_id, as_of, n) for n in range(bench.workers)]
            for task in tasks:
                task.result()


def _warm_up(database: str) -> None:
    with db.open_session("app", actor=ACTOR, database=database) as session:
        session.execute(text("select pg_sleep(1)"))


def _issue_as(database: str, run_id: int, as_of: datetime, worker: int) -> None:
    operations.issue_run(
        run_id=run_id,
        session_factory=db.session_factory("app", database, actor=ACTOR),
        as_of=as_of,
        worker=worker,
    )


def _analyze(database: str) -> None:
    """Give the planner what the nightly autovacuum would have given it."""
    with db.engine("admin", database).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze"))


@contextmanager
def _peak_memory(bench: Bench, port: int) -> Iterator[None]:
    """Watch this process, its workers and the private memory of the database server until the block ends."""
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(bench, port, done), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _watch(bench: Bench, port: int, done: threading.Event) -> None:
    while not done.is_set():
        own = psutil.Process()
        processes = [own, *own.children(recursive=True), *_server_processes(port)]
        used = sum(_unshared(process) for process in processes) // _MEBIBYTE
        bench.peak_memory_mib = max(bench.peak_memory_mib, used)
        sleep(0.5)


def _server_processes(port: int) -> list[psutil.Process]:
    found = []
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            postmaster = psutil.Process(connection.pid)
            found = [postmaster, *postmaster.children()]
    return found


def _unshared(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().uss)
    except psutil.Error:  # ended meanwhile, or not ours to look at
        return 0


def machine() -> str:
    """Return what the figures were measured on: processor, cores, memory, Python."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    memory = psutil.virtual_memory().total // (1024 * _MEBIBYTE)
    processor = models[0] if models else platform.machine()
    return f"{processor}, {os.cpu_count()} cores, {memory} GiB, Python {platform.python_version()}"
