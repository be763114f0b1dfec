"""``iris intervals determine|status``: determinants of interval data, and what the lake holds."""

from datetime import date
from typing import Annotated

import typer
from rich.console import Group

from operational.kernel.calendar import parse_month
from orchestration.cli.output import answer, console, table, working

ACTOR = "system:lake"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    intervals = typer.Typer(help="Interval data: determinants and the lake.", no_args_is_help=True)
    intervals.command("determine")(determine)
    intervals.command("status")(status)
    app.add_typer(intervals, name="intervals")


def determine(
    month: Annotated[str, typer.Option("--month", help="Only this delivery month, e.g. 2026-03.")] = "",
    engine: Annotated[
        str, typer.Option("--engine", help="duckdb or sc://host:port; default: IRIS_LAKE_ENGINE.")
    ] = "",
    full: Annotated[
        bool, typer.Option("--full", help="Compute everything again, not only what changed.")
    ] = False,
) -> None:
    """Make determinants of new and corrected intervals. A second run writes nothing."""
    from operational.kernel import clock, db, server
    from orchestration.intervals.determining import determine as compute

    server.ensure_running()
    chosen: date | None = parse_month(month) if month else None
    with working("Computing determinants ..."), db.open_session("app", actor=ACTOR) as session:
        found = compute(session, as_of=clock.now(), engine=engine or None, full=full, month=chosen)
    rows = [
        ("engine", found.engine), ("Parquet files", str(found.partitions)),
        ("intervals", str(found.intervals)), ("supply points x days", str(found.written.point_days)),
        ("rows written", str(found.written.inserted)),
        ("rows superseded", str(found.written.superseded)), ("rows unchanged", str(found.written.unchanged)),
        *((name, f"{seconds:.2f} s") for name, seconds in found.seconds.items()),
    ]  # fmt: skip
    answer(found, lambda: console.print(table("Determinants", ("What", "Figure"), rows)))


def status() -> None:
    """Show the partitions of the lake: files, intervals, days, and whether they wait for determinants."""
    from operational.kernel import db, server
    from operational.metering.lake import partitions

    server.ensure_running()
    with db.open_session("app", actor=ACTOR) as session:
        found = partitions(session)
    rows = [
        (one.medium, f"{one.delivery_month:%Y-%m}", one.dso_code, one.files, one.corrections, one.rows,
         f"{one.size_bytes / 1e6:.2f} MB", one.waiting)
        for one in found
    ]  # fmt: skip
    columns = ("Medium", "Month", "DSO", "Files", "Corrections", "Intervals", "Size", "Waiting")
    answer(found, lambda: console.print(Group(table("Lake", columns, rows))))
