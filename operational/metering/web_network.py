"""Page on which a clerk records what is special about the network charges of a supply point."""

from datetime import date
from decimal import Decimal, InvalidOperation

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.metering import queries
from operational.metering.network import (
    NetworkAttributes,
    NetworkAttributesError,
    network_attributes,
    record_network_attributes,
)
from operational.metering.web import pages


@pages.get("/supply-points/<uuid:public_id>/network-attributes")
def new_attributes(public_id: str) -> ResponseReturnValue:
    """Offer the form, filled with what holds now."""
    session = support.database()
    point = support.found_or_404(queries.supply_point(session, public_id=str(public_id)))
    known = network_attributes(session, supply_point_id=point.id)
    return render_template("metering/new_attributes.html", point=point, known=known)


@pages.post("/supply-points/<uuid:public_id>/network-attributes")
@support.acts_once
def create_attributes(public_id: str) -> ResponseReturnValue:
    """Record attributes from a day on."""
    session = support.database()
    point = support.found_or_404(queries.supply_point(session, public_id=str(public_id)))
    limit = support.form_text("tg_phi_limit", 10).strip()
    record_network_attributes(
        session,
        supply_point_id=point.id,
        attributes=NetworkAttributes(
            _number(support.form_text("oze_base_factor", 10)) / 100,
            _number(limit) if limit else None,
            _day(support.form_text("valid_from", 10)),
            None,
            support.form_text("source", 200).strip(),
        ),
        as_of=support.now(),
    )
    flash(_("Saved. The next computation uses it."), "ok")
    return redirect(url_for("metering.supply_point", public_id=public_id))


def _number(given: str) -> Decimal:
    try:
        return Decimal(given.strip().replace(",", "."))
    except InvalidOperation as error:
        raise NetworkAttributesError(
            "not_a_number", f"'{given}' is not a number. Write it like 15 or 0,3."
        ) from error


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise NetworkAttributesError(
            "not_a_day", f"'{given}' is not a day. Write it like 2026-01-31."
        ) from error
