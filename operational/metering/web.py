"""Pages of metering: supply points, one point with meters and readings, files and the quarantine."""

from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from operational.app import exports, list_columns, support
from operational.kernel.calendar import add_months, first_of_month
from operational.kernel.presentation import formatting
from operational.kernel.presentation.charts import Bar
from operational.metering import quarantine, queries
from operational.metering.network import network_attributes

pages = Blueprint("metering", __name__, template_folder="templates")
_MONTHS = 13
ROWS_ON_FRONT_PAGE = 15


@pages.get("/supply-points")
def supply_points() -> ResponseReturnValue:
    """List supply points with filters."""
    page = support.page_of_request()
    chosen = {name: request.args.get(name, "").strip() for name in ("code", "medium", "dso", "state")}

    def read(session: Session, page: support.Page) -> list[queries.SupplyPointRow]:
        return queries.supply_point_list(
            session, today=support.today(), **chosen, offset=page.offset, limit=page.limit
        )

    if exports.asked():
        return exports.of_list("supply-points", list_columns.SUPPLY_POINTS, read)
    rows = read(support.database(), page)
    dsos = queries.dso_names(support.database())
    return render_template("metering/supply_points.html", rows=rows, page=page, chosen=chosen, dsos=dsos)


@pages.get("/supply-points/<uuid:public_id>")
def supply_point(public_id: str) -> ResponseReturnValue:
    """Show one point: use by month, meters, readings, terms, contracts."""
    session = support.database()
    point = support.found_or_404(queries.supply_point(session, public_id=str(public_id)))
    return render_template(
        "metering/supply_point.html",
        point=point,
        bars=_bars(point.id),
        terms=queries.point_terms(session, supply_point_id=point.id),
        installations=queries.installations(session, supply_point_id=point.id),
        readings=queries.readings(
            session, supply_point_id=point.id, with_superseded=request.args.get("versions") == "all"
        ),
        volumes=queries.volumes(session, supply_point_id=point.id),
        supplies=queries.supplies(session, supply_point_id=point.id),
        attributes=network_attributes(session, supply_point_id=point.id),
    )


def _bars(supply_point_id: int) -> list[Bar]:
    """Build thirteen bars of billed kWh, each with the same month of the year before."""
    this_month, language = first_of_month(support.today()), str(get_locale())
    oldest = add_months(this_month, -_MONTHS - 12)
    billed = queries.billed_by_month(support.database(), supply_point_id=supply_point_id, since=oldest)
    bars = []
    for back in range(_MONTHS, 0, -1):
        month = add_months(this_month, -back)
        kwh, is_estimated = billed.get(month, (Decimal(0), False))
        before = billed.get(add_months(month, -12))
        bars.append(
            Bar(
                label=formatting.month_short(month, language),
                value=max(kwh, Decimal(0)),
                text=formatting.number(kwh, 0, language) if kwh else "",
                previous=before[0] if before else None,
                kind="estimated" if is_estimated else "actual",
            )
        )
    return bars if any(bar.value for bar in bars) else []


@pages.get("/files")
def files() -> ResponseReturnValue:
    """List received files, refused files, and rows in quarantine."""
    page, session = support.page_of_request(), support.database()
    kind = request.args.get("kind", "")
    with_resolved = request.args.get("resolved") == "1"
    return render_template(
        "metering/files.html",
        page=page,
        kind=kind,
        with_resolved=with_resolved,
        files=queries.file_list(session, kind=kind, offset=page.offset, limit=page.limit),
        refused=queries.rejected_files(session),
        rows=queries.rejected_rows(session, with_resolved=with_resolved, limit=ROWS_ON_FRONT_PAGE + 1),
    )


@pages.get("/files/<int:file_id>")
def file_rows(file_id: int) -> ResponseReturnValue:
    """Show the refused rows of one file, resolved ones too; file 0 means the waiting rows of all."""
    page = support.page_of_request()
    rows = queries.rejected_rows(
        support.database(), file_id=file_id, with_resolved=file_id != 0, offset=page.offset, limit=page.limit
    )
    return render_template("metering/file_rows.html", rows=rows, page=page, file_id=file_id)


@pages.post("/files/rows/<int:rejected_row_id>/resolve")
@support.acts_once
def resolve_row(rejected_row_id: int) -> ResponseReturnValue:
    """Mark a refused row as corrected or not needed."""
    quarantine.resolve_row(
        support.database(),
        rejected_row_id=rejected_row_id,
        resolution=support.form_text("resolution", 20),
        by=f"staff:{support.user().login}",
        as_of=support.now(),
    )
    flash(_("The row left the quarantine."), "ok")
    return redirect(url_for("metering.files"))


@pages.post("/files/refused/<int:rejected_file_id>/resolve")
@support.acts_once
def resolve_file(rejected_file_id: int) -> ResponseReturnValue:
    """Mark a refused file as dealt with."""
    quarantine.resolve_file(
        support.database(),
        rejected_file_id=rejected_file_id,
        by=f"staff:{support.user().login}",
        as_of=support.now(),
    )
    flash(_("The file was marked as dealt with."), "ok")
    return redirect(url_for("metering.files"))


from operational.metering import web_lake, web_network, web_validation  # noqa: E402, F401  their routes join the blueprint
