"""Pages of market products: series of prices with their holes, months of fed-in energy, deposits."""

from datetime import date
from decimal import Decimal, InvalidOperation

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.app.reads import customer_page
from operational.billing import deposits
from operational.billing.web import pages
from operational.crm.contracts.queries import contract_list
from operational.crm.customers import queries as customers
from operational.crm.products import market as terms
from operational.kernel.calendar import add_months, first_of_month
from operational.reference import market_prices


@pages.get("/billing/market")
def market() -> ResponseReturnValue:
    """Show the series of market prices, their holes, one month day by day, and what waits for a price."""
    session = support.database()
    series = market_prices.series(session)
    code = request.args.get("index", "")
    chosen = code if code in {one.code for one in series} else series[0].code if series else ""
    month = first_of_month(support.query_date("month") or support.today())
    return render_template(
        "billing/market.html",
        series=series,
        chosen=chosen,
        month=month,
        before=add_months(month, -1),
        after=add_months(month, 1),
        days=market_prices.days(session, index_code=chosen, first_day=month, end_day=add_months(month, 1)),
        holes=market_prices.holes(session),
        months=market_prices.month_prices(session),
        waiting=deposits.waiting_months(session),
    )


@pages.post("/billing/market/prices")
@support.acts_once
def import_prices() -> ResponseReturnValue:
    """Take a CSV of prices; all of it or, with the reasons, nothing."""
    sent = request.files.get("file")
    result = market_prices.import_prices(
        support.database(), content=sent.read() if sent else b"", as_of=support.now()
    )
    flash(
        _(
            "Prices: %(inserted)s new, %(corrected)s corrected, %(unchanged)s known already.",
            inserted=result.inserted,
            corrected=result.corrected,
            unchanged=result.unchanged,
        ),
        "ok",
    )
    return redirect(url_for("billing.market"))


@pages.post("/billing/market/month")
@support.acts_once
def set_month_price() -> ResponseReturnValue:
    """Record the price of a month (RCEm); a correction settles the deposits anew."""
    try:
        price = Decimal(support.form_text("price", 20).replace(",", "."))
    except InvalidOperation:
        price = Decimal("NaN")
    try:
        month = date.fromisoformat(f"{support.form_text('month', 7)}-01")
    except ValueError:
        raise market_prices.PriceFileError(["the month is missing"]) from None
    market_prices.set_month_price(
        support.database(), index_code="RCEm", month=month, price=price,
        source=support.form_text("source", 200), as_of=support.now(),
    )  # fmt: skip
    flash(_("The price of the month was saved. Compute the proposals again to settle the deposits."), "ok")
    return redirect(url_for("billing.market"))


@pages.post("/billing/market/settle")
@support.acts_once
def settle_deposits() -> ResponseReturnValue:
    """Credit the months whose price is known and close expired lots now."""
    result = deposits.settle_deposits(support.database(), as_of=support.now())
    flash(
        _(
            "%(credited)s months credited, %(expired)s lots expired.",
            credited=result.credited,
            expired=result.expired,
        ),
        "ok",
    )
    return redirect(url_for("billing.market"))


@pages.get("/customers/<uuid:public_id>/market")
def customer_market(public_id: str) -> ResponseReturnValue:
    """Show the deposit of a prosumer month by month, and the discounts and services of the contracts."""
    session, today = support.database(), support.today()
    found = support.found_or_404(customers.customer(session, public_id=str(public_id)))
    return render_template(
        "billing/customer_market.html",
        customer=found,
        figures=customer_page.figures(session, customer_id=found.id, today=today),
        tab="market",
        lots=deposits.lots(session, customer_id=found.id, today=today),
        waiting=deposits.waiting_months(session, customer_id=found.id),
        prosumers=terms.prosumers(session, customer_id=found.id),
        components=terms.components(session, customer_id=found.id),
        contracts=contract_list(session, today=today, customer_id=found.id, limit=500),
        kinds=terms.KINDS,
    )


@pages.post("/customers/<uuid:public_id>/market")
@support.acts_once
def add_component(public_id: str) -> ResponseReturnValue:
    """Give one of the customer's contracts a discount or a service from a day on."""
    session = support.database()
    found = support.found_or_404(customers.customer(session, public_id=str(public_id)))
    contract_id = terms.contract_id_of(
        session, customer_id=found.id, number=support.form_text("contract", 60)
    )
    name = support.form_text("name", 80)
    try:
        value = Decimal(support.form_text("value", 20).replace(",", "."))
        first_day = date.fromisoformat(support.form_text("valid_from", 10))
    except (InvalidOperation, ValueError):
        raise terms.MarketTermsError(
            "invalid_component", "The value or the first day is missing. Fill both in."
        ) from None
    terms.add_component(
        session, contract_id=contract_id, kind=support.form_text("kind", 30),
        code=support.form_text("code", 40), name_pl=name, name_en=name, value=value,
        valid_from=first_day, as_of=support.now(),
    )  # fmt: skip
    flash(_("The discount or service was saved; the next computation bills it."), "ok")
    return redirect(url_for("billing.customer_market", public_id=public_id))
