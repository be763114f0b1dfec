"""``iris changes``: ends of fixed terms, debit notes of early ends and notices of new prices."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from operational.kernel import clock, db
from orchestration.cli.output import answer, console, working


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    commands = typer.Typer(no_args_is_help=True, help="Changes of contracts that come by themselves.")
    commands.callback()(_group)
    commands.command("night")(night)
    app.add_typer(commands, name="changes")


def _group() -> None:
    """Keep `night` a command of its own, also while it is the only one."""


def night(
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day; default: today.")
    ] = None,
) -> None:
    """Continue or end contracts whose term is over, issue debit notes, send notices. Safe to repeat."""
    from orchestration.contract_changes import run_night

    day = as_of.date() if as_of else clock.today()
    with working(f"Contracts on the night of {day} ..."):
        done = run_night(
            session_factory=db.session_factory("app", actor="system:contracts"), day=day, as_of=clock.now()
        )

    def show() -> None:
        console.print(
            f"Night of {day}: {done.continued} contracts went on for an indefinite time, "
            f"{done.prolonged} were prolonged, {done.ended} ended; "
            f"{done.debit_notes} debit notes, {done.price_notices} notices."
        )

    answer(asdict(done), show)
