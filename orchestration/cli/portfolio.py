"""``iris import customers|points|contracts FILE`` and ``iris customers duplicates``: customers by hand.

Exit code 1 when a row was refused;
good rows are imported all the same, unless ``--validate-only`` or ``--all`` says otherwise.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from operational.kernel import clock, db
from orchestration.cli.output import answer, console, say, table, working

ACTOR = "system:import"
_SHOWN = 50
_REFUSED = 1
File = Annotated[Path, typer.Argument(help="CSV file in UTF-8.", exists=True, dir_okay=False, readable=True)]
ValidateOnly = Annotated[bool, typer.Option("--validate-only", help="Check and write nothing.")]
Everything = Annotated[bool, typer.Option("--all", help="Import nothing when one row is wrong.")]
Rejects = Annotated[
    Path | None, typer.Option("--rejects", help="Write the wrong rows with reasons to this CSV.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="Import customers, supply points and contracts from CSV.", no_args_is_help=True)
    group.command("customers")(customers)
    group.command("points")(points)
    group.command("contracts")(contracts)
    app.add_typer(group, name="import")
    people = typer.Typer(help="Customers.", no_args_is_help=True)
    people.callback()(_nothing)
    people.command("duplicates")(duplicates)
    app.add_typer(people, name="customers")


def _nothing() -> None:
    """Customers."""


def customers(
    file: File, validate_only: ValidateOnly = False, everything: Everything = False, rejects: Rejects = None
) -> None:
    """Import customers; rows without a number get the next one."""
    _run("customers", file, validate_only=validate_only, everything=everything, rejects=rejects)


def points(
    file: File, validate_only: ValidateOnly = False, everything: Everything = False, rejects: Rejects = None
) -> None:
    """Import supply points with their terms and meters; the distributor follows from the code."""
    _run("points", file, validate_only=validate_only, everything=everything, rejects=rejects)


def contracts(
    file: File, validate_only: ValidateOnly = False, everything: Everything = False, rejects: Rejects = None
) -> None:
    """Import contracts of customers and supply points that are there."""
    _run("contracts", file, validate_only=validate_only, everything=everything, rejects=rejects)


def duplicates() -> None:
    """Compare all customers and put likely pairs into the queue."""
    from operational.crm.customers.duplicates import search_all

    with working("Comparing customers ..."), db.open_session("app", actor="system:duplicates") as session:
        waiting = search_all(session, as_of=clock.today())
    answer({"waiting": waiting}, lambda: say(f"{waiting} pairs wait in the queue of duplicates."))


def _run(kind: str, file: Path, *, validate_only: bool, everything: bool, rejects: Path | None) -> None:
    from operational.crm.portfolio.importing import check_file, import_checked, rejected_csv

    with working(f"Reading {file.name} ..."), db.open_session("app", actor=ACTOR) as session:
        checked = check_file(session, kind=kind, content=file.read_bytes())
        writes = not validate_only and not (everything and checked.problems)
        imported = import_checked(session, checked=checked, as_of=clock.now()) if writes else 0
    if rejects is not None:
        rejects.write_text(rejected_csv(checked), encoding="utf-8")
    content: dict[str, Any] = {
        "kind": kind,
        "rows": checked.rows_read,
        "good": len(checked.good),
        "known": checked.known,
        "wrong": checked.wrong,
        "imported": imported,
        "problems": [
            {"line": found.line, "column": found.column, "value": found.value, "code": found.code}
            for found in checked.problems
        ],
    }

    def show() -> None:
        say(
            f"{checked.rows_read} rows: {len(checked.good)} good, {checked.known} known already,"
            f" {checked.wrong} wrong; {imported} imported."
        )
        if checked.problems:
            shown = [
                (str(found.line), found.column, found.value[:40], found.code)
                for found in checked.problems[:_SHOWN]
            ]
            console.print(table("Wrong rows", ("Line", "Column", "Value", "Reason"), shown))

    answer(content, show)
    if checked.problems:
        raise typer.Exit(_REFUSED)
