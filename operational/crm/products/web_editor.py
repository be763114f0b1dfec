"""The editor of versions: new product, draft as a form, copy to a new version."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.crm.products import catalogue, checks, forms, versions
from operational.crm.products.content import Content
from operational.crm.products.rules import (
    BY_INDEX,
    CHANNELS,
    ENERGY,
    FORMULAS,
    SEGMENTS,
    InvalidVersion,
    Problem,
    ProductKind,
)
from operational.crm.products.web import form_day, pages, version_or_404, words_of

_NEW = ("code", "name", "kind", "medium", "valid_from")


@pages.get("/products/new")
def new_product() -> ResponseReturnValue:
    """Show the form of a new product."""
    return _new_form({"kind": "fix", "medium": "electricity"}, {})


def _new_form(given: dict[str, str], wrong: dict[str, list[str]]) -> str:
    return render_template("products/new.html", given=given, wrong=wrong, kinds=list(ProductKind))


@pages.post("/products/new")
@support.acts_once
def create_product() -> ResponseReturnValue:
    """Create a product with a draft of its first version."""
    given = {name: support.form_text(name, 120) for name in _NEW}
    day = form_day("valid_from")
    try:
        if day is None:
            raise InvalidVersion([Problem("valid_from", "missing_value")])
        made = versions.create_product(
            support.database(), code=given["code"].upper(), name=given["name"], kind=given["kind"],
            medium=given["medium"], valid_from=day, as_of=support.now(),
        )  # fmt: skip
    except InvalidVersion as error:
        return _new_form(given, words_of(error.problems)), 422
    flash(_("The product was created. Now write its first version."), "ok")
    return redirect(url_for("products.edit_version", public_id=made))


@pages.post("/products/versions/<uuid:public_id>/copies")
@support.acts_once
def copy_version(public_id: UUID) -> ResponseReturnValue:
    """Copy a version to a new draft."""
    day = form_day("valid_from") or support.today()
    made = versions.copy_version(
        support.database(), public_id=str(public_id), valid_from=day, as_of=support.now()
    )
    flash(_("A draft was made. Change it and hand it in; somebody else approves it."), "ok")
    return redirect(url_for("products.edit_version", public_id=made))


@pages.get("/products/versions/<uuid:public_id>/edit")
def edit_version(public_id: UUID) -> ResponseReturnValue:
    """Show a draft as a form."""
    found = version_or_404(public_id)
    if found.status != "draft":
        return redirect(url_for("products.version_page", public_id=public_id))
    content = versions.content_of(support.database(), found=found)
    problems = checks.shortcomings(support.database(), head=found.head, content=content)
    return _editor(found, forms.as_given(found, content), {}, missing=problems)


def _editor(
    found: versions.Version,
    given: forms.Given,
    wrong: dict[str, list[str]],
    *,
    missing: list[Problem] | None = None,
    add_group: str = "",
) -> str:
    """Draw the form; ``missing`` is what keeps it from being handed in, ``add_group`` gets empty rows."""
    session = support.database()
    zones = checks.zones_by_group(session)
    prices = [dict(row) for row in given.parts["prices"]]
    if add_group:
        prices += [
            {"tariff_group": add_group, "charge_code": ENERGY[found.medium], "zone_code": zone}
            for zone in sorted(zones.get(add_group, {"all"}))
        ]
    return render_template(
        "products/edit.html",
        version=found,
        row_version=support.form_int("row_version") or found.row_version,
        given=given,
        prices=prices,
        wrong=wrong,
        missing=words_of(missing or []),
        charges=catalogue.charges(session, medium=found.medium),
        groups=checks.groups_of(session, medium=found.medium),
        zones=sorted({zone for found_zones in zones.values() for zone in found_zones}),
        indices=catalogue.indices(session),
        by_index=found.kind in BY_INDEX,
        segments=SEGMENTS,
        channels=CHANNELS,
        leaving_formulas=FORMULAS,
    )


@pages.post("/products/versions/<uuid:public_id>/edit")
@support.acts_once
def save_version(public_id: UUID) -> ResponseReturnValue:
    """Save a draft, only check it, or add rows for a tariff group; what was typed is never lost."""
    found, session = version_or_404(public_id), support.database()
    given = forms.read_given(lambda name: support.form_text(name, 300))
    asked = request.form.get("do", "save")
    if asked == "add":
        return _editor(found, given, {}, add_group=support.form_text("add_group", 20)), 200
    units = {charge.code: charge.unit for charge in catalogue.charges(session, medium=found.medium)}
    head, content, problems = forms.parse(given, units=units, today=support.today())
    try:
        if problems:
            problems += _also(found, head, content)
            raise InvalidVersion(problems)
        versions.save_version(
            session, public_id=str(public_id), head=head, content=content,
            row_version=support.form_int("row_version"), as_of=support.now(),
        )  # fmt: skip
        if asked == "submit":
            versions.submit(
                session, public_id=str(public_id), row_version=support.form_int("row_version") + 1,
                as_of=support.now(),
            )  # fmt: skip
    except InvalidVersion as error:
        session.rollback()
        return _editor(found, given, words_of(error.problems)), 422
    if asked == "check":
        kept = version_or_404(public_id)
        missing = checks.shortcomings(session, head=kept.head, content=content)
        session.rollback()
        return _editor(found, given, {}, missing=missing), 200
    flash(_("The version waits for another person's approval.") if asked == "submit"
          else _("The draft was saved."), "ok")  # fmt: skip
    return redirect(
        url_for(
            "products.version_page" if asked == "submit" else "products.edit_version", public_id=public_id
        )
    )


def _also(found: versions.Version, head: versions.HeadFields, content: Content) -> list[Problem]:
    """Return what else is wrong, so that all mistakes of a form are shown at once."""
    wanted = versions.head_of(found, head)
    return checks.mistakes(support.database(), head=wanted, content=content)
