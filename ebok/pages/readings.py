"""The customer's own reading: checked at once, confirmed when it is unusual, kept for the next billing."""

from datetime import date
from decimal import Decimal

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ebok import support
from operational.kernel.errors import DomainError
from operational.kernel.money import parse_amount
from operational.metering import operations
from operational.metering.validation import queries

pages = Blueprint("readings", __name__, url_prefix="/readings")


@pages.get("")
def page() -> ResponseReturnValue:
    """Show the registers with their last values and the reports so far."""
    return _page()


@pages.post("")
def report() -> ResponseReturnValue:
    """Keep the values of one point when all of them are plausible or confirmed; else say what is wrong."""
    point = request.form.get("point", "")[:33]
    registers = [row for row in _registers() if row.supply_point_code == point]
    if not registers:
        abort(404)
    session = support.database()
    try:
        values = _values(registers)
        if not values:
            return _page(point=point, error=_("Fill in at least one register."))
        for row, value in values:
            operations.report_reading(
                session,
                report=operations.Report(row.supply_point_id, row.register_id, _day(), value),
                customer_id=support.customer_id(), channel="ebok",
                is_confirmed=request.form.get("confirmed") == "1", as_of=support.now(),
            )  # fmt: skip
    except DomainError as error:
        session.rollback()
        return _page(point=point, error=_words(error), asks=error.code == "report_above_forecast")
    session.commit()
    flash(_("Thank you. The reading is kept and counts in the next billing."), "ok")
    return redirect(url_for("readings.page"), 303)


def _page(*, point: str = "", error: str = "", asks: bool = False) -> ResponseReturnValue:
    """Draw the page; after a refusal with what was given, so that nothing is typed twice."""
    registers = _registers()
    places: dict[str, list[queries.OwnRegister]] = {}
    for row in registers:
        places.setdefault(row.supply_point_code, []).append(row)
    drawn = render_template(
        "readings.html", places=places, given=request.form if error else {}, failed=point, error=error,
        asks=asks, reports=queries.own_reports(support.database(), customer_id=support.customer_id()),
    )  # fmt: skip
    return drawn, 422 if error else 200


def _registers() -> list[queries.OwnRegister]:
    return queries.own_registers(support.database(), customer_id=support.customer_id(), today=support.today())


def _values(registers: list[queries.OwnRegister]) -> list[tuple[queries.OwnRegister, Decimal]]:
    texts = [(row, request.form.get(f"value-{row.register_id}", "")[:20].strip()) for row in registers]
    return [(row, parse_amount(text)) for row, text in texts if text]


def _day() -> date:
    try:
        return date.fromisoformat(request.form.get("day", ""))
    except ValueError as error:
        raise DomainError("wrong_date", "The day is no date.") from error


def _words(error: DomainError) -> str:
    """Return a refusal in the customer's words."""
    words: dict[str, str] = {
        "reading_in_future": _("This day has not come yet. Give the day on which you read the meter."),
        "reading_known": _("We already have a reading of this day. You need not report anything."),
        "report_below_last": _(
            "The value is lower than the last reading. Check the digits before the comma."
        ),
        "report_above_forecast": _("The value is much higher than we expected. If it is right, confirm it."),
        "wrong_date": _("Give the day on which you read the meter."),
    }
    return words.get(error.code) or str(_("This is no number. Write the digits that the meter shows."))
