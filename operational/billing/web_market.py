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
from operational.crm.products.queries import price_lists
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
        formulas=terms.formulas(session),
        price_lists=[
            one.code for one in price_lists(session, today=support.today()) if one.medium == "electricity"
        ],
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
        month = date.fromisoformat(f"{support.form_text('month', 7)}-01")
    except ValueError:
        raise market_prices.PriceFileError(["the month is missing"]) from None
    market_prices.set_month_price(
        support.database(), index_code="RCEm", month=month, price=_number("price"),
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
        schemes=terms.SCHEMES,
        points=terms.points_of(session, customer_id=found.id),
        categories=terms.cap_categories(session),
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
    terms.add_component(
        session, contract_id=contract_id, kind=support.form_text("kind", 30),
        code=support.form_text("code", 40), name_pl=name, name_en=name, value=_number("value"),
        valid_from=_day("valid_from"), as_of=support.now(),
    )  # fmt: skip
    flash(_("The discount or service was saved; the next computation bills it."), "ok")
    return redirect(url_for("billing.customer_market", public_id=public_id))


@pages.post("/customers/<uuid:public_id>/market/prosumer")
@support.acts_once
def set_prosumer(public_id: str) -> ResponseReturnValue:
    """Settle one of the customer's points as a prosumer's from a day on."""
    session, point_id = support.database(), _point_id(public_id)
    terms.set_prosumer_terms(
        session, supply_point_id=point_id, scheme=support.form_text("scheme", 30),
        installed_kw=_number("installed_kw"), valid_from=_day("valid_from"),
        has_opted_in="opted" in request.form, as_of=support.now(),
    )  # fmt: skip
    flash(_("The terms of the prosumer were saved."), "ok")
    return redirect(url_for("billing.customer_market", public_id=public_id))


@pages.post("/customers/<uuid:public_id>/market/declaration")
@support.acts_once
def declare_cap(public_id: str) -> ResponseReturnValue:
    """Record the declaration of a customer about the price cap for one of their points."""
    terms.declare_cap(
        support.database(), supply_point_id=_point_id(public_id), category=support.form_text("category", 40),
        declared_on=support.today(), valid_from=_day("valid_from"), as_of=support.now(),
    )  # fmt: skip
    flash(_("The declaration was saved; bills of its days are computed again."), "ok")
    return redirect(url_for("billing.customer_market", public_id=public_id))


@pages.post("/billing/market/formula")
@support.acts_once
def set_formula() -> ResponseReturnValue:
    """Price the energy of a price list by an index from a day on."""
    session = support.database()
    terms.set_formula(
        session,
        price_list_id=terms.price_list_id_of(session, code=support.form_text("price_list", 60)),
        index_code=support.form_text("index", 20),
        margin=_number("margin"),
        multiplier=_number("multiplier", Decimal(1)),
        floor_pln_per_mwh=_number("floor") if request.form.get("floor") else None,
        cap_pln_per_mwh=_number("cap") if request.form.get("cap") else None,
        valid_from=_day("valid_from"),
        source=support.form_text("source", 200),
        as_of=support.now(),
    )
    flash(_("The formula was saved. The lake sums the prices it needs with its next run."), "ok")
    return redirect(url_for("billing.market"))


def _point_id(public_id: str) -> int:
    session = support.database()
    found = support.found_or_404(customers.customer(session, public_id=str(public_id)))
    points = terms.points_of(session, customer_id=found.id)
    return support.found_or_404(points.get(support.form_text("point", 40)))


def _number(name: str, otherwise: Decimal | None = None) -> Decimal:
    """Read a number of the form with a decimal comma or point; ``otherwise`` when it is empty."""
    given = support.form_text(name, 20).replace(",", ".")
    if not given and otherwise is not None:
        return otherwise
    try:
        return Decimal(given)
    except InvalidOperation:
        raise terms.MarketTermsError("invalid_component", f"'{given}' is no number. Correct it.") from None


def _day(name: str) -> date:
    given = support.form_text(name, 10)
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise terms.MarketTermsError("invalid_component", f"'{given}' is no day. Fill it in.") from None
