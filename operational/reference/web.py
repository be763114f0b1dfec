"""Pages of reference data: the rates and tariffs that hold on a day, with their sources."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from operational.app import support
from operational.reference import queries

pages = Blueprint("reference", __name__, template_folder="templates")


@pages.get("/rates")
def rates() -> ResponseReturnValue:
    """Show one table of reference data, narrowed to a day and a text."""
    tables = queries.table_names()
    table = request.args.get("table", "")
    chosen = table if table in tables else tables[0]
    search, on = request.args.get("q", "").strip()[:60], support.query_date("on")
    found = queries.listing(support.database(), table=chosen, on=on, search=search, limit=300)
    return render_template(
        "reference/rates.html", listing=found, tables=tables, table=chosen, search=search, on=on
    )
