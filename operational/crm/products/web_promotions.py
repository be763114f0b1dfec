"""Pages of promotions: list, new promotion, approval by another person."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.crm.products import catalogue, promotions
from operational.crm.products.market import KINDS
from operational.crm.products.rules import CHANNELS, SEGMENTS, InvalidVersion
from operational.crm.products.web import form_day, pages, words_of
from operational.kernel.money import InvalidAmount, parse_amount

_FIELDS = (
    "code", "product", "medium", "kind", "name_pl", "name_en", "value", "months", "needs_code", "segment",
    "channel", "period_months_from", "annual_kwh_from", "valid_from", "valid_to",
)  # fmt: skip


@pages.get("/products/promotions")
def promotion_list() -> ResponseReturnValue:
    """List promotions and show the form of a new one."""
    return _draw({"medium": "electricity", "kind": "discount_month", "needs_code": "1"}, {})


def _draw(given: dict[str, str], wrong: dict[str, list[str]]) -> str:
    session = support.database()
    return render_template(
        "products/promotions.html",
        rows=promotions.promotions(session),
        given=given,
        wrong=wrong,
        kinds=KINDS,
        segments=SEGMENTS,
        channels=CHANNELS,
        products=catalogue.products(session, narrowed=catalogue.ProductFilter(), today=support.today()),
        me=f"staff:{support.user().login}",
    )


@pages.post("/products/promotions")
@support.acts_once
def add_promotion() -> ResponseReturnValue:
    """Record a promotion that another person approves."""
    given = {name: support.form_text(name, 120) for name in _FIELDS}
    try:
        promotions.add_promotion(support.database(), given=_values(given), as_of=support.now())
    except InvalidVersion as error:
        support.database().rollback()
        return _draw(given, words_of(error.problems)), 422
    flash(_("The promotion waits for another person's approval."), "ok")
    return redirect(url_for("products.promotion_list"))


def _values(given: dict[str, str]) -> dict[str, Any]:
    found = catalogue.products(support.database(), narrowed=catalogue.ProductFilter(), today=support.today())
    chosen = next((row for row in found if row.code == given["product"]), None)
    return {
        **given,
        "code": given["code"].upper(),
        "product_id": chosen.id if chosen else None,
        "medium": chosen.medium if chosen else given["medium"],
        "value": _decimal(given["value"]),
        "months": _whole(given["months"]) or None,
        "needs_code": given["needs_code"] == "1",
        "period_months_from": _whole(given["period_months_from"]),
        "annual_kwh_from": _decimal(given["annual_kwh_from"]) or 0,
        "valid_from": form_day("valid_from"),
        "valid_to": form_day("valid_to"),
    }


def _decimal(text: str) -> Any:
    try:
        return parse_amount(text) if text else None
    except InvalidAmount:
        return None


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 4 else 0


@pages.post("/products/promotions/<uuid:public_id>/decision")
@support.acts_once
def decide_promotion(public_id: UUID) -> ResponseReturnValue:
    """Approve or withdraw a promotion."""
    decision = "approve" if request.form.get("decision") == "approve" else "withdraw"
    promotions.decide(
        support.database(), public_id=str(public_id), row_version=support.form_int("row_version"),
        decision=decision, as_of=support.now(),
    )  # fmt: skip
    flash(
        _("The promotion was approved.") if decision == "approve" else _("The promotion was withdrawn."), "ok"
    )
    return redirect(url_for("products.promotion_list"))
