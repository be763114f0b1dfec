"""``iris dunning``: run or preview a dunning night - reminders, demands, notices, orders to distributors."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from operational.kernel import clock, db
from operational.kernel.calendar import civil_day
from orchestration.cli.output import answer, console, table, working

if TYPE_CHECKING:
    from operational.dunning.night import NightResult

AsOf = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day of the night; default: today.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    commands = typer.Typer(no_args_is_help=True, help="Reminders and debt collection.")
    commands.command("run")(run)
    commands.command("preview")(preview)
    commands.command("bench")(bench)
    app.add_typer(commands, name="dunning")


def run(as_of: AsOf = None) -> None:
    """Do everything whose day has come. Running a night again does nothing twice."""
    from operational.dunning.operations import run_night

    day = as_of.date() if as_of else clock.today()
    moment = clock.now() if day == civil_day(clock.now()) else None
    with working(f"Dunning night of {day} ..."):
        result = run_night(
            session_factory=db.session_factory("app", actor="system:dunning"), as_of=day, moment=moment
        )
    _show(result, f"Dunning night of {day}")


def preview(as_of: AsOf = None) -> None:
    """Show what a night would do, by the same rules, and take it back: nothing is kept or sent."""
    from operational.dunning.operations import preview_night

    day = as_of.date() if as_of else clock.today()
    with working(f"Looking at the night of {day} ..."):
        result = preview_night(session_factory=db.session_factory("app", actor="system:dunning"), as_of=day)
    _show(result, f"What the night of {day} would do")


def bench(
    items: Annotated[int, typer.Option("--items", min=100, help="How many overdue debts.")] = 100_000,
) -> None:
    """Run nights over generated overdue debts in a scratch database; print rows, seconds, machine."""
    from orchestration.bench_dunning import run_dunning_bench

    with working(f"A dunning night over {items} overdue debts ..."):
        result = run_dunning_bench(items=items)
    rows = [(name, f"{seconds:.1f} s") for name, seconds in result.seconds.items()]
    rows += [(name, str(count)) for name, count in result.rows.items()]
    answer(
        {"seconds": result.seconds, "rows": result.rows, "machine": result.machine},
        lambda: console.print(
            table(f"{items} overdue debts", ("What", "Figure"), [*rows, ("machine", result.machine)])
        ),
    )


def _show(result: "NightResult", title: str) -> None:
    rows = [(step, f"{count}  ({result.amounts[step]} PLN)") for step, count in result.steps.items()]
    rows += [
        ("Payers looked at", str(result.payers)),
        ("Cases opened", str(result.opened)),
        ("Cases closed", str(result.closed)),
        ("Messages", str(result.messages)),
        ("Orders to distributors", str(result.orders)),
    ]
    answer(
        result.counts() | {"as_of": result.as_of},
        lambda: console.print(table(title, ("What", "Count"), rows)),
    )
