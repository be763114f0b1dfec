"""``iris contracts``: starts of supply that need no distributor."""

from datetime import datetime
from typing import Annotated

import typer

from operational.kernel import clock, db
from orchestration.cli.output import answer, console, working


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    commands = typer.Typer(no_args_is_help=True, help="Contracts and the start of their supply.")
    commands.callback()(_group)
    commands.command("activate")(activate)
    app.add_typer(commands, name="contracts")


def _group() -> None:
    """Keep `activate` a command of its own, also while it is the only one."""


def activate(
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day; default: today.")
    ] = None,
) -> None:
    """Start the supplies whose day has come: direct starts, takeovers, new connections. Safe to repeat."""
    from operational.crm.contracts.activation import activate_due

    day = as_of.date() if as_of else clock.today()
    with working(f"Starts due by {day} ..."), db.open_session("app", actor="system:contracts") as session:
        done = activate_due(session, day=day, as_of=clock.now())

    def show() -> None:
        console.print(f"{done.started} points started by {day}; {len(done.refused)} could not.")
        for row in done.refused:
            console.print(f"{row.contract_number} {row.supply_point_code}: {row.message}")

    answer({"started": done.started, "refused": [row.message for row in done.refused]}, show)
