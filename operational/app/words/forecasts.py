"""Words of billing by forecast."""

from typing import Any

from flask_babel import lazy_gettext as _l

LABELS: dict[str, dict[str, Any]] = {
    "permission": {"forecasts.edit": _l("Set how a contract is billed by forecast")},
    "forecast_method": {
        "last_year": _l("as on the same days last year"),
        "declared": _l("the declared yearly use, by days"),
        "agreed": _l("agreed with the customer"),
    },
    "forecast_price_change": {
        "at_settlement": _l("waits for the settlement"),
        "correct_later": _l("corrects the instalments still to come"),
    },
    "estimate": {
        "forecast_last_year": _l("forecast: as on the same days last year"),
        "forecast_declared": _l("forecast: the declared yearly use, by days"),
        "forecast_agreed": _l("forecast: agreed with the customer"),
    },
}
ERRORS: dict[str, Any] = {
    "forecast_terms_unknown": _l("Choose one of the methods and rules in the list."),
    "forecast_annual_kwh": _l(
        "Agreed kWh need the yearly use, more than 0; other methods find it themselves."
    ),
    "forecast_no_terms": _l("The contract has no terms on this day. Choose a day of its validity."),
    "forecast_months_do_not_fit": _l(
        "The months of an instalment must divide those of a document, and these the billing cycle of the "
        "contract."
    ),
    "forecast_not_for_point": _l(
        "Only points read by registers with a flat capacity fee can be billed by forecast, no prosumers and "
        "no dynamic prices."
    ),
}
