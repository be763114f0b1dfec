"""Pages of products: list, product, version, difference of two versions, price preview, approval."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound

from operational.app import exports, support
from operational.app.labels import error_text, label
from operational.crm.products import catalogue, checks, compare, floors, versions
from operational.crm.products import promotions as promotion_book
from operational.crm.products.content import Content
from operational.crm.products.pricing import YearlyCost, yearly_cost
from operational.crm.products.purchase import PricingError
from operational.crm.products.rules import InvalidVersion, Problem, ProductKind, VersionStatus
from operational.crm.products.sale import SaleError
from operational.kernel.money import InvalidAmount, parse_amount
from operational.kernel.presentation import formatting

pages = Blueprint("products", __name__, template_folder="templates")
_COLUMNS = (
    exports.Column("code", _l("Code")),
    exports.Column("name", _l("Product")),
    exports.Column("kind", _l("Kind"), "product_kind"),
    exports.Column("medium", _l("Medium"), "medium"),
    exports.Column("number", _l("Version")),
    exports.Column("status", _l("State"), "version_status"),
    exports.Column("valid_from", _l("From")),
    exports.Column("valid_to", _l("Until")),
    exports.Column("contracts", _l("Contracts today")),
)


def words_of(problems: Iterable[Problem]) -> dict[str, list[str]]:
    """Return sentences by field; days, zones and numbers in them are spoken in the user's language."""
    found: dict[str, list[str]] = defaultdict(list)
    for problem in problems:
        values = {name: _spoken(name, value) for name, value in problem.values.items()}
        sentence = label("product_problem", problem.code)
        found[problem.place].append(sentence % values if values else sentence)
    return dict(found)


def _spoken(name: str, value: Any) -> str:
    language = str(get_locale())
    if isinstance(value, date):
        return formatting.civil_date(value, language=language)
    if isinstance(value, Decimal):
        return formatting.number(value, 2, language)
    if name == "zone":
        return label("zone", value)
    if name == "zones":
        return ", ".join(label("zone", zone) for zone in str(value).split(","))
    return _("all groups") if name == "group" and value == "-" else str(value)


def version_or_404(public_id: UUID) -> versions.Version:
    """Return the version of an address."""
    return support.found_or_404(versions.version(support.database(), public_id=str(public_id)))


def form_day(name: str) -> date | None:
    """Read a day of the form; None when missing or malformed."""
    try:
        return date.fromisoformat(support.form_text(name, 10))
    except ValueError:
        return None


@pages.get("/products")
def product_list() -> ResponseReturnValue:
    """List products with filters; what waits for approval stands above."""
    page, session, today = support.page_of_request(), support.database(), support.today()
    narrowed = catalogue.ProductFilter(
        text=request.args.get("text", "").strip()[:60],
        medium=request.args.get("medium", ""),
        kind=request.args.get("kind", ""),
        status=request.args.get("status", ""),
        on_sale=request.args.get("on_sale") == "1",
    )
    if exports.asked():
        return exports.of_list(
            "products",
            _COLUMNS,
            lambda session, page: catalogue.products(
                session, narrowed=narrowed, today=today, offset=page.offset, limit=page.limit
            ),
        )
    return render_template(
        "products/list.html",
        rows=catalogue.products(
            session, narrowed=narrowed, today=today, offset=page.offset, limit=page.limit
        ),
        page=page,
        narrowed=narrowed,
        waiting=catalogue.waiting_versions(session),
        kinds=list(ProductKind),
        statuses=list(VersionStatus),
    )


@pages.get("/products/p/<code>")
def product(code: str) -> ResponseReturnValue:
    """Show a product: its versions and the promotions it can get."""
    session, today = support.database(), support.today()
    found = support.found_or_404(catalogue.product(session, code=code, today=today))
    return render_template(
        "products/product.html",
        product=found,
        versions=catalogue.versions_of(session, product_id=found.id, today=today),
        promotions=promotion_book.promotions(session, product_id=found.id),
    )


@pages.get("/products/versions/<uuid:public_id>")
def version_page(public_id: UUID) -> ResponseReturnValue:
    """Show a version: prices, margins, rules, what is missing, and what may be done with it."""
    return draw_version(version_or_404(public_id), {})


def draw_version(found: versions.Version, wrong: Mapping[str, list[str]]) -> str:
    """Draw the page of a version; ``wrong`` are sentences by field of what was refused."""
    session, today = support.database(), support.today()
    content = versions.content_of(session, found=found)
    open_points = {}
    if found.status in ("draft", "waiting"):
        open_points = words_of(checks.shortcomings(session, head=found.head, content=content))
    others = catalogue.versions_of(session, product_id=found.product_id, today=today)
    return render_template(
        "products/version.html",
        version=found,
        content=content,
        margins=_margins(found, content),
        charges={charge.code: charge for charge in catalogue.charges(session, medium=found.medium)},
        open_points=open_points,
        wrong=wrong,
        others=[other for other in others if other.public_id != found.public_id],
        is_own=f"staff:{support.user().login}" in (found.changed_by, found.submitted_by),
    )


def _margins(found: versions.Version, content: Content) -> list[floors.GroupMargin]:
    """Return the margins; none while purchase costs are missing, which the open points tell."""
    try:
        return floors.margins(support.database(), head=found.head, content=content)
    except PricingError:
        return []


@pages.get("/products/versions/<uuid:public_id>/difference")
def difference(public_id: UUID) -> ResponseReturnValue:
    """Show what differs between two versions of any products."""
    session, new = support.database(), version_or_404(public_id)
    try:
        old = version_or_404(UUID(request.args.get("against", "")))
    except ValueError as error:
        raise NotFound from error
    found = compare.compare(
        (old, versions.content_of(session, found=old)), (new, versions.content_of(session, found=new))
    )
    return render_template(
        "products/difference.html",
        old=old,
        new=new,
        differences=found,
        charges={charge.code: charge for charge in catalogue.charges(session, medium=new.medium)},
    )


def _number(name: str, default: str) -> Decimal:
    try:
        value = parse_amount(request.args.get(name, default) or default)
    except InvalidAmount:
        return Decimal(default)
    return min(max(value, Decimal(0)), Decimal(100_000_000))


@pages.get("/products/versions/<uuid:public_id>/preview")
def preview(public_id: UUID) -> ResponseReturnValue:
    """Show what a year costs on a sample profile, beside another version."""
    session, found = support.database(), version_or_404(public_id)
    if found.price_list_id is None:
        raise NotFound
    groups = checks.groups_of(session, medium=found.medium)
    given: dict[str, Any] = {
        "group": request.args.get("group") or _first_group(found, groups),
        "dso": request.args.get("dso", ""),
        "phases": 3 if request.args.get("phases", "3") != "1" else 1,
        "power": _number("power", "12"),
        "kwh": _number("kwh", "2500"),
        "promotions": request.args.get("promotions", "").strip()[:200],
        "day": support.query_date("day") or max(found.valid_from, support.today()),
        "against": request.args.get("against", ""),
    }
    distributors = catalogue.distributors(session, medium=found.medium)
    given["dso"] = given["dso"] or (distributors[0][0] if distributors else "")
    shares = floors.zone_shares(session, groups=[given["group"]])[given["group"]]
    zone_kwh = {zone: _number(f"z-{zone}", f"{given['kwh'] * share:.0f}") for zone, share in shares.items()}
    others = [
        row
        for row in catalogue.versions_of(session, product_id=found.product_id, today=support.today())
        if row.public_id != found.public_id and row.price_list_id is not None
    ]
    compared = next((row for row in others if row.public_id == given["against"]), None)
    cost, error = _cost(found.price_list_id, found.id, given, zone_kwh)
    other, other_error = (None, "")
    if compared is not None and compared.price_list_id is not None:
        other, other_error = _cost(compared.price_list_id, None, given, zone_kwh)
    return render_template(
        "products/preview.html",
        version=found, given=given, zone_kwh=zone_kwh, groups=groups, distributors=distributors,
        cost=cost, error=error, other=other, other_error=other_error, compared=compared, others=others,
    )  # fmt: skip


def _first_group(found: versions.Version, groups: list[str]) -> str:
    """Return a group that the version has prices for."""
    content = versions.content_of(support.database(), found=found)
    priced = [row["tariff_group"] for row in content.prices if row["tariff_group"]]
    return next(iter(priced), groups[0] if groups else "")


def _cost(
    price_list_id: int, version_id: int | None, given: Mapping[str, Any], zone_kwh: Mapping[str, Decimal]
) -> tuple[YearlyCost | None, str]:
    """Return the cost of a year, or the reason why it cannot be told."""
    try:
        return (
            yearly_cost(
                support.database(), price_list_id=price_list_id, product_version_id=version_id,
                tariff_group=given["group"], dso_code=given["dso"], zone_kwh=zone_kwh,
                contracted_power_kw=given["power"], phases=given["phases"], on=given["day"],
                promotions=tuple(code for code in str(given["promotions"]).replace(",", " ").split() if code),
            ),
            "",
        )  # fmt: skip
    except PricingError as error:
        return None, error.message
    except SaleError as error:
        return None, error_text(error)


@pages.post("/products/versions/<uuid:public_id>/step")
@support.acts_once
def step(public_id: UUID) -> ResponseReturnValue:
    """Hand a draft in, end the sale of a version, or withdraw it."""
    session, row_version = support.database(), support.form_int("row_version")
    try:
        match request.form.get("step", ""):
            case "submit":
                versions.submit(
                    session, public_id=str(public_id), row_version=row_version, as_of=support.now()
                )
                flash(_("The version waits for another person's approval."), "ok")
            case "end":
                day = form_day("valid_to")
                if day is None:
                    raise InvalidVersion([Problem("valid_to", "missing_value")])
                versions.end_sale(session, public_id=str(public_id), row_version=row_version, valid_to=day)
                flash(_("The end of sale was saved."), "ok")
            case "withdraw":
                versions.withdraw(
                    session, public_id=str(public_id), row_version=row_version, as_of=support.now()
                )
                flash(_("The version was withdrawn. Contracts that were signed go on."), "ok")
            case _other:
                raise NotFound
    except InvalidVersion as error:
        session.rollback()
        return draw_version(version_or_404(public_id), words_of(error.problems)), 422
    return redirect(url_for("products.version_page", public_id=public_id))


@pages.post("/products/versions/<uuid:public_id>/decision")
@support.acts_once
def decide(public_id: UUID) -> ResponseReturnValue:
    """Approve a waiting version whose prices keep the floor, or give it back with a reason."""
    return _decided(public_id, may_go_below_floor=False)


@pages.post("/products/versions/<uuid:public_id>/decision-below-floor")
@support.acts_once
def decide_below_floor(public_id: UUID) -> ResponseReturnValue:
    """Approve a waiting version also with prices below the floor."""
    return _decided(public_id, may_go_below_floor=True)


def _decided(public_id: UUID, *, may_go_below_floor: bool) -> ResponseReturnValue:
    session, row_version = support.database(), support.form_int("row_version")
    try:
        if request.form.get("decision") == "approve":
            versions.approve(
                session, public_id=str(public_id), row_version=row_version, as_of=support.now(),
                may_go_below_floor=may_go_below_floor,
            )  # fmt: skip
            flash(_("The version was approved and may be sold from its first day on."), "ok")
        else:
            versions.give_back(
                session, public_id=str(public_id), row_version=row_version,
                reason=support.form_text("reason"),
            )  # fmt: skip
            flash(_("The version was given back to its author."), "ok")
    except InvalidVersion as error:
        session.rollback()
        return draw_version(version_or_404(public_id), words_of(error.problems)), 422
    except versions.VersionError as error:
        if error.code == "changed_meanwhile":
            raise
        session.rollback()
        return draw_version(version_or_404(public_id), {"decision": [error_text(error)]}), 422
    return redirect(url_for("products.version_page", public_id=public_id))


from operational.crm.products import web_editor, web_promotions  # noqa: E402, F401  their routes join `pages`
