"""Words of what-if: simulations of other prices and another law."""

from typing import Any

from flask_babel import lazy_gettext as _l

from operational.app.words.marking import marked as _n

LABELS: dict[str, dict[str, Any]] = {
    "permission": {
        "simulations.read": _l("Look at simulations"),
        "simulations.ask": _l("Ask for simulations of other prices"),
    },
    "simulation": {
        "waiting": _l("Waits"),
        "running": _l("Being computed"),
        "done": _l("Computed"),
        "failed": _l("Failed"),
    },
}
TONES: dict[str, dict[str, str]] = {
    "simulation": {"waiting": "info", "running": "info", "done": "ok", "failed": "bad"},
}
ERRORS: dict[str, Any] = {
    "simulation_month_broken": _l("Choose the month whose bills are to be computed."),
    "simulation_percent_broken": _l("Write the change in per cent as -3,5."),
    "simulation_changes_nothing": _l("All prices supposed are the prices of today. Change one."),
}
SENTENCES: tuple[str, ...] = (
    _n(
        "The columns of %(file)s are those of no reference file. Use the head line of dso_rates.csv, "
        "statutory_rates.csv or vat_rates.csv."
    ),
    _n("There is no price list %(code)s with prices. Its code stands on the page of its product."),
    _n("%(file)s is not UTF-8. Save it as UTF-8."),
    _n("%(file)s holds no row with the columns %(columns)s. The first line names the columns."),
    _n("%(file)s, row %(row)s: nothing is known by %(key)s. Correct the row or leave it out."),
    _n("%(file)s, row %(row)s: the rate was named by an earlier row. Keep the one that shall hold."),
    _n("%(file)s, row %(row)s: '%(text)s' is no number."),
    _n("%(file)s, row %(row)s: %(text)s is out of range."),
    _n(
        "The proposals reach to %(day)s; bills of %(month)s are not computed yet. Take an earlier month, "
        "or compute the month first."
    ),
    _n("The proposals were computed anew while the simulation ran. Run the simulation again."),
)
