"""Words of collective corrections and of the months of the ledger."""

from typing import Any

from flask_babel import lazy_gettext as _l

LABELS: dict[str, dict[str, Any]] = {
    "permission": {
        "collective.rules": _l("Decide when corrections become one document"),
        "months.close": _l("Close and reopen months of the ledger"),
    },
    "correction_form": {
        "rule": _l("as the dated rule says"),
        "single": _l("a correction for each invoice"),
        "collective": _l("one collective correction"),
    },
    "collective_kind": {
        "any": _l("all customers"),
        "household": _l("Household"),
        "business": _l("Business"),
        "public": _l("Public body"),
    },
    "correction_reason": {
        "actual_reading": _l("an actual reading after an estimate"),
        "corrected_reading": _l("corrected metering data"),
        "price": _l("a change of a price or rate"),
        "terms": _l("a change of the terms of the contract"),
        "several": _l("several reasons, given at the items"),
        "other": _l("another reason"),
    },
    "ledger_month": {
        "open": _l("month open"),
        "closed": _l("month closed"),
        "reopened": _l("month reopened"),
    },
}
TONES: dict[str, dict[str, str]] = {"ledger_month": {"open": "ok", "closed": "warn", "reopened": "info"}}
ERRORS: dict[str, Any] = {
    "wrong_correction_form": _l("Choose one of the three forms of corrections."),
    "collective_reason_missing": _l(
        "A collective correction says why it was made. Write the reason, e.g. which prices were wrong."
    ),
    "collective_reason_long": _l("The reason is longer than 300 characters. Shorten it."),
    "collective_rule_wrong": _l(
        "A rule needs a kind of customers, at least 2 invoices, days in order and where it comes from."
    ),
    "collective_rule_exists": _l(
        "A rule of these customers begins on this day already. Withdraw it or choose another day."
    ),
    "accounting_month_closed": _l(
        "The month is closed in the ledger, so nothing can be posted into it. Choose a day in an open month, "
        "or have finance reopen the month."
    ),
    "accounting_month_not_over": _l("The month is not over yet. Close it when its last day has passed."),
    "accounting_month_reason": _l("Write why the month is closed or reopened, in 3 to 500 characters."),
    "accounting_month_state": _l("The month was changed meanwhile. Reload the page."),
}
