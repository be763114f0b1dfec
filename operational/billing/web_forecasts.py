"""Pages of billing by forecast: contracts on it, the schedule of one, its dated terms."""

from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.app.labels import error_text
from operational.billing import forecast_queries as queries
from operational.billing.forecasts import (
    METHODS,
    MONTHS,
    PRICE_CHANGES,
    ForecastRefused,
    ForecastTerms,
    set_forecast_terms,
)
from operational.billing.web import pages


@pages.get("/billing/forecasts")
def forecasts() -> ResponseReturnValue:
    """List the contracts billed by forecast; a number in the field opens any contract."""
    session, number = support.database(), request.args.get("number", "").strip()
    found = queries.contract_by_number(session, number=number) if number else None
    if found:
        return redirect(url_for("billing.forecast", public_id=found))
    page = support.page_of_request()
    rows = queries.contracts_by_forecast(session, day=support.today(), offset=page.offset, limit=page.limit)
    return render_template("billing/forecasts.html", rows=rows, page=page, number=number)


@pages.get("/billing/forecasts/<uuid:public_id>")
def forecast(public_id: UUID) -> ResponseReturnValue:
    """Show the terms and the schedule of instalments of a contract."""
    return _page(public_id)


@pages.post("/billing/forecasts/<uuid:public_id>")
@support.acts_once
def set_forecast(public_id: UUID) -> ResponseReturnValue:
    """Bill the contract by forecast from a day on, or by readings again."""
    session = support.database()
    found = support.found_or_404(
        queries.forecast_contract(session, public_id=str(public_id), day=support.today())
    )
    try:
        if support.form_int("terms_id") != found.terms_id:
            raise ForecastRefused(
                "changed_meanwhile", "The terms were changed meanwhile. Look at them again."
            )
        set_forecast_terms(
            session, contract_id=found.id, valid_from=_day(), terms=_terms(), as_of=support.now()
        )
    except ForecastRefused as refused:
        return _page(public_id, refused), 422
    flash(_("The way of billing was saved; the next run plans and bills it."), "ok")
    return redirect(url_for("billing.forecast", public_id=public_id))


def _page(public_id: UUID, refused: ForecastRefused | None = None) -> str:
    session = support.database()
    found = support.found_or_404(
        queries.forecast_contract(session, public_id=str(public_id), day=support.today())
    )
    return render_template(
        "billing/forecast.html",
        contract=found,
        terms=queries.terms_of(session, contract_id=found.id),
        schedule=queries.schedule(session, contract_id=found.id),
        methods=METHODS,
        price_changes=PRICE_CHANGES,
        months=MONTHS,
        refused=error_text(refused) if refused else "",
        entered=request.form,
    )


def _terms() -> ForecastTerms | None:
    method = support.form_text("method", 20)
    if method == "readings":
        return None
    given = support.form_text("annual_kwh", 20).replace(" ", "").replace(",", ".")
    try:
        annual = Decimal(given) if given else None
    except InvalidOperation:
        raise ForecastRefused("forecast_annual_kwh", f"'{given}' is no number of kWh. Correct it.") from None
    return ForecastTerms(
        method, support.form_int("block_months"), support.form_int("instalment_months"),
        support.form_int("due_days"), annual, support.form_text("price_change", 20),
    )  # fmt: skip


def _day() -> date:
    given = support.form_text("valid_from", 10)
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise ForecastRefused("forecast_no_terms", f"'{given}' is no day. Fill it in.") from None
