"""``iris products``: what may be sold, and what it costs on a sample profile."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import typer

from operational.kernel import clock, db
from operational.kernel.errors import DomainError
from orchestration.cli.output import answer, console, table


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    products = typer.Typer(help="Products: what is sold, and what a year costs.", no_args_is_help=True)
    products.command("list")(list_products)
    products.command("preview")(preview)
    app.add_typer(products, name="products")


def list_products(
    medium: Annotated[str, typer.Option("--medium", help="electricity or gas; both without it.")] = "",
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what waits for approval.")] = False,
) -> None:
    """List products with their latest version and the contracts on it today."""
    from operational.crm.products import catalogue

    narrowed = catalogue.ProductFilter(medium=medium, status="waiting" if waiting else "")
    with db.open_session("app", actor="system:cli") as session:
        found = catalogue.products(session, narrowed=narrowed, today=clock.today())
    rows = [
        (
            row.code,
            row.name,
            row.kind,
            row.medium,
            f"v{row.number} {row.status}",
            row.valid_from or "",
            row.contracts,
        )
        for row in found
    ]
    columns = ("Code", "Product", "Kind", "Medium", "Latest version", "From", "Contracts")
    answer(found, lambda: console.print(table("Products", columns, rows)))


def preview(
    price_list: Annotated[str, typer.Argument(help="Code of the price list, e.g. DOM.")],
    *,
    group: Annotated[str, typer.Option("--group", help="Tariff group of the distributor.")] = "G11",
    distributor: Annotated[str, typer.Option("--distributor", help="Code of the distributor.")] = "tauron",
    kwh: Annotated[int, typer.Option("--kwh", min=1, help="Yearly use.")] = 2500,
    power: Annotated[int, typer.Option("--power", min=1, help="Contracted power, kW.")] = 12,
    phases: Annotated[int, typer.Option("--phases", help="1 or 3.")] = 3,
    day: Annotated[str, typer.Option("--from", help="First day, as 2026-08-01; today without it.")] = "",
) -> None:
    """Count a year on a price list: even use over the hours, split over the zones of the group."""
    from operational.crm.products.floors import zone_shares
    from operational.crm.products.pricing import yearly_cost
    from operational.kernel.rows import first

    try:
        start = date.fromisoformat(day) if day else clock.today()
    except ValueError as error:
        raise typer.BadParameter("Write the day as 2026-08-01.") from error
    with db.open_session("app", actor="system:cli") as session:
        found = first(
            session, "select id from operational.price_lists where code = :code", {"code": price_list}
        )
        if found is None:
            raise DomainError(
                "unknown_price_list", f"There is no price list {price_list}. `iris products list` shows them."
            )
        shares = zone_shares(session, groups=[group])[group]
        cost = yearly_cost(
            session, price_list_id=found.id, tariff_group=group, dso_code=distributor,
            zone_kwh={zone: Decimal(kwh) * share for zone, share in shares.items()},
            contracted_power_kw=Decimal(power), phases=phases, on=start,
        )  # fmt: skip
    rows: list[tuple[object, ...]] = [
        (
            line.name_en,
            line.zone_code,
            f"{line.quantity.normalize():f} {line.unit}",
            line.price.normalize(),
            line.net,
        )
        for line in cost.lines
    ]
    rows += [("Net", "", "", "", cost.net), ("VAT", "", "", "", cost.vat), ("Gross", "", "", "", cost.gross)]
    rows += [("Margin, net", "", "", f"floor {cost.floor_margin_net}", cost.margin_net)]
    columns = ("Charge", "Zone", "Quantity", "Price", "PLN a year")
    answer(
        cost, lambda: console.print(table(f"{price_list}, {group}, {kwh} kWh from {start}", columns, rows))
    )
