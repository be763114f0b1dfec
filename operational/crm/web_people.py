"""Pages of a customer's people, further addresses and consents, and of the use at each supply point."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.app.reads import customer_page
from operational.crm.customers import consents, operations, people
from operational.crm.web import customer_header, customer_of, in_words, pages
from operational.kernel.presentation.charts import Bar

_PERSON = ("role", "person_name", "position", "phone", "email", "scope", "note")
_ADDRESS = ("kind", "street", "building", "flat", "postal_code", "city")
Given = Mapping[str, str]


@pages.get("/customers/<uuid:public_id>/people")
def customer_consents(public_id: UUID) -> ResponseReturnValue:
    """Show people, further addresses and consents of a customer."""
    return _page(public_id)


def _page(
    public_id: UUID, *, form: str = "", given: Given | None = None, wrong: Given | None = None
) -> ResponseReturnValue:
    """Draw the tab; `form` names the form whose mistakes `wrong` tells,
    so that it opens with what was typed.
    """
    found, session, today = customer_of(str(public_id)), support.database(), support.today()
    history = consents.history(session, customer_id=found.id)
    page = render_template(
        "crm/customer_people.html",
        **customer_header(found, "consents"),
        people=people.people_of(session, customer_id=found.id, today=today),
        addresses=people.addresses_of(session, customer_id=found.id, today=today),
        history=history,
        in_force={row.kind: row for row in history if row.superseded_at is None},
        kinds=list(consents.ConsentKind),
        channels=list(consents.ConsentChannel),
        roles=list(people.Role),
        address_kinds=list(people.AddressKind),
        form=form,
        given=dict(given or {}),
        wrong=in_words(wrong or {}),
    )
    return page if not form else (page, 422)


def _day(name: str) -> date:
    """Read a day of the form; today when it was left empty."""
    given = support.form_text(name, 10)
    if not given:
        return support.today()
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise operations.InvalidCustomer({name: "not_a_day"}) from error


def _fields(names: tuple[str, ...]) -> dict[str, str]:
    return {name: support.form_text(name, 200) for name in (*names, "valid_from")}


def _back(public_id: UUID, words: str) -> ResponseReturnValue:
    flash(words, "ok")
    return redirect(url_for("crm.customer_consents", public_id=public_id))


@pages.post("/customers/<uuid:public_id>/people")
@support.acts_once
def add_person(public_id: UUID) -> ResponseReturnValue:
    """Give a person a role for the customer."""
    found, given = customer_of(str(public_id)), _fields(_PERSON)
    try:
        people.add_person(
            support.database(), customer_id=found.id, given=given, valid_from=_day("valid_from")
        )
    except operations.InvalidCustomer as error:
        return _page(public_id, form="person", given=given, wrong=error.fields)
    return _back(public_id, _("The person was added."))


@pages.post("/customers/<uuid:public_id>/people/<int:role_id>/end")
@support.acts_once
def end_person(public_id: UUID, role_id: int) -> ResponseReturnValue:
    """End a role from today on."""
    found = customer_of(str(public_id))
    people.end_person(support.database(), customer_id=found.id, role_id=role_id, valid_to=support.today())
    return _back(public_id, _("The role was ended."))


@pages.post("/customers/<uuid:public_id>/addresses")
@support.acts_once
def add_address(public_id: UUID) -> ResponseReturnValue:
    """Record a further address of the customer."""
    found, given = customer_of(str(public_id)), _fields(_ADDRESS)
    try:
        people.add_address(
            support.database(), customer_id=found.id, given=given, valid_from=_day("valid_from")
        )
    except operations.InvalidCustomer as error:
        return _page(public_id, form="address", given=given, wrong=error.fields)
    return _back(public_id, _("The address was added."))


@pages.post("/customers/<uuid:public_id>/addresses/<int:row_id>/end")
@support.acts_once
def end_address(public_id: UUID, row_id: int) -> ResponseReturnValue:
    """End a further address from today on."""
    found = customer_of(str(public_id))
    people.end_address(
        support.database(), customer_id=found.id, address_row_id=row_id, valid_to=support.today()
    )
    return _back(public_id, _("The address was ended."))


@pages.post("/customers/<uuid:public_id>/consents")
@support.acts_once
def give_consent(public_id: UUID) -> ResponseReturnValue:
    """Record a consent or its withdrawal."""
    found = customer_of(str(public_id))
    given = {
        name: support.form_text(name, 200) for name in ("kind", "channel", "granted", "source", "given_on")
    }
    try:
        day = _day("given_on")
        if day > support.today():
            raise operations.InvalidCustomer({"given_on": "day_in_future"})
        added = consents.give(
            support.database(), customer_id=found.id, kind=given["kind"], channel=given["channel"],
            granted=given["granted"] == "1", given_on=day, source=given["source"],
        )  # fmt: skip
    except operations.InvalidCustomer as error:
        return _page(public_id, form="consent", given=given, wrong=error.fields)
    except consents.InvalidConsent as error:
        field = "kind" if error.code == "unknown_consent" else "source"
        return _page(public_id, form="consent", given=given, wrong={field: error.code})
    if added is None:
        return _back(public_id, _("This decision is in force already; nothing was added."))
    return _back(public_id, _("The consent was recorded."))


@pages.get("/customers/<uuid:public_id>/points")
def customer_points(public_id: UUID) -> ResponseReturnValue:
    """Show each supply point of the customer with two years of billed use."""
    found, session, today = customer_of(str(public_id)), support.database(), support.today()
    points = customer_page.points(session, customer_id=found.id, today=today)
    before = customer_page.points_a_year_before(session, customer_id=found.id, today=today)
    months = customer_page.shown_months(today)
    bars = {
        point.public_id: [
            Bar(
                f"{month.month}.{month.year % 100:02d}", value or customer_page.NOTHING,
                f"{value:.0f}" if value is not None else "", before.get((point.public_id, month)),
                "actual" if value is not None else "missing",
            )
            for month, value in zip(months, point.months, strict=True)
        ]
        for point in points
    }  # fmt: skip
    return render_template(
        "crm/customer_points.html",
        **customer_header(found, "points"),
        points=points,
        bars=bars,
        months=months,
        details=customer_page.point_details(session, customer_id=found.id, today=today),
    )
