"""Pages of mass renewal offers: rule with preview, batches, sending."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from operational.app import support
from operational.app.labels import error_text
from operational.crm.products import queries as product_queries
from operational.crm.sales import offer_queries, renewals
from operational.crm.sales.rules import KINDS, MEDIA, InvalidSale
from operational.crm.sales.web import in_words, pages
from operational.kernel.errors import DomainError

_WINDOW = timedelta(days=60)
_FIELDS = ("ends_from", "ends_to", "medium", "segment", "price_list_id", "promotions")


@pages.get("/sales/renewals", endpoint="renewals")
def renewal_rows() -> ResponseReturnValue:
    """Show the rule of a new batch and the batches made so far."""
    today = support.today()
    given = {
        "ends_from": today.isoformat(), "ends_to": (today + _WINDOW).isoformat(), "medium": "electricity",
        "segment": "", "price_list_id": "", "promotions": "",
    }  # fmt: skip
    return _renewal_page(given)


def _renewal_page(
    given: Mapping[str, Any],
    wrong: Mapping[str, str] | None = None,
    preview: renewals.Preview | None = None,
) -> str:
    session = support.database()
    return render_template(
        "sales/renewals.html", given=given, wrong=in_words(wrong or {}), preview=preview, kinds=KINDS,
        media=MEDIA,
        refusal_words=lambda code: error_text(DomainError(code, code)),
        batches=renewals.batches(session), most=renewals.MOST_CONTRACTS,
        products=product_queries.price_lists(session, today=support.today()),
    )  # fmt: skip


def _rule(source: Mapping[str, str]) -> renewals.Rule:
    """Return the rule of the form; raise InvalidSale with the wrong fields."""
    wrong, days = {}, {}
    for name in ("ends_from", "ends_to"):
        try:
            days[name] = date.fromisoformat(source.get(name, ""))
        except ValueError:
            wrong[name] = "missing_value"
    if source.get("medium") not in MEDIA:
        wrong["medium"] = "sales_medium"
    if source.get("segment", "") not in ("", *KINDS):
        wrong["segment"] = "sales_kind"
    chosen = source.get("price_list_id", "")
    if not chosen.isdigit():
        wrong["price_list_id"] = "missing_value"
    if wrong:
        raise InvalidSale(wrong)
    codes = source.get("promotions", "").upper().replace(",", " ").split()[:5]
    return renewals.Rule(
        days["ends_from"], days["ends_to"], source["medium"], int(chosen[:12]), source.get("segment", ""),
        tuple(codes),
    )  # fmt: skip


@pages.get("/sales/renewals/preview")
def preview_renewals() -> ResponseReturnValue:
    """Show what a batch would offer: how many contracts, which money, who is left out and why."""
    given = {name: request.args.get(name, "")[:60] for name in _FIELDS}
    try:
        found = renewals.preview(support.database(), rule=_rule(given), as_of=support.today())
    except InvalidSale as error:
        return _renewal_page(given, error.fields), 422
    return _renewal_page(given, preview=found)


@pages.post("/sales/renewals")
@support.acts_once
def make_renewals() -> ResponseReturnValue:
    """Make the offers of a previewed rule, each with its PDF."""
    given = {name: support.form_text(name, 120) for name in (*_FIELDS, "name")}
    try:
        public_id = renewals.make_batch(
            support.database(), rule=_rule(given), name=given["name"], owner=support.user().login,
            as_of=support.today(),
        )  # fmt: skip
    except InvalidSale as error:
        return _renewal_page(given, error.fields), 422
    flash(_("The offers are made. Look at some of them, then send all in one go."), "ok")
    return redirect(url_for("sales.renewal_batch", public_id=public_id))


def _batch(public_id: str) -> renewals.BatchRow:
    found = renewals.batches(support.database(), public_id=str(public_id))
    return support.found_or_404(found[0] if found else None)


@pages.get("/sales/renewals/<uuid:public_id>")
def renewal_batch(public_id: str) -> ResponseReturnValue:
    """Show a batch with its offers."""
    found, page = _batch(public_id), support.page_of_request()
    rows = offer_queries.offer_list(
        support.database(), today=support.today(), batch_id=found.id, offset=page.offset, limit=page.limit
    )
    return render_template("sales/renewal_batch.html", batch=found, rows=rows, page=page)


@pages.post("/sales/renewals/<uuid:public_id>/send")
@support.acts_once
def send_renewals(public_id: str) -> ResponseReturnValue:
    """Send all offers of a batch in one go."""
    found = _batch(public_id)
    sent = renewals.send_batch(
        support.database(), public_id=found.public_id, row_version=support.form_int("row_version"),
        as_of=support.today(), moment=support.now(),
    )  # fmt: skip
    flash(
        ngettext("%(num)s offer is in the queue.", "%(num)s offers are in the queue.", sent)
        if sent
        else _("This batch was sent before; nothing was sent again."),
        "ok",
    )
    return redirect(url_for("sales.renewal_batch", public_id=found.public_id))
