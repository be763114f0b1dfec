"""The benchmark of the bank: one statement of many lines, from its bytes to payments on accounts.

Figures are wall seconds of one process and mean little without the machine, so it is printed. Never part of a
test: a slow machine is not a wrong program.
"""

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from time import monotonic

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance import queries
from operational.finance.allocation import allocate
from operational.finance.formats.mt940_writer import write_mt940
from operational.finance.formats.reading import read_bank_file
from operational.finance.formats.statements import BankBalance, BankLine, BankStatement
from operational.finance.importing import customers_paid_by_file, post_payments
from operational.finance.landing import land_bank_file
from operational.kernel import db, roles, server
from operational.kernel.identifiers import virtual_account
from operational.kernel.settings import get_settings
from operational.migrations import migrate
from orchestration.bench import machine
from orchestration.simulator.bulk import bulk_portfolio

ACTOR = "system:bench"
_DAY = date(2026, 3, 10)
_NOW = datetime(2026, 3, 11, 8, 0, tzinfo=UTC)
_LINES_PER_CUSTOMER = 5
_WITHOUT_ACCOUNT, _NOBODYS, _FEES = 0.15, 0.05, 0.02


@dataclass(slots=True)
class BankBench:
    """Seconds per phase, what became of the lines, and what it was measured on."""

    lines: int
    form: str
    machine: str
    bytes: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def lines_per_second(self) -> float:
        """Lines per second from the bytes of the file to the last movement, allocation included."""
        return self.lines / sum(self.seconds[step] for step in ("land", "post", "allocate"))


def run_bank_bench(*, lines: int, form: str = "mt940") -> BankBench:
    """Read, land, post and allocate one statement (``mt940`` or ``camt``) in a scratch database."""
    server.ensure_running()
    database = f"bench_{uuid.uuid4().hex[:10]}"
    bench = BankBench(lines, form, machine())
    roles.create_database(database)
    try:
        migrate(database)
        bulk_portfolio(
            database=database, supply_points=max(lines // _LINES_PER_CUSTOMER, 100), month=_DAY.replace(day=1)
        )
        with db.engine("admin", database).connect().execution_options(isolation_level="AUTOCOMMIT") as admin:
            admin.execute(text("analyze"))
        with db.open_session("app", actor=ACTOR, database=database) as session:
            content = _content(session, lines, form)
        bench.bytes = len(content)
        _measure(bench, database, content)
    finally:
        db.dispose_engines(database)
        roles.drop_database(database)
    return bench


def _measure(bench: BankBench, database: str, content: bytes) -> None:
    def timed(step: str, started: float) -> float:
        bench.seconds[step] = monotonic() - started
        return monotonic()

    name, started = f"bench.{bench.form}", monotonic()
    read_bank_file(content, file_name=name)
    started = timed("of which reading", started)
    with db.open_session("app", actor=ACTOR, database=database) as session:
        landed = land_bank_file(session, content=content, name=name, as_of=_NOW)
        if landed.file_id is None:
            raise AssertionError(f"the generated file was refused: {landed.rejection}")
        started = timed("land", started)
        posted = post_payments(session, as_of=_NOW, file_id=landed.file_id)
        started = timed("post", started)
        customers = customers_paid_by_file(session, landed.file_id)
        done = allocate(session, customer_ids=customers, as_of=_NOW)
        timed("allocate", started)
        if not queries.bank_reconciliation(session).agrees:
            raise AssertionError("the bank is not posted + suspense")
    bench.rows = {
        "posted": posted.posted, "in suspense": posted.suspense, "other": posted.outgoing,
        "customers paid for": len(customers), "allocations": done.allocations,
    }  # fmt: skip


def _content(session: Session, lines: int, form: str) -> bytes:
    """Return the file: most lines to virtual accounts, some with payer's account or name only, some fees."""
    accounts: list[str] = list(
        session.execute(text("select virtual_account from operational.customers order by id")).scalars()
    )
    rng = random.Random(1)  # noqa: S311  not for secrets
    made = [_line(rng, number, accounts) for number in range(1, lines + 1)]
    total = sum((line.amount for line in made), Decimal(0))
    statement = BankStatement(
        account=virtual_account(get_settings().seller_bank_code, 1), currency="PLN", reference="BENCH",
        statement_number="1", sequence=None, opening=BankBalance(Decimal(0), _DAY, "PLN"),
        closing=BankBalance(total, _DAY, "PLN"), lines=tuple(made),
    )  # fmt: skip
    return write_mt940(statement) if form == "mt940" else _camt(statement)


def _line(rng: random.Random, number: int, accounts: list[str]) -> BankLine:
    customer, kind = rng.randrange(len(accounts)), rng.random()
    amount = Decimal(rng.randint(1_00, 400_00)) / 100
    payer = f"11402004{customer:016d}"
    return BankLine(
        line_no=number, value_date=_DAY, booking_date=_DAY, amount=-amount if kind < _FEES else amount,
        currency="PLN", transaction_type="NTRF", bank_reference=f"B{number:010d}",
        title=f"opłata za prąd {rng.choice(('marzec', 'luty', 'FV/2026/02/%06d' % number))}",  # noqa: UP031
        payer_name=f"Klient {customer}",
        payer_account=None if kind < _NOBODYS else virtual_account(payer[:8], customer + 1),
        virtual_account=None if kind < _WITHOUT_ACCOUNT else accounts[customer],
    )  # fmt: skip


def _camt(statement: BankStatement) -> bytes:
    def balance(code: str, found: BankBalance | None) -> str:
        assert found is not None  # noqa: S101  made above
        mark = "DBIT" if found.amount < 0 else "CRDT"
        return (
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='PLN'>{abs(found.amount)}</Amt>"
            f"<CdtDbtInd>{mark}</CdtDbtInd><Dt><Dt>{_DAY}</Dt></Dt></Bal>"
        )

    def entry(line: BankLine) -> str:
        to = (
            f"<CdtrAcct><Id><IBAN>PL{line.virtual_account}</IBAN></Id></CdtrAcct>"
            if line.virtual_account
            else ""
        )
        by = (
            f"<DbtrAcct><Id><IBAN>PL{line.payer_account}</IBAN></Id></DbtrAcct>" if line.payer_account else ""
        )
        return (
            f"<Ntry><Amt Ccy='PLN'>{abs(line.amount)}</Amt>"
            f"<CdtDbtInd>{'DBIT' if line.amount < 0 else 'CRDT'}</CdtDbtInd><Sts>BOOK</Sts>"
            f"<BookgDt><Dt>{_DAY}</Dt></BookgDt><ValDt><Dt>{_DAY}</Dt></ValDt>"
            f"<AcctSvcrRef>{line.bank_reference}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties>"
            f"<Dbtr><Nm>{line.payer_name}</Nm></Dbtr>{by}{to}</RltdPties>"
            f"<RmtInf><Ustrd>{line.title}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
        )

    head = (
        "<?xml version='1.0' encoding='UTF-8'?>"
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'>"
        f"<BkToCstmrStmt><Stmt><Id>BENCH</Id><Acct><Id><IBAN>PL{statement.account}</IBAN></Id></Acct>"
    )
    balances = balance("OPBD", statement.opening) + balance("CLBD", statement.closing)
    entries = "".join(entry(line) for line in statement.lines)
    return f"{head}{balances}{entries}</Stmt></BkToCstmrStmt></Document>".encode()
