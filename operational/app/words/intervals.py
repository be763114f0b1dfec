"""Words of interval data, market prices and conversion factors."""

from typing import Any

from flask_babel import lazy_gettext as _l

LABELS: dict[str, dict[str, Any]] = {
    "file_kind": {
        "intervals": _l("Interval data"),
        "market_prices": _l("Market prices"),
        "conversion_factors": _l("Conversion factors"),
    },
    "quarantine": {
        "offset_missing": _l("Time without UTC offset"),
        "time_unreadable": _l("Time cannot be read"),
        "day_hours_wrong": _l("Day not cut into 23, 24 or 25 hours"),
        "minutes_unknown": _l("Unknown length of the interval"),
        "off_grid": _l("Interval between the grid"),
        "channel_unknown": _l("Unknown direction"),
        "unit_unknown": _l("Unknown unit"),
        "mixed_units": _l("Two units in one series"),
        "mixed_lengths": _l("Two lengths of intervals in one day"),
        "value_unreadable": _l("Value is no number"),
        "negative_value": _l("Negative energy"),
        "version_unreadable": _l("Version is no number"),
        "line_broken": _l("Broken line"),
        "interval_gap": _l("Missing intervals"),
        "more_rows": _l("More rows of the same kind"),
        "price_unreadable": _l("Price is no number"),
        "price_out_of_range": _l("Price out of range"),
        "price_index_unknown": _l("Unknown price index"),
        "price_series_hole": _l("Hole in a series of prices"),
        "price_conflict": _l("Several prices of one time"),
        "factor_unreadable": _l("Factor cannot be read"),
        "factor_out_of_range": _l("Conversion factor out of range"),
        "interval_file_broken": _l("Damaged file of intervals"),
        "interval_file_empty": _l("Empty file"),
        "interval_format_unknown": _l("Unknown format of intervals or prices"),
        "interval_point_missing": _l("File without supply point"),
        "interval_offset_missing": _l("Times without UTC offset"),
        "interval_unit_unknown": _l("Unit that is no energy"),
        "interval_length_unknown": _l("Unknown length of intervals"),
    },
}
ERRORS: dict[str, Any] = {}
