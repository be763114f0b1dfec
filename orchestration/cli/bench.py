"""``iris bench``: how fast a month is billed on this machine."""

from datetime import date
from typing import Annotated

import typer

from operational.kernel.calendar import parse_month
from orchestration.cli.output import answer, console, table, working


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("bench")(bench)


def bench(
    supply_points: Annotated[
        int, typer.Option("--supply-points", min=100, help="How many points.")
    ] = 100_000,
    workers: Annotated[int, typer.Option("--workers", min=1, max=16, help="Workers of the issue step.")] = 2,
    month: Annotated[str, typer.Option("--month", help="Supply month, e.g. 2026-03.")] = "2026-03",
) -> None:
    """Bill a month of a generated portfolio in a scratch database; print rows, seconds, machine."""
    from orchestration.bench import run_bench

    chosen: date = parse_month(month)
    with working(f"Billing {supply_points} supply points ..."):
        result = run_bench(supply_points=supply_points, workers=workers, month=chosen)
    rows = [(step, f"{seconds:.1f} s") for step, seconds in result.seconds.items()]
    rows += [(name, str(count)) for name, count in result.rows.items()]
    rows += [
        ("bills/s from readings to documents", f"{result.bills_per_second:.0f}"),
        ("documents/s of the issue step", f"{result.issued_per_second:.0f}"),
        ("peak memory, database server included", f"{result.peak_memory_mib} MiB"),
        ("machine", result.machine),
    ]
    content = {
        "seconds": result.seconds,
        "rows": result.rows,
        "bills_per_second": round(result.bills_per_second),
        "issued_per_second": round(result.issued_per_second),
        "peak_memory_mib": result.peak_memory_mib,
        "machine": result.machine,
    }
    answer(
        content,
        lambda: console.print(table(f"{supply_points} supply points, one month", ("What", "Figure"), rows)),
    )
