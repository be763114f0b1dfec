"""``iris bench``: how fast a month is billed on this machine."""

from datetime import date
from typing import Annotated

import typer

from operational.kernel.calendar import parse_month
from orchestration.cli.output import answer, console, table, working


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("bench")(bench)


def bench(  # noqa: PLR0917
    supply_points: Annotated[
        int, typer.Option("--supply-points", min=100, help="How many points.")
    ] = 100_000,
    workers: Annotated[int, typer.Option("--workers", min=1, max=16, help="Workers of the issue step.")] = 2,
    month: Annotated[str, typer.Option("--month", help="Supply month, e.g. 2026-03.")] = "2026-03",
    bank: Annotated[bool, typer.Option("--bank", help="Measure a bank statement instead.")] = False,
    lines: Annotated[int, typer.Option("--lines", min=100, help="Lines of the statement.")] = 100_000,
    intervals: Annotated[
        int, typer.Option("--intervals", min=0, help="Measure interval data instead: how many intervals.")
    ] = 0,
    engine: Annotated[
        str, typer.Option("--engine", help="With --intervals: duckdb, sail, or sc://host:port.")
    ] = "duckdb",
) -> None:
    """Bill a month of a generated portfolio in a scratch database; print rows, seconds, machine."""
    if bank:
        _bank(lines)
        return
    from orchestration.bench import run_bench

    chosen: date = parse_month(month)
    if intervals:
        _bench_intervals(intervals, engine, chosen)
        return
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


def _bank(lines: int) -> None:
    """Read and post one statement of many lines, as MT940 and as camt.053."""
    from orchestration.bench_bank import run_bank_bench

    for form in ("mt940", "camt"):
        with working(f"Reading and posting {lines} lines of {form} ..."):
            result = run_bank_bench(lines=lines, form=form)
        rows = [(step, f"{seconds:.1f} s") for step, seconds in result.seconds.items()]
        rows += [(name, str(count)) for name, count in result.rows.items()]
        rows += [
            ("size of the file", f"{result.bytes / 1e6:.1f} MB"),
            ("lines/s from bytes to allocated payments", f"{result.lines_per_second:.0f}"),
            ("machine", result.machine),
        ]
        content = {
            "form": form, "lines": lines, "bytes": result.bytes, "seconds": result.seconds,
            "rows": result.rows, "lines_per_second": round(result.lines_per_second),
            "machine": result.machine,
        }  # fmt: skip
        title = f"{lines} lines of {form}"
        answer(content, lambda: console.print(table(title, ("What", "Figure"), rows)))  # noqa: B023  called at once


def _bench_intervals(intervals: int, engine: str, month: date) -> None:
    """Land a month of intervals, compute their determinants, correct one day; print every phase."""
    from orchestration.bench_intervals import run_interval_bench

    with working(f"Landing and computing {intervals} intervals ..."):
        result = run_interval_bench(intervals=intervals, engine=engine, month=month)
    rows = [(step, f"{seconds:.2f} s") for step, seconds in result.seconds.items()]
    rows += [(name, str(count)) for name, count in result.rows.items()]
    rows += [(name, f"{rate:.2f} M/s") for name, rate in result.rates.items()]
    rows += [("peak memory of this process", f"{result.peak_memory_mib} MiB"), ("machine", result.machine)]
    content = {
        "engine": result.engine,
        "intervals": result.intervals,
        "seconds": result.seconds,
        "rows": result.rows,
        "millions_per_second": result.rates,
        "peak_memory_mib": result.peak_memory_mib,
        "machine": result.machine,
    }
    title = f"{result.intervals} intervals of {result.supply_points} supply points, {result.engine}"
    answer(content, lambda: console.print(table(title, ("What", "Figure"), rows)))
