"""The benchmark of the staff application:
search, 360 page and lists over half a million customers, and an import.

The portfolio is made by sets in a scratch database;
pages are asked through the app itself (Flask's test client), so that log-in, permissions,
side bar and templates are in the figure. Never part of a test.
"""

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter

from flask.testing import FlaskClient
from sqlalchemy import text

from operational.access.passwords import hash_password
from operational.app.factory import create_app
from operational.crm.portfolio.importing import check_file, import_checked
from operational.kernel import clock, db, roles, server
from operational.kernel.identifiers import complete_supply_point_code
from operational.migrations import migrate
from operational.reference.operations import load_reference_data
from orchestration.bench import machine
from orchestration.bench_crm_data import CONTRACTED_SHARE, make_portfolio

ACTOR = "system:bench"
_PASSWORD = "bench-of-customers"  # noqa: S105  of a scratch database that is dropped at the end


@dataclass(slots=True)
class Timing:
    """Milliseconds of one kind of request: median, 95th percentile, slowest, and how many were asked."""

    name: str
    median: float
    p95: float
    slowest: float
    asked: int


@dataclass(slots=True)
class CrmBench:
    """What was measured, and on what."""

    machine: str
    rows: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    timings: list[Timing] = field(default_factory=list)


def run_crm_bench(*, customers: int, asked: int, contracts: int) -> CrmBench:
    """Make `customers` customers with 1.2 supply points each and measure; `asked` requests of every kind."""
    server.ensure_running()
    database = f"bench_{uuid.uuid4().hex[:10]}"
    bench = CrmBench(machine())
    roles.create_database(database)
    try:
        migrate(database)
        started = perf_counter()
        with db.open_session("app", actor=ACTOR, database=database) as session:
            load_reference_data(session, as_of=clock.now())
            bench.rows = make_portfolio(session, customers=customers)
            session.execute(
                text(
                    "insert into operational.staff_users (login, name, role, password_hash)"
                    " values ('bench', 'Bench', 'admin', :hash)"
                ),
                {"hash": hash_password(_PASSWORD)},
            )
        with db.engine("admin", database).connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("vacuum analyze"))
        bench.seconds["portfolio made"] = perf_counter() - started
        _measure(bench, database, asked)
        if contracts:
            _import(bench, database, customers, contracts)
    finally:
        db.dispose_engines(database)
        roles.drop_database(database)
    return bench


def _measure(bench: CrmBench, database: str, asked: int) -> None:
    client = create_app(database=database, config={"WTF_CSRF_ENABLED": False}).test_client()
    client.post("/login", data={"login": "bench", "password": _PASSWORD})
    chance = random.Random(20260715)  # noqa: S311  the same requests every time
    samples = _samples(database, asked)
    everything: list[float] = []
    for name, ask in _searches(chance).items():
        given = [ask(sample) for sample in samples]
        spent = _ask(client, ("/search?q=" + query.replace("+", "%2B") for query in given), htmx=True)
        everything += spent
        bench.timings.append(_timing(f"search: {name}", spent))
    bench.timings.append(_timing("search: all kinds", everything))
    spent = _ask(client, (f"/customers/{sample['public_id']}" for sample in samples))
    bench.timings.append(_timing("360 page", spent))
    for name, path in _lists(samples):
        bench.timings.append(
            _timing(f"list: {name}", _ask(client, (path for _ in range(max(asked // 10, 5)))))
        )


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
        return sample["name"].split(" ")[-1].replace("/", "")

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
    name = samples[0]["name"].split(" ")[-1]
    yield "customers", "/customers"
    yield "customers by name", f"/customers?name={name}"
    yield "customers by town and kind", "/customers?city=Krak%C3%B3w&kind=business"
    yield "customers with gas", "/customers?medium=gas"
    yield "customers overdue", "/customers?overdue=1"
    yield "customers by balance", "/customers?order=balance"
    yield "customers most overdue in a town", "/customers?order=overdue&city=Tarn%C3%B3w"
    yield "customers newest first", "/customers?order=since"
    yield "contracts", "/contracts"
    yield "invoices", "/invoices"


def _ask(client: FlaskClient, paths: Iterator[str], *, htmx: bool = False) -> list[float]:
    spent = []
    for path in paths:
        started = perf_counter()
        answer = client.get(path, headers={"HX-Request": "true"} if htmx else {})
        answer.get_data()
        spent.append((perf_counter() - started) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}; the figure would mean nothing.")
    return spent


def _timing(name: str, spent: list[float]) -> Timing:
    ordered = sorted(spent)
    count = len(ordered)
    return Timing(name, ordered[count // 2], ordered[min(count - 1, int(count * 0.95))], ordered[-1], count)


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
