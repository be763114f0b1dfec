"""``iris simulate``: a month of the whole portfolio under other prices or another law, beside today's."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from operational.billing.simulation import operations, queries, rates
from operational.billing.simulation.queries import Compared
from operational.billing.simulation.rates import Rate
from operational.kernel import clock, db
from operational.kernel.calendar import parse_month
from operational.kernel.settings import get_settings
from orchestration.cli.output import answer, console, say, table, working


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("simulate")(simulate)


def simulate(  # noqa: PLR0917  every one is an option with a name
    month: Annotated[str, typer.Option("--month", help="Month whose bills are computed, as 2026-03.")],
    price_list: Annotated[str, typer.Option("--price-list", help="Code of the list that changes.")] = "",
    change: Annotated[
        str, typer.Option("--change", help="Per cent by which its prices change, as -3.5.")
    ] = "",
    prices: Annotated[
        Path | None, typer.Option("--prices", help="CSV with its other prices: charge_code, price, ...")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option("--reference", help="CSV in the layout of a reference file: the other law.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="What the simulation is called.")] = "",
) -> None:
    """Price the whole portfolio of a month under other prices. Nothing issued is read or changed."""
    from orchestration.simulation import run_simulation

    database = get_settings().database_name
    with db.open_session("app", actor="cli:simulate") as session:
        found = _supposed(session, price_list=price_list, change=change, prices=prices, reference=reference)
        title = name or " ".join(
            part for part in (price_list, change and f"{change} %", reference and reference.name) if part
        )
        asked = operations.ask(
            session, name=title, billing_month=parse_month(month), rates=found, as_of=clock.now()
        )
    with working("Computing the month under other prices ..."):
        _, seconds = run_simulation(database=database, simulation_id=asked.id, as_of=clock.now())
    with db.open_session("app", actor="cli:simulate") as session:
        outcome = {
            "total": queries.total(session, simulation_id=asked.id),
            "products": queries.by_product(session, simulation_id=asked.id),
            "pay_more": queries.by_customer(session, simulation_id=asked.id, gaining=False, limit=10),
            "pay_less": queries.by_customer(session, simulation_id=asked.id, gaining=True, limit=10),
        }
    answer({"id": asked.public_id, "seconds": round(seconds, 1), **outcome}, lambda: _show(outcome, seconds))


def _supposed(
    session: Session, *, price_list: str, change: str, prices: Path | None, reference: Path | None
) -> list[Rate]:
    """Return what is supposed; exactly one way of saying it must be used."""
    if price_list and change and not prices and not reference:
        try:
            percent = Decimal(change.replace(",", "."))
        except InvalidOperation as error:
            raise typer.BadParameter("Write the change in per cent as -3.5.") from error
        return rates.changed_by_share(session, price_list=price_list, percent=percent)
    if price_list and prices and not change and not reference:
        return rates.prices_of_file(
            session, price_list=price_list, content=prices.read_bytes(), name=prices.name
        )
    if reference and not price_list and not change and not prices:
        return rates.reference_of_file(session, content=reference.read_bytes(), name=reference.name)
    raise typer.BadParameter(
        "Say what is supposed: --price-list CODE with --change PERCENT or --prices FILE, or --reference FILE."
    )


def _show(outcome: dict[str, Any], seconds: float) -> None:
    heads = ("", "Bills", "kWh", "Net now", "Net then", "Difference", "Margin now", "Margin then")
    rows = [_row("Portfolio", outcome["total"])] + [_row(one.name, one) for one in outcome["products"]]
    console.print(table("By price list", heads, rows))
    for title, key in (("Pay more", "pay_more"), ("Pay less", "pay_less")):
        if outcome[key]:
            console.print(table(title, heads, [_row(one.name, one) for one in outcome[key]]))
    total = outcome["total"]
    say(f"{total.losers} bills rise, {total.winners} fall. Computed in {seconds:.1f} s.")


def _row(name: str, one: Compared) -> tuple[object, ...]:
    return (
        name, one.bills, one.energy_kwh, one.net_before, one.net_after, one.net_after - one.net_before,
        "–" if one.margin_before is None else one.margin_before,
        "–" if one.margin_after is None else one.margin_after,
    )  # fmt: skip
