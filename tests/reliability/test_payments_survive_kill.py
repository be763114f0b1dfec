"""kill -9 of loaders at random points, two at once, repeated and overlapping files: every line is posted
once.

The same harness with a naive loader must lose money, or it would not see anything (RELIABILITY F3, F4).
"""

import os
import random
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from operational.finance import queries
from operational.finance.formats.mt940 import read_mt940
from operational.finance.operations import allocate, post_payments
from operational.kernel.db import open_session
from tests.factories.finance import bank_file, issue, make_payers, transfer
from tests.reliability.bank_loaders import NOW

ROOT = Path(__file__).resolve().parents[2]
LINES_PER_FILE, FILES, ROUNDS = 600, 4, 6


def write_files(folder: Path, database: str) -> tuple[list[Path], Decimal, Decimal]:
    """Make customers with debts and the bank's files; return them with the sum of all lines and of
    credits."""
    rng = random.Random(3)
    with open_session("app", actor="test", database=database) as session:
        payers = make_payers(session, range(1, 41))
        for payer in payers:
            issue(session, payer, "500.00", on=NOW.date(), due=NOW.date())
    files, lines = [], []
    for day in range(FILES):
        its_lines = [
            transfer(
                f"{rng.randint(1, 900)}.{rng.randint(0, 99):02d}" if rng.random() < 0.95 else "-2.50",
                to=rng.choice(payers).account if rng.random() < 0.9 else None,
                title="przelew",
                on=NOW.date().replace(day=day + 1),
                reference=f"R{day}{number:05d}",
            )
            for number in range(LINES_PER_FILE)
        ]
        files.append(folder / f"{day}.sta")
        files[-1].write_bytes(bank_file(its_lines))
        lines += its_lines
    total = sum((line.amount for line in lines), Decimal(0))
    return files, total, sum((line.amount for line in lines if line.amount > 0), Decimal(0))


def overlapping(folder: Path, files: list[Path]) -> list[Path]:
    """Return a re-export that overlaps the second and third file, its lines in another order."""
    found = [read_mt940(path.read_bytes(), file_name=path.name)[0].lines for path in files[1:3]]
    lines = [*found[0][300:], *found[1][:300]]
    random.Random(5).shuffle(lines)
    path = folder / "reexport.sta"
    path.write_bytes(bank_file(lines, number="99"))
    return [*files, path]


def start(kind: str, database: str, files: list[Path]) -> subprocess.Popen[str]:
    environment = {**os.environ, "IRIS_SELLER_BANK_CODE": "99900009", "IRIS_SELLER_ACCOUNTS": ""}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.bank_loaders", kind, database, *map(str, files)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def kill_in_the_middle(process: subprocess.Popen[str], database: str, delay: float) -> bool:
    """Wait until the loader has posted something more, then for the delay, then kill it; tell whether it
    worked."""
    assert process.stdout is not None
    before = movements(database)
    assert process.stdout.readline() == "ready\n", process.communicate()[1]
    while process.poll() is None and movements(database) == before:
        time.sleep(0.005)
    time.sleep(delay)
    working = process.poll() is None
    process.kill()
    process.communicate()
    return working


def movements(database: str) -> int:
    with open_session("app", actor="test", database=database) as session:
        return int(session.execute(text("select count(*) from operational.ledger_transfers")).scalar_one())


def bank_in_ledger(database: str) -> Decimal:
    with open_session("app", actor="test", database=database) as session:
        return queries.bank_reconciliation(session).ledger_bank


def half_posted(database: str) -> int:
    """Count payments without their movement and movements of the bank without their payment."""
    with open_session("app", actor="test", database=database) as session:
        return int(
            session.execute(
                text("""
              select (select count(*) from operational.payments p where not exists (select from
                        operational.ledger_transfers t where t.payment_id = p.id and t.amount = p.amount))
                + (select count(*) from operational.ledger_transfers t where t.code like 'payment%'
                     and not exists (select from operational.payments p where p.id = t.payment_id))
                + (select count(*) from operational.payments p where p.customer_id is not null and not exists
                     (select from operational.open_items i where i.payment_id = p.id and i.amount =
                       -p.amount))
                + (select count(*) from raw.files f where f.rows_accepted <> (select count(*) from
                  raw.bank_lines l
                     join raw.bank_statements s on s.id = l.statement_id where s.file_id = f.id))""")
            ).scalar_one()
        )


@pytest.mark.slow
def test_two_loaders_killed_at_random_points_lose_and_double_nothing(database: str, tmp_path: Path) -> None:
    rng = random.Random(11)
    originals, total, credits_in = write_files(tmp_path, database)
    files = overlapping(tmp_path, originals)
    hits = 0
    for number in range(ROUNDS):
        order = rng.sample(files, len(files)) + rng.sample(files, 2)
        pair = [
            start("chunks", database, order),
            start("whole" if number % 2 else "chunks", database, order[::-1]),
        ]
        hits += sum(kill_in_the_middle(process, database, rng.uniform(0, 0.15)) for process in pair)
        assert half_posted(database) == 0
    assert hits >= 2, "the kills came too late to prove anything"
    last = [start("chunks", database, files), start("whole", database, files[::-1])]
    for process in last:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors[-2000:]
    with open_session("app", actor="test", database=database) as session:
        assert post_payments(session, as_of=NOW).posted == 0, "the loaders left lines behind"
        found = queries.bank_reconciliation(session)
        assert found.agrees
        assert (found.ledger_bank, found.to_customers + found.in_suspense) == (total, credits_in)
        lines = session.execute(text("select count(*) from raw.bank_lines")).scalar_one()
        assert lines == LINES_PER_FILE * FILES
        assert allocate(session, as_of=NOW).allocations == 0, "the loaders allocated everything"
    assert half_posted(database) == 0


@pytest.mark.slow
def test_the_naive_control_loses_money_under_the_same_kills(database: str, tmp_path: Path) -> None:
    rng = random.Random(11)
    files, total, _ = write_files(tmp_path, database)
    for _ in range(2):
        kill_in_the_middle(start("naive", database, files), database, rng.uniform(0, 0.05))
    process = start("naive", database, files)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors[-2000:]
    assert bank_in_ledger(database) != total
