"""Import of CSV files: check every row by sets, import the good ones, give the wrong ones back with reasons.

A check writes nothing. An import takes the rows that passed, all in one transaction:
either all of them are saved or none.
What is in the database already with the same key and the same owner counts as known and is left as it is,
so the corrected file may be sent again as a whole.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg import Connection
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.portfolio import files
from operational.crm.portfolio.files import Line, Problem, Reading
from operational.crm.portfolio.operations import import_portfolio
from operational.crm.portfolio.rows import (
    Address,
    ContractRow,
    ContractSupplyPointRow,
    ContractTermsRow,
    CustomerRow,
    InstallationRow,
    MeterRow,
    Portfolio,
    RegisterRow,
    SupplyPointRow,
    TermsRow,
)
from operational.crm.portfolio.set_checks import CHECKS, KNOWN, STAGED
from operational.kernel.rows import one, rows

# Processes that make customer numbers wait for each other on this number (see customers/operations.py).
_NUMBERING_LOCK: Final = 7_401_101
KINDS: Final = ("customers", "points", "contracts")


@dataclass(frozen=True, slots=True)
class Checked:
    """A checked file: rows read, good lines, lines known already, problems by line and column."""

    kind: str
    heading: tuple[str, ...]
    rows_read: int
    good: tuple[Line, ...]
    known: int
    problems: tuple[Problem, ...]
    raw: dict[int, tuple[str, ...]]

    @property
    def wrong(self) -> int:
        """Return how many rows have at least one problem."""
        return len({problem.line for problem in self.problems})


def check_file(session: Session, *, kind: str, content: bytes) -> Checked:
    """Check a file of `customers`, `points` or `contracts`; nothing is written.

    Raises ImportFileError when the file as a whole cannot be read.
    """
    found = files.read_file(kind, content)
    _stage(session, kind, found)
    by_sets = {Problem(*row) for row in rows(session, CHECKS[kind])}
    known = {row[0] for row in rows(session, KNOWN[kind])} - {problem.line for problem in by_sets}
    _name_distributors(session, kind, found)
    session.execute(text("drop table pg_temp.import_lines"))
    wrong = {problem.line for problem in by_sets}
    return Checked(
        kind, found.heading, len(found.raw),
        tuple(line for line in found.lines if line.number not in wrong and line.number not in known),
        len(known), tuple(sorted([*found.problems, *by_sets], key=lambda p: (p.line, p.column))), found.raw,
    )  # fmt: skip


def _stage(session: Session, kind: str, found: Reading) -> None:
    """Copy what the set checks need into a temporary table, all values as texts."""
    columns = STAGED[kind]
    session.execute(text("drop table if exists pg_temp.import_lines"))
    names = ", ".join(f"{name} text" for name in columns)
    session.execute(
        text(f"create temp table import_lines (line integer primary key, {names}) on commit drop")
    )
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, Connection)  # noqa: S101  the engine of this house is psycopg
    with driver.cursor() as cursor, cursor.copy("copy pg_temp.import_lines from stdin") as copy:
        for line in found.lines:
            copy.write_row((line.number, *(_as_text(line.cells[name]) for name in columns)))
    session.execute(text("analyze pg_temp.import_lines"))


def _as_text(value: Any) -> str | None:
    if value is None:
        return None
    return "|".join(value) if isinstance(value, tuple) else str(value)


def _name_distributors(session: Session, kind: str, found: Reading) -> None:
    """Write the distributor that the code begins with into the rows that name none."""
    if kind != "points":
        return
    named = rows(
        session,
        """select l.line, d.code from pg_temp.import_lines l join operational.dsos d on d.medium = l.medium
             and d.point_code_prefix <> '' and l.code like d.point_code_prefix || '%'
               where l.dso_code is null""",
    )
    distributors = {row[0]: row[1] for row in named}
    for line in found.lines:
        line.cells["dso_code"] = line.cells["dso_code"] or distributors.get(line.number)


def import_checked(session: Session, *, checked: Checked, as_of: datetime) -> int:
    """Import the good rows of a checked file in the caller's transaction; return how many rows were imported.

    The check must come from this transaction, so that nothing changed in between.
    Customers without a number get the next ones.
    """
    if not checked.good:
        return 0
    made = {"customers": _customers, "points": _points, "contracts": _contracts}[checked.kind]
    import_portfolio(session, rows=made(session, checked.good), as_of=as_of)
    return len(checked.good)


def _address(cells: dict[str, Any]) -> Address:
    return Address(
        cells["street"], cells["building"], cells["postal_code"], cells["city"], flat=cells["flat"]
    )


def _customers(session: Session, lines: Sequence[Line]) -> Portfolio:
    numbers = _next_numbers(session, lines)
    return Portfolio(
        customers=[
            CustomerRow(
                cells["number"] or next(numbers), cells["kind"], cells["name"], _address(cells),
                cells["customer_since"], nip=cells["nip"], pesel=cells["pesel"], regon=cells["regon"],
                email=cells["email"], phone=cells["phone"], language=cells["language"],
                invoice_channel=cells["invoice_channel"],
            )
            for cells in (line.cells for line in lines)
        ]
    )  # fmt: skip


def _next_numbers(session: Session, lines: Sequence[Line]) -> Iterator[str]:
    """Count on from the highest number of the database and of the file."""
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _NUMBERING_LOCK})
    highest = one(
        session,
        "select coalesce(max(customer_number::bigint), 10000) as n from operational.customers"
        " where customer_number ~ '^[0-9]{1,15}$'",
    ).n
    given = [int(line.cells["number"]) for line in lines if line.cells["number"]]
    number = max([int(highest), *given])
    while True:
        number += 1
        yield str(number)


def _points(_session: Session, lines: Sequence[Line]) -> Portfolio:
    made = Portfolio()
    for cells in (line.cells for line in lines):
        made.supply_points.append(
            SupplyPointRow(cells["code"], cells["medium"], cells["dso_code"], _address(cells))
        )
        made.terms.append(
            TermsRow(
                cells["code"], cells["tariff_group"], cells["annual_kwh"], cells["customer_class"],
                cells["valid_from"], phases=cells["phases"], contracted_power_kw=cells["contracted_power_kw"],
                capacity_mode=cells["capacity_mode"], metering_mode=cells["metering_mode"],
                gas_area_code=cells["gas_area_code"],
            )
        )  # fmt: skip
        if cells["meter_serial"]:
            unit = "m3" if cells["medium"] == "gas" else "kwh"
            made.meters.append(MeterRow(cells["meter_serial"], cells["medium"]))
            made.registers += [
                RegisterRow(cells["meter_serial"], zone, unit, cells["meter_digits"], cells["multiplier"])
                for zone in cells["meter_zones"]
            ]
            made.installations.append(
                InstallationRow(cells["meter_serial"], cells["code"], cells["valid_from"])
            )
    return made


def _contracts(_session: Session, lines: Sequence[Line]) -> Portfolio:
    made = Portfolio()
    for cells in (line.cells for line in lines):
        number, begin, end = cells["number"], cells["valid_from"], cells["valid_to"]
        made.contracts.append(
            ContractRow(number, cells["customer_number"], cells["kind"], cells["signed_on"])
        )
        made.contract_terms.append(
            ContractTermsRow(
                number, cells["price_list_code"], cells["cycle_anchor"], begin, valid_to=end,
                cycle_months=cells["cycle_months"], payment_term_days=cells["payment_term_days"],
                invoicing_rule=cells["invoicing_rule"],
            )
        )  # fmt: skip
        made.contract_supply_points += [
            ContractSupplyPointRow(number, code, begin, end) for code in cells["supply_point_codes"]
        ]
    return made


def rejected_csv(checked: Checked, words: dict[str, str] | None = None) -> str:
    """Return the wrong rows as they came, as CSV with line and reasons in front; '' when there are none.

    `words` says the cure for each code; a code without words stands as it is.
    Delete the two first columns and send the corrected file again.
    """
    if not checked.problems:
        return ""
    reasons: dict[int, list[str]] = {}
    for problem in checked.problems:
        said = (words or {}).get(problem.code, problem.code)
        shown = f"{problem.column}: {said}" if problem.column else said
        reasons.setdefault(problem.line, []).append(f"{shown} [{problem.value}]" if problem.value else shown)
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    kept = [place for place, name in enumerate(checked.heading) if name not in files.ADDED_COLUMNS]
    writer.writerow((*files.ADDED_COLUMNS, *(checked.heading[place] for place in kept)))
    for line in sorted(reasons):
        raw = checked.raw[line]
        own = [raw[place] for place in kept] if len(raw) == len(checked.heading) else list(raw)
        cells = (str(line), "; ".join(reasons[line]), *own)
        writer.writerow(tuple(_harmless(cell) for cell in cells))
    return written.getvalue()


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from running a cell as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
