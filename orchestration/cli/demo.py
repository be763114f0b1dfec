"""``iris demo``: a simulated year through the whole system, then the four apps with log-ins to try."""

import logging
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any, Final

import typer
from rich.console import Group
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from operational.kernel import state
from operational.kernel.money import format_amount
from operational.kernel.settings import demonstration_file, get_settings, reset_settings
from orchestration.cli.conservation import judge, remember, verdict_table
from orchestration.cli.output import answer, console, options, table
from orchestration.cli.server import prepare_database, start_apps

_FULL_IN_LINEAGE: Final = 3  # rounds of the full market that are runs of Dagster; the others are quicker


class Market(StrEnum):
    """Which market is played."""

    plain = "plain"
    full = "full"


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("demo")(demo)


def demo(
    supply_points: Annotated[int, typer.Option("--supply-points", min=20, help="How many points.")] = 500,
    months: Annotated[int, typer.Option("--months", min=1, max=24, help="How many supply months.")] = 12,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same data.")] = 2026,
    bundle: Annotated[
        int, typer.Option("--bundle", min=1, max=6, help="Bill so many of the early months at once.")
    ] = 3,
    *,
    market: Annotated[
        Market,
        typer.Option("--market", help="plain: registers and volumes; full: every product, about 40 points."),
    ] = Market.plain,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Do not start the apps.")] = False,
) -> None:
    """Play the simulated market through billing and payments, then serve the apps. Safe to run again.

    The full market begins in January 2025, takes up to 24 months, and ends with a comparison of every kWh and
    every document; exit code 1 when one is wrong.
    """
    from orchestration import demo as demonstration

    # It tells about each of its temporary folders, in the middle of the progress bars.
    logging.getLogger("great_expectations").propagate = False
    prepare_database()
    chosen = demonstration.Options(supply_points, months, seed, bundle)
    if market is Market.full:
        chosen = replace(chosen, market="full", in_lineage=_FULL_IN_LINEAGE)
    # The apps live on the simulated day, also after `iris down` and `iris up`, so that nothing looks overdue.
    # Told before the play: what the warehouse knows ends at the later of this day and the machine's clock.
    state.write_private(demonstration_file(), f"IRIS_TODAY={chosen.today.isoformat()}\n")
    reset_settings()
    with Progress(
        TextColumn("{task.fields[phase]:<22}"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(), TextColumn("{task.description}"), console=console, disable=options.json,
    ) as bars:  # fmt: skip
        summary = demonstration.run_demo(
            chosen, database=get_settings().database_name, progress=_reporter(bars)
        )
    apps = [] if no_serve else start_apps([])
    if market is Market.plain:
        answer({"summary": summary, "apps": apps}, lambda: console.print(_report(summary, apps)))
        return
    remember(seed=seed, months=months)
    verdict = judge(get_settings().database_name)
    answer(
        {"summary": summary, "apps": apps, "conservation": verdict},
        lambda: console.print(Group(_report(summary, apps), verdict_table(verdict))),
    )
    if not verdict.is_kept:
        raise typer.Exit(1)


def _reporter(bars: Progress) -> Any:
    tasks: dict[str, Any] = {}

    def tell(phase: str, done: int, total: int, what: str) -> None:
        if phase not in tasks:
            tasks[phase] = bars.add_task("", phase=phase, total=total)
        bars.update(tasks[phase], completed=done, total=total, description=what)

    return tell


def _report(summary: Any, apps: list[Any]) -> Group:
    from orchestration.demo import CUSTOMER_PASSWORD, PORTAL_CUSTOMERS, STAFF, STAFF_PASSWORD

    broken = "; ".join(summary.invariants_broken)
    rows = [
        ("Day of the demonstration", summary.today),
        ("Customers / supply points", f"{summary.customers} / {summary.points}"),
        ("Readings / rows in quarantine", f"{summary.readings} / {summary.quarantine}"),
        ("Invoices / corrections", f"{summary.invoices} / {summary.corrections}"),
        ("Open exceptions", summary.exceptions),
        ("Energy billed, kWh", format_amount(summary.energy_kwh, 0)),
        ("Net / VAT / gross, PLN", " / ".join(
            format_amount(value) for value in (summary.net_amount, summary.vat_amount,
            summary.gross_amount))),
        ("Payments, PLN", f"{summary.payments} = {format_amount(summary.paid)}"),
        ("Of these in suspense", f"{summary.suspense} = {format_amount(summary.suspense_amount)}"),
        ("Invariants",
        f"{summary.invariants_checked} checked, " + (f"BROKEN: {broken}" if broken else "all hold")),
        ("Seconds by phase", ", ".join(f"{name} {value:.0f}" for name,
        value in summary.seconds.items()) or "nothing to do"),
    ]  # fmt: skip
    parts = [table("What the demonstration holds", ("What", "Figure"), rows)]
    urls = {app.name: app.url for app in apps}
    settings = get_settings()
    staff_url = urls.get("staff", f"http://{settings.host}:{settings.staff_port}")
    ebok_url = urls.get("ebok", f"http://{settings.host}:{settings.ebok_port}")
    staff = [(login, role, what) for login, _, role, what in STAFF]
    portal = [(f"klient{story.number}", story.title) for story in PORTAL_CUSTOMERS]
    title = f"Staff application: {staff_url}  (password of all: {STAFF_PASSWORD})"
    parts.append(table(title, ("Log-in", "Role", "Try"), staff))
    title = f"Customer portal: {ebok_url}  (password of all: {CUSTOMER_PASSWORD})"
    parts.append(table(title, ("Log-in", "Look at"), portal))
    others = [(name, url) for name, url in urls.items() if name not in ("staff", "ebok")]
    if others:
        parts.append(table("Without a log-in, this machine only", ("What", "Address"), others))
    return Group(*parts)
