"""``iris deposits``: credit and expire the deposits of prosumers, and show those of a customer."""

from typing import Annotated

import typer

from operational.kernel import clock, db
from orchestration.cli.output import answer, console, say, table


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="Deposits of prosumers (net-billing).", no_args_is_help=True)
    group.command("settle")(settle)
    group.command("show")(show)
    app.add_typer(group, name="deposits")


def settle() -> None:
    """Credit the months whose price is known and close expired lots. A second run does nothing."""
    from operational.billing.deposits import settle_deposits

    with db.open_session("app", actor="system:deposits") as session:
        result = settle_deposits(session, as_of=clock.now())
    answer(result, lambda: say(f"{result.credited} months credited, {result.expired} lots expired."))


def show(customer: Annotated[str, typer.Argument(help="Customer number.")]) -> None:
    """Show the months of fed-in energy of a customer and what became of them."""
    from operational.billing.deposits import customer_id_of, lots

    with db.open_session("app", actor="system:deposits") as session:
        found = lots(
            session,
            customer_id=customer_id_of(session, customer_number=customer),
            today=clock.today(),
        )
    rows = [
        (f"{lot.feed_in_month:%Y-%m}", lot.fed_kwh, lot.credited, lot.used, lot.refunded, lot.forfeited,
         lot.balance, lot.expires_on)
        for lot in found
    ]  # fmt: skip
    heads = ("Month", "kWh", "Credited", "Used", "Refunded", "Lost", "Balance", "Expires")
    answer(found, lambda: console.print(table(f"Deposit of {customer}", heads, rows)))
