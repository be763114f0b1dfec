"""Pages of what-if: ask for a month under other prices, see who would pay more and what it earns."""

from datetime import date
from decimal import Decimal, InvalidOperation

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from operational import warehouse
from operational.app import exports, support
from operational.app.labels import error_text, spoken
from operational.app.words import ERRORS
from operational.billing.simulation import operations, queries, rates
from operational.billing.simulation.rates import Rate, UselessSupposition
from operational.billing.web import pages
from operational.crm.products.queries import price_lists
from operational.kernel.calendar import first_of_month, parse_month
from operational.kernel.errors import DomainError

_COLUMNS = (
    exports.Column("reference", _l("Customer number")),
    exports.Column("name", _l("Customer")),
    exports.Column("bills", _l("Bills")),
    exports.Column("energy_kwh", _l("kWh")),
    exports.Column("net_before", _l("Net now")),
    exports.Column("net_after", _l("Net then")),
    exports.Column("gross_before", _l("Gross now")),
    exports.Column("gross_after", _l("Gross then")),
    exports.Column("margin_before", _l("Margin now")),
    exports.Column("margin_after", _l("Margin then")),
)


@pages.get("/billing/simulations")
def simulations() -> ResponseReturnValue:
    """List simulations and offer a new one."""
    return _list()


@pages.post("/billing/simulations")
@support.acts_once
def ask_simulation() -> ResponseReturnValue:
    """Keep what is supposed; the computation starts by itself within a minute."""
    try:
        asked = operations.ask(
            support.database(),
            name=support.form_text("name", 120),
            billing_month=_month(),
            rates=_supposed(),
            as_of=support.now(),
        )
    except DomainError as error:
        return _list(error), 422
    flash(
        _("Asked for: %(count)s prices differ. The month is computed in the background.", count=asked.rates),
        "ok",
    )
    return redirect(url_for("billing.simulation", public_id=asked.public_id))


@pages.get("/billing/simulations/<public_id>")
def simulation(public_id: str) -> ResponseReturnValue:
    """Show the outcome: totals, by price list and tariff group, the customers it moves most."""
    session = support.database()
    found = support.found_or_404(queries.simulation(session, public_id=public_id))
    done = found.status == "done"
    return render_template(
        "billing/simulation.html",
        found=found,
        total=queries.total(session, simulation_id=found.id) if done else None,
        products=queries.by_product(session, simulation_id=found.id),
        groups=queries.by_tariff_group(session, simulation_id=found.id),
        losers=queries.by_customer(session, simulation_id=found.id, gaining=False),
        winners=queries.by_customer(session, simulation_id=found.id, gaining=True),
    )


@pages.get("/billing/simulations/<public_id>/customers")
def simulation_customers(public_id: str) -> Response:
    """Send every customer of the simulated month as a file (``export=csv`` or ``xlsx``)."""
    session = support.database()
    found = support.found_or_404(queries.simulation(session, public_id=public_id))
    rows = queries.all_customers(session, simulation_id=found.id)
    return exports.send(rows, _COLUMNS, f"what-if-{found.billing_month:%Y-%m}", exports.asked() or "xlsx")


def _list(error: DomainError | None = None) -> str:
    session = support.database()
    computed = warehouse.has_proposals(session)
    return render_template(
        "billing/simulations.html",
        rows=queries.simulations(session),
        price_lists=[one.code for one in price_lists(session, today=support.today())],
        month=first_of_month(warehouse.computation(session).billed_through) if computed else None,
        error=(error_text(error) if error.code in ERRORS else spoken(error.message)) if error else "",
        given=request.form,
    )


def _month() -> date:
    try:
        return parse_month(support.form_text("month", 7))
    except ValueError as error:
        raise UselessSupposition(
            "simulation_month_broken", "Choose the month whose bills are to be computed."
        ) from error


def _supposed() -> list[Rate]:
    """Return the prices of the form: a share on a price list, its prices from a file, or a reference file."""
    session, kind = support.database(), support.form_text("kind", 20)
    sent = request.files.get("file")
    content, name = (sent.read(), sent.filename or "file") if sent else (b"", "")
    if kind == "share":
        try:
            percent = Decimal(support.form_text("percent", 20).replace(",", "."))
        except InvalidOperation as error:
            raise UselessSupposition(
                "simulation_percent_broken", "Write the change in per cent as -3.5."
            ) from error
        return rates.changed_by_share(
            session, price_list=support.form_text("price_list", 60), percent=percent
        )
    if kind == "prices":
        return rates.prices_of_file(
            session, price_list=support.form_text("price_list", 60), content=content, name=name
        )
    return rates.reference_of_file(session, content=content, name=name)
