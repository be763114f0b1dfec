"""Words of market products: prices, prosumers and deposits, caps, discounts and services."""

from typing import Any

from flask_babel import lazy_gettext as _l

LABELS: dict[str, dict[str, Any]] = {
    "permission": {"market.edit": _l("Import market prices, settle deposits, add discounts and services")},
    "deposit_status": {
        "valued": _l("Valued"),
        "missing_market_price": _l("Price not published"),
        "incomplete_intervals": _l("Interval data incomplete"),
    },
    "prosumer_scheme": {
        "net_billing_rcem": _l("Net-billing, monthly price (RCEm)"),
        "net_billing_rce": _l("Net-billing, hourly price (RCE)"),
        "net_metering": _l("Net-metering (0.8 / 0.7)"),
    },
    "cap_category": {
        "sme": _l("Small or medium firm, public utility"),
        "disabled": _l("Person with a disability"),
        "large_family": _l("Large family or farmer"),
    },
    "component_kind": {
        "service_month": _l("Service, a month"),
        "service_once": _l("Service, once"),
        "discount_month": _l("Discount, a month"),
        "discount_kwh": _l("Discount, per kWh"),
        "discount_percent": _l("Discount, share of the energy"),
    },
    "unit": {"piece": _l("piece"), "pln": "zł"},
    "movement": {
        "deposit_use": _l("Paid from the prosumer deposit"),
        "deposit_return": _l("Given back to the prosumer deposit"),
        "deposit_credit": _l("Energy fed in"),
        "deposit_refund": _l("Refund of the deposit"),
        "deposit_forfeit": _l("Expired deposit"),
    },
    "exception": {
        "missing_market_price": _l("Market price missing"),
        "incomplete_intervals": _l("Interval data incomplete"),
    },
    "exception_cure": {
        "missing_market_price": _l("Import the missing prices of the index, then compute the run again."),
        "incomplete_intervals": _l("Ask the distributor for the missing intervals of these days."),
    },
    "reference_table": {
        "market_indices": _l("Market indices"),
        "market_month_prices": _l("Monthly market prices"),
        "market_parameters": _l("Rules of market products"),
        "price_caps": _l("Price caps"),
    },
    "column": {
        "index_code": _l("Index"),
        "minutes": _l("Minutes"),
        "is_floored_at_zero": _l("Negative counts as zero"),
        "price_pln_per_mwh": _l("Zloty per MWh"),
        "value": _l("Value"),
        "scope": _l("Scope"),
        "category": _l("Category"),
        "tier": _l("Tier"),
        "annual_limit_kwh": _l("Limit, kWh"),
        "needs_declaration": _l("Needs a declaration"),
    },
}

TONES: dict[str, dict[str, str]] = {
    "deposit_status": {"valued": "ok", "missing_market_price": "warn", "incomplete_intervals": "bad"},
}

ERRORS: dict[str, Any] = {
    "unknown_price_list": _l("There is no such price list. Choose one of the list."),
    "invalid_price_file": _l("The price file was not taken. Correct the rows named below and give it again."),
    "invalid_component": _l("This discount or service cannot be saved: check kind, value and first day."),
    "no_component_to_end": _l("Nothing is in force on that day that could end. Check the day."),
    "market_terms_overlap": _l("There are terms of this kind on some of these days. End them first."),
    "invalid_declaration": _l("Choose a category of the price caps and the first day of a month."),
    "unknown_contract_number": _l("The customer has no such contract. Choose one of the list."),
    "unknown_customer_number": _l("There is no customer with this number."),
}

SENTENCES: tuple[str, ...] = ()
