"""``iris bench-crm``: how fast clerks find and open customers on this machine."""

from typing import Annotated

import typer

from orchestration.cli.output import answer, console, table, working


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("bench-crm")(bench_crm)


def bench_crm(
    customers: Annotated[int, typer.Option("--customers", min=1_000, help="How many customers.")] = 500_000,
    asked: Annotated[int, typer.Option("--asked", min=20, help="Requests of every kind.")] = 100,
    contracts: Annotated[
        int, typer.Option("--contracts", min=0, help="Contracts to import from CSV; 0 leaves that out.")
    ] = 100_000,
    keep: Annotated[
        str, typer.Option("--keep", help="Keep the portfolio in the database of this name; use it if there.")
    ] = "",
    billing: Annotated[
        int, typer.Option("--billing", min=0, help="Measure again while so many points are billed.")
    ] = 0,
) -> None:
    """Measure search, the customer page, lists and the import over a generated portfolio."""
    from orchestration.bench_crm import run_crm_bench

    with working(f"Making {customers} customers and asking for them ..."):
        result = run_crm_bench(
            customers=customers,
            asked=asked,
            contracts=min(contracts, customers // 5),
            keep=keep,
            billing=billing,
        )
    content = {
        "machine": result.machine,
        "rows": result.rows,
        "seconds": {name: round(value, 1) for name, value in result.seconds.items()},
        "milliseconds": [
            {
                "name": timing.name,
                "median": round(timing.median, 1),
                "p95": round(timing.p95, 1),
                "slowest": round(timing.slowest, 1),
                "asked": timing.asked,
                "statements": timing.statements,
            }
            for timing in result.timings
        ],
    }
    rows = [
        (
            timing.name,
            f"{timing.median:.0f}",
            f"{timing.p95:.0f}",
            f"{timing.slowest:.0f}",
            str(timing.asked),
            str(timing.statements),
        )
        for timing in result.timings
    ]
    facts = [(name, str(count)) for name, count in result.rows.items()]
    facts += [(name, f"{value:.1f} s") for name, value in result.seconds.items()]
    facts.append(("machine", result.machine))

    def show() -> None:
        console.print(
            table("Milliseconds", ("Request", "Median", "p95", "Slowest", "Asked", "Statements"), rows)
        )
        console.print(table("Portfolio", ("What", "Figure"), facts))

    answer(content, show)
