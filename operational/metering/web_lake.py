"""Page of the interval lake: partitions, completeness per day and distributor, last computations."""

from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue

from operational.app import support
from operational.kernel.calendar import add_months, days, first_of_month, parse_month
from operational.metering import lake
from operational.metering.web import pages

_STEPS = (1.0, 0.999, 0.99, 0.95, 0.8)
"""From which share of intervals a day is shown in which of six tones, the best first."""


@pages.get("/metering/lake")
def lake_state() -> ResponseReturnValue:
    """Show what the lake holds and how complete a month is, day by day and distributor by distributor."""
    session = support.database()
    months = lake.months(session)
    month = _chosen(months)
    medium = "gas" if request.args.get("medium") == "gas" else "electricity"
    found = lake.completeness(session, month=month, medium=medium)
    cells = {(one.dso_code, one.day): one for one in found}
    return render_template(
        "metering/lake.html",
        months=months,
        month=month,
        medium=medium,
        days=list(days(month, add_months(month, 1))),
        dsos=sorted({one.dso_code for one in found}),
        cells=cells,
        tone=lambda share: next((place for place, step in enumerate(_STEPS) if share >= step), len(_STEPS)),
        partitions=lake.partitions(session),
        runs=lake.runs(session),
    )


def _chosen(months: list[date]) -> date:
    try:
        return parse_month(request.args.get("month", ""))
    except ValueError:
        return months[0] if months else first_of_month(support.today())
