"""Contracts and points, the customer's own data, accessibility, language and look."""

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ebok import support
from ebok.pages.door import safe_target
from operational.crm.portal import queries as crm
from operational.switching.portal import queries as switching

pages = Blueprint("account", __name__)
_YEAR_SECONDS = 365 * 24 * 3600


@pages.get("/contracts")
def contracts() -> ResponseReturnValue:
    """Show contracts with their points and prices."""
    database, customer, today = support.database(), support.customer_id(), support.today()
    found = crm.contracts(database, customer_id=customer, on=today)
    points = crm.points(database, customer_id=customer, on=today)
    prices = crm.prices(database, price_list_ids=[contract.price_list_id for contract in found], on=today)
    return render_template(
        "contracts.html",
        contracts=found,
        points=points,
        papers=crm.contract_papers(database, customer_id=customer),
        switches=switching.switches(database, customer_id=customer, today=today),
        stations=switching.STATIONS,
        prices={contract.contract_id: _prices_of(contract, points, prices) for contract in found},
    )


@pages.get("/contracts/papers/<public_id>")
def contract_paper(public_id: str) -> ResponseReturnValue:
    """Give a paper of an own contract as PDF; another customer's does not exist."""
    content = crm.paper_pdf(
        support.database(), customer_id=support.customer_id(), public_id=public_id
    ) or abort(404)
    return Response(content, mimetype="application/pdf")


def _prices_of(
    contract: crm.ContractCard, points: list[crm.PointCard], prices: list[crm.PriceRow]
) -> list[crm.PriceRow]:
    """Leave the prices of the tariffs and zones that the contract's points use; all zones without a meter of
    ours.
    """
    own = [point for point in points if point.contract_id == contract.contract_id]
    tariffs = {"", *(point.tariff_group for point in own)}
    zones = {zone for point in own for zone in point.zones}
    return [
        price
        for price in prices
        if price.price_list_id == contract.price_list_id
        and price.tariff_group in tariffs
        and (not zones or price.zone_code in {"", *zones})
    ]


@pages.get("/my-data")
def details() -> ResponseReturnValue:
    """Show what we know of the customer."""
    return render_template("details.html", me=support.profile())


@pages.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """Show how the portal meets the European Accessibility Act (services to consumers, 28 June 2025)."""
    return render_template("accessibility.html")


@pages.post("/preferences")
def preferences() -> ResponseReturnValue:
    """Keep language and look in the browser."""
    response = current_app.make_response(redirect(safe_target(request.form.get("next", "")), 303))
    chosen = {"iris_language": (request.form.get("language"), support.LANGUAGES),
              "iris_theme": (request.form.get("theme"), support.THEMES)}  # fmt: skip
    for name, (value, allowed) in chosen.items():
        if value in allowed:
            response.set_cookie(
                name, value, max_age=_YEAR_SECONDS, secure=request.is_secure, httponly=True, samesite="Lax"
            )
    return response
