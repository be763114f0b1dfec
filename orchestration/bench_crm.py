"""The benchmark of the staff application:
search, 360 page and lists over half a million customers, and an import.

The portfolio is made by sets in a scratch database;
pages are asked through the app itself (Flask's test client), so that log-in, permissions,
side bar and templates are in the figure. Never part of a test.
"""

import random
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from time import perf_counter
from typing import Any
from urllib.parse import quote_plus

from flask.testing import FlaskClient
from sqlalchemy import event, text

from operational.access.passwords import hash_password
from operational.app.factory import create_app
from operational.crm.portfolio.importing import check_file, import_checked
from operational.kernel import clock, db, roles, server
from operational.kernel.identifiers import complete_supply_point_code
from operational.migrations import migrate
from operational.reference.operations import load_reference_data
from orchestration.bench import machine, run_bench
from orchestration.bench_crm_data import CONTRACTED_SHARE, make_portfolio, rows_of

ACTOR = "system:bench"
_PASSWORD = "bench-of-customers"  # noqa: S105  of a scratch database that is dropped at the end


@dataclass(slots=True)
class Timing:
    """Milliseconds of one kind of request: median, 95th percentile, slowest; how many were asked,
    and how many statements the database ran for the one with most."""

    name: str
    median: float
    p95: float
    slowest: float
    asked: int
    statements: int


@dataclass(slots=True)
class CrmBench:
    """What was measured, and on what."""

    machine: str
    rows: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    timings: list[Timing] = field(default_factory=list)


def run_crm_bench(
    *, customers: int, asked: int, contracts: int, keep: str = "", billing: int = 0
) -> CrmBench:
    """Make `customers` customers with 1.2 supply points each and measure; `asked` requests of every kind.

    With `keep` the portfolio stays in the database of that name and is used again the next time.
    With `billing` everything is measured once more while that many points are billed again and again
    in a second database of the same server: by two workers, on the same processor, memory and disk.
    """
    server.ensure_running()
    database = keep or f"bench_{uuid.uuid4().hex[:10]}"
    bench = CrmBench(machine())
    try:
        if not roles.database_exists(database):
            started = perf_counter()
            _make(database, customers)
            bench.seconds["portfolio made"] = perf_counter() - started
        with db.open_session("app", actor=ACTOR, database=database) as session:
            bench.rows = rows_of(session)
        _measure(bench, database, asked)
        if billing:
            with _billing_meanwhile(bench, billing):
                _measure(bench, database, asked, "while billing: ")
        if contracts:
            _import(bench, database, customers, contracts)
    finally:
        db.dispose_engines(database)
        if not keep:
            roles.drop_database(database)
    return bench


def _make(database: str, customers: int) -> None:
    roles.create_database(database)
    migrate(database)
    with db.open_session("app", actor=ACTOR, database=database) as session:
        load_reference_data(session, as_of=clock.now())
        make_portfolio(session, customers=customers)
        session.execute(
            text(
                "insert into operational.staff_users (login, name, role, password_hash)"
                " values ('bench', 'Bench', 'admin', :hash)"
            ),
            {"hash": hash_password(_PASSWORD)},
        )
    with db.engine("admin", database).connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("vacuum analyze"))


@contextmanager
def _billing_meanwhile(bench: CrmBench, supply_points: int) -> Iterator[None]:
    """Bill generated points in other processes, one whole run after the other, until the block ends."""
    context = get_context("spawn")
    stop, billed = context.Event(), context.Value("q", 0)
    process = context.Process(target=_bill_on, args=(supply_points, stop, billed))
    process.start()
    try:
        yield
    finally:
        stop.set()
        process.join()
    bench.rows["documents issued meanwhile"] = billed.value


def _bill_on(supply_points: int, stop: Event, billed: Any) -> None:
    while not stop.is_set():
        done = run_bench(supply_points=supply_points, workers=2, month=date(2026, 6, 1))
        billed.value += done.rows["documents"]


def _measure(bench: CrmBench, database: str, asked: int, when: str = "") -> None:
    client = create_app(database=database, config={"WTF_CSRF_ENABLED": False}).test_client()
    client.post("/login", data={"login": "bench", "password": _PASSWORD})
    chance = random.Random(20260715)  # noqa: S311  the same requests every time
    samples = _samples(database, asked)
    with _statements(database) as run:
        desk = _Desk(client, run)
        everything: list[tuple[float, int]] = []
        for name, ask in _searches(chance).items():
            given = [ask(sample) for sample in samples]
            spent = desk.ask(("/search?q=" + quote_plus(query) for query in given), htmx=True)
            everything += spent
            bench.timings.append(_timing(f"{when}search: {name}", spent))
        bench.timings.append(_timing(f"{when}search: all kinds", everything))
        spent = desk.ask(f"/customers/{sample['public_id']}" for sample in samples)
        bench.timings.append(_timing(f"{when}360 page", spent))
        for name, path in _lists(samples):
            spent = desk.ask(path for _ in range(max(asked // 5, 10)))
            bench.timings.append(_timing(f"{when}list: {name}", spent))


@contextmanager
def _statements(database: str) -> Iterator[list[str]]:
    """Collect the statements that the application sends while the block runs."""
    run: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        run.append(statement)

    engine = db.engine("app", database)
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield run
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _samples(database: str, asked: int) -> list[dict[str, str]]:
    """Choose customers evenly over the whole table, with the identifiers that people search by."""
    with db.open_session("app", actor=ACTOR, database=database) as session:
        found = session.execute(
            text(
                "select c.public_id::text as public_id, c.name, c.customer_number,"
                " coalesce(c.nip, '') as nip, c.pesel, c.phone, c.email, c.virtual_account, p.code,"
                " m.serial, k.number as contract,"
                " coalesce(d.number, '') as document,"
                " a.street || ' ' || a.building || ' ' || a.city as address"
                " from operational.customers c join operational.addresses a on a.id = c.address_id"
                " join operational.contracts k on k.customer_id = c.id"
                " join operational.contract_supply_points s on s.contract_id = k.id"
                " join operational.supply_points p on p.id = s.supply_point_id"
                " join operational.meter_installations i on i.supply_point_id = p.id"
                " join operational.meters m on m.id = i.meter_id"
                " left join operational.documents d on d.contract_id = k.id"
                " where c.id % (select greatest(count(*) / :n, 1) from operational.contracts) = 0 limit :n"
            ),
            {"n": asked},
        )
        return [{name: str(value or "") for name, value in row._mapping.items()} for row in found]


def _searches(chance: random.Random) -> dict[str, Callable[[dict[str, str]], str]]:
    def surname(sample: dict[str, str]) -> str:
        return sample["name"].split(" ")[1]

    def mistyped(sample: dict[str, str]) -> str:
        word = surname(sample)
        place = chance.randrange(1, max(len(word) - 1, 2))
        return word[:place] + word[place + 1 :]

    return {
        "whole name": lambda sample: sample["name"],
        "surname": surname,
        "surname with a typing error": mistyped,
        "NIP or PESEL": lambda sample: sample["nip"] or sample["pesel"],
        "customer number": lambda sample: sample["customer_number"],
        "supply point": lambda sample: sample["code"],
        "end of the supply point": lambda sample: sample["code"][-8:],
        "meter": lambda sample: sample["serial"],
        "fragment of an invoice": lambda sample: sample["document"][3:] or sample["contract"],
        "contract": lambda sample: sample["contract"],
        "own account": lambda sample: sample["virtual_account"],
        "telephone": lambda sample: sample["phone"],
        "e-mail": lambda sample: sample["email"],
        "address": lambda sample: sample["address"],
    }


def _lists(samples: list[dict[str, str]]) -> Iterator[tuple[str, str]]:
    name, point = samples[0]["name"].split(" ")[1], samples[0]["code"]
    krakow, tarnow = "city=Krak%C3%B3w", "city=Tarn%C3%B3w"
    yield "customers", "/customers"
    yield "customers by name", f"/customers?name={name}"
    yield "customers by town and kind", f"/customers?{krakow}&kind=business"
    yield "customers with gas", "/customers?medium=gas"
    yield "customers with gas in a town", f"/customers?medium=gas&{krakow}"
    yield "customers overdue", "/customers?overdue=1"
    yield "customers by balance", "/customers?order=balance"
    yield "customers by balance in a town", f"/customers?order=balance&{tarnow}"
    yield "customers most overdue in a town", f"/customers?order=overdue&{tarnow}"
    yield "customers newest first", "/customers?order=since"
    yield "contracts", "/contracts"
    yield "contracts by status and distributor", "/contracts?status=active&dso=psg"
    yield "contracts by number", "/contracts?number=2025%2F1234"
    yield "supply points", "/supply-points"
    yield "supply points by code", f"/supply-points?code={point[-8:]}"
    yield "supply points without supply", "/supply-points?state=idle&medium=electricity"
    yield "invoices", "/invoices"
    yield "invoices of a month", "/invoices?month=2026-07&kind=invoice"
    yield "invoices overdue", "/invoices?state=overdue"
    yield "invoices paid", "/invoices?state=paid&month=2026-07"
    yield "invoices of a name", f"/invoices?q={name}"
    yield "invoices by number", f"/invoices?q={samples[0]['document'][-7:]}"
    yield "payments", "/payments"
    yield "payments of a name", f"/payments?q={name}"
    yield "complaints", "/complaints"


@dataclass(slots=True)
class _Desk:
    """A browser that is logged in, and the statements run for it."""

    client: FlaskClient
    run: list[str]

    def ask(self, paths: Iterable[str], *, htmx: bool = False) -> list[tuple[float, int]]:
        """Ask for pages one after the other; return milliseconds and statements of each."""
        spent = []
        for path in paths:
            self.run.clear()
            started = perf_counter()
            answer = self.client.get(path, headers={"HX-Request": "true"} if htmx else {})
            answer.get_data()
            spent.append(((perf_counter() - started) * 1000, len(self.run)))
            if answer.status_code != 200:
                raise RuntimeError(f"{path} answered {answer.status_code}; the figure would mean nothing.")
        return spent


def _timing(name: str, spent: list[tuple[float, int]]) -> Timing:
    ordered = sorted(milliseconds for milliseconds, _statements in spent)
    count, most = len(ordered), max(statements for _milliseconds, statements in spent)
    return Timing(
        name, ordered[count // 2], ordered[min(count - 1, int(count * 0.95))], ordered[-1], count, most
    )


def _import(bench: CrmBench, database: str, customers: int, contracts: int) -> None:
    """Import contracts from CSV for the points that the portfolio left without one."""
    first = int(customers * CONTRACTED_SHARE)
    lines = ["number,customer_number,signed_on,price_list_code,supply_point_codes,valid_from"]
    for index in range(contracts):
        point = complete_supply_point_code(f"590322{first + index + 1:011d}")
        lines.append(f"CSV/{index},{100_001 + index % customers},2026-06-01,BENCH-1,{point},2026-07-01")
    content = "\n".join(lines).encode()
    started = perf_counter()
    with db.open_session("app", actor=ACTOR, database=database) as session:
        checked = check_file(session, kind="contracts", content=content)
        bench.seconds["contracts checked"] = perf_counter() - started
        bench.rows["contracts imported"] = import_checked(session, checked=checked, as_of=clock.now())
    bench.seconds["contracts imported"] = perf_counter() - started
