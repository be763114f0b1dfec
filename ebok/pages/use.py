"""Consumption: a chart for each medium, the same figures as a table and as CSV."""

import csv
import io

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from ebok import consumption, support
from operational.billing import deposits
from operational.documents.portal import queries as documents

pages = Blueprint("use", __name__, url_prefix="/consumption")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@pages.get("")
def page() -> ResponseReturnValue:
    """Show the chart and table of one medium, of one point or of all."""
    periods = documents.billed_periods(
        support.database(), customer_id=support.customer_id(), since=consumption.since(support.today())
    )
    media = consumption.media(periods)
    wanted = request.args.get("medium", "")
    medium = wanted if wanted in media else (media[0] if media else "electricity")
    points = sorted({(row.supply_point, row.place) for row in periods if row.medium == medium})
    point = request.args.get("point", "")
    chosen = point if point in {code for code, _ in points} else ""
    unit = "pln" if request.args.get("unit") == "pln" else "kwh"
    return render_template(
        "use.html",
        chart=consumption.chart(
            periods, medium=medium, unit=unit, language=support.language(), supply_point=chosen
        ),
        media=media,
        points=points,
        point=chosen,
        lots=deposits.lots(support.database(), customer_id=support.customer_id(), today=support.today()),
    )


@pages.get("/data.csv")
def csv_file() -> ResponseReturnValue:
    """Give all billed periods as CSV: semicolons, decimal commas, UTF-8 with a mark for spreadsheets."""
    periods = documents.billed_periods(
        support.database(), customer_id=support.customer_id(), since=consumption.since(support.today())
    )
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(["medium", "punkt", "adres", "od", "do", "kWh", "brutto_zl", "szacowane"])
    for row in periods:
        figures = [str(value).replace(".", ",") for value in (row.energy_kwh, row.gross_amount)]
        texts = [_harmless(text) for text in (row.medium, row.supply_point, row.place)]
        writer.writerow(
            [*texts, row.period_from, row.period_to, *figures, "tak" if row.is_estimated else "nie"]
        )
    return Response(
        buffer.getvalue().encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="zuzycie.csv"'},
    )


def _harmless(text: str) -> str:
    """Keep a spreadsheet from reading a text as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
