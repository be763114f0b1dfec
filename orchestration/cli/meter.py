"""``iris meter validate`` and ``iris meter cycles``: validation, and how far each billing cycle is."""

from datetime import datetime
from typing import Annotated

import typer

from operational.kernel import clock, db
from operational.kernel.calendar import add_months, first_of_month
from orchestration.cli.output import answer, console, table, working

Full = Annotated[bool, typer.Option("--full", help="Look at every point, not only at those that changed.")]
Month = Annotated[
    datetime | None, typer.Option("--month", formats=["%Y-%m"], help="Month; default: the last one.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    commands = typer.Typer(no_args_is_help=True, help="Validation of readings and billing cycles.")
    commands.command("validate")(validate)
    commands.command("cycles")(cycles)
    app.add_typer(commands, name="meter")


def validate(full: Full = False) -> None:
    """Take reported readings and run the rules V1 to V13. The same data again change nothing."""
    from operational.metering import operations

    with working("Validating ..."), db.open_session("app", actor="system:validation") as session:
        taken = operations.take_reports(session, as_of=clock.now())
        result = operations.validate(session, as_of=clock.now(), is_full=full)
    rows = [
        ("Reported readings taken", str(taken.taken)), ("Points looked at", str(result.points)),
        ("New findings", str(result.opened)), ("Settled by themselves", str(result.settled)),
        ("Accepted automatically", str(result.automatic)),
    ]  # fmt: skip
    answer(result, lambda: console.print(table("Validation", ("", ""), rows)))


def cycles(month: Month = None) -> None:
    """Show every billing cycle of a month: scopes due, and how many passed each step."""
    from operational.billing.cycles import cycles_of_month

    asked = month.date() if month else add_months(first_of_month(clock.today()), -1)
    with db.open_session("app", actor="system:cycles") as session:
        found = cycles_of_month(session, month=asked)
    rows = [
        (cycle.code, str(cycle.due), *(f"{step.done}/{step.done + step.waits}" for step in cycle.steps))
        for cycle in found
    ]
    columns = ("Cycle", "Due", "Readings", "Validated", "Computed", "Approved", "Issued", "Delivered")
    answer(found, lambda: console.print(table(f"Cycles of {asked:%Y-%m}", columns, rows)))
