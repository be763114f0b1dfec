"""``iris interest`` and ``iris ledger``: interest notes, the journal's export, small differences."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from operational.kernel import clock, db
from operational.kernel.calendar import first_of_month, parse_month
from operational.kernel.settings import get_settings
from orchestration.cli.output import answer, console, say, table, working


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    interest = typer.Typer(help="Interest for delay: compute, preview, issue.", no_args_is_help=True)
    interest.command("run")(run)
    interest.command("rate")(rate)
    interest.command("bench")(bench)
    app.add_typer(interest, name="interest")
    ledger = typer.Typer(help="The ledger: export to the ERP, small differences.", no_args_is_help=True)
    ledger.command("export")(export)
    ledger.command("small-differences")(small_differences)
    app.add_typer(ledger, name="ledger")


def _day(given: str | None) -> date:
    try:
        return date.fromisoformat(given) if given else clock.today()
    except ValueError as error:
        raise typer.BadParameter("Write the day as 2026-07-31.") from error


def run(
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Last day of interest; today without it.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Compute and show; issue nothing.")] = False,
) -> None:
    """Compute interest up to a day and issue the notes that are due. Running it again issues nothing."""
    from orchestration.interest import run_interest

    through = _day(as_of)
    with working("Computing interest ..."):
        done = run_interest(
            database=get_settings().database_name,
            through=through,
            issue_date=max(through, clock.today()),
            as_of=clock.now(),
            issue=not preview,
        )
    rows = [
        ("Notes to issue" if preview else "Interest notes", done.notes, done.interest),
        ("Notes of recovery costs", done.compensations, done.compensation),
        ("Below the threshold or waiting for a bill", "", done.waiting),
        ("Plans paid off", done.plans_completed, ""),
        ("Plans broken", done.plans_breached, ""),
    ]
    answer(done, lambda: console.print(table(f"Interest through {through}", ("What", "Count", "PLN"), rows)))


def bench(
    items: Annotated[int, typer.Option("--items", min=100, help="Late bills.")] = 1_000_000,
    movements: Annotated[int, typer.Option("--movements", min=10, help="Lines of the card.")] = 10_000,
) -> None:
    """Measure interest and the account card in a scratch database; print rows, seconds, machine."""
    from orchestration.bench_interest import run_interest_bench

    with working(f"Interest of {items} bills ..."):
        done = run_interest_bench(items=items, movements=movements)
    rows = [(step, f"{seconds:.2f} s") for step, seconds in done.seconds.items()]
    rows += [(name, str(count)) for name, count in done.rows.items()] + [("machine", done.machine)]
    answer(done, lambda: console.print(table("Interest and account card", ("What", "Figure"), rows)))


def rate(
    day: Annotated[str, typer.Argument(help="Day of the NBP table, as 2026-06-30.")],
    eur: Annotated[str, typer.Argument(help="Mean rate of the euro, as 4.2500.")],
    source: Annotated[str, typer.Option("--source", help="Where it was read.")] = "NBP, table A",
) -> None:
    """Store the mean NBP rate of the euro of a day; recovery costs are converted by it."""
    from operational.finance.interest.rates import store_eur_rate
    from operational.kernel.money import parse_amount

    with db.open_session("app", actor="system:cli") as session:
        store_eur_rate(session, day=_day(day), rate=parse_amount(eur), source=source, as_of=clock.now())
    say(f"The rate of {day} is {eur} PLN for a euro.")


def export(
    month: Annotated[str, typer.Option("--month", help="Month to export, as 2026-06.")],
    folder: Annotated[Path, typer.Option("--folder", help="Where to put the CSV and JSON files.")] = Path(),
) -> None:
    """Put the movements of a month that have not left yet into a batch for the ERP and write its files."""
    from operational.finance.ledger import journal

    period = first_of_month(parse_month(month))
    with db.open_session("app", actor="system:cli") as session:
        made = journal.export_period(session, period=period, as_of=clock.now())
        files = (
            [
                journal.batch_file(session, public_id=made.public_id, format_code=code)
                for code in ("csv", "json")
            ]
            if made
            else []
        )
    for name, content in files:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    count, names = made.movements if made else 0, [name for name, _ in files]
    told = {"month": month, "movements": count, "files": names}
    answer(told, lambda: say(f"{count} movements of {month} exported. {', '.join(names)}"))


def small_differences() -> None:
    """Clear balances within the limit ``small_difference`` that have not moved for 30 days."""
    from operational.finance.write_offs import clear_small_differences

    with db.open_session("app", actor="system:cli") as session:
        cleared = clear_small_differences(
            session, on=clock.today(), as_of=clock.now(), reason="Small differences cleared together"
        )
    answer({"cleared": cleared}, lambda: say(f"{cleared} small differences cleared."))
