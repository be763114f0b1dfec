"""Words of network charges: capacity classes, reactive energy, exceeded power, amounts of the distributor."""

from typing import Any

from flask_babel import lazy_gettext as _l

LABELS: dict[str, dict[str, Any]] = {
    "zone": {
        "capacity_other_hours": _l("other hours of working days"),
        "outside_capacity_hours": _l("outside the hours of the capacity fee"),
        "reactive_inductive": _l("inductive reactive energy"),
        "reactive_capacitive": _l("capacitive reactive energy"),
        "exceeded_power": _l("exceeded power"),
        "reactive_inductive_amount": _l("inductive reactive energy, amount of the distributor"),
        "reactive_capacitive_amount": _l("capacitive reactive energy, amount of the distributor"),
        "exceeded_power_amount": _l("exceeded power, amount of the distributor"),
        "network_service_amount": _l("services of the distributor, amount"),
        "network_bonus_amount": _l("discount of the distributor, amount"),
    },
    "unit": {"kvarh": "kvarh", "kw": "kW", "kw_hour": _l("kWh/h and hour")},
    "metering_mode": {"intervals": _l("Interval data")},
    "quantity_basis": {"network": _l("Settled by the distributor")},
    "exception": {
        "missing_network_rule": _l("No rule for a network charge"),
        "dso_amount_differs": _l("Distributor's amount differs from ours"),
    },
    "exception_cure": {
        "missing_network_rule": _l(
            "Add the rule of the distributor for these days, or ask the distributor for the amount."
        ),
        "dso_amount_differs": _l(
            "Compare quantities and rules; ask the distributor for a correction when theirs is wrong."
        ),
    },
    "estimate": {"distributor_intervals": _l("intervals estimated by the distributor or the lake")},
    "reference_table": {
        "network_rules": _l("Rules of reactive energy and exceeded power"),
        "capacity_classes": _l("Classes of the capacity fee"),
    },
    "column": {
        "reactive_factor": _l("Factor k"),
        "reactive_price": _l("Price Crk, PLN per kWh"),
        "tg_phi_limit": _l("Limit of tg φ"),
        "tg_phi_decimals": _l("Decimals of tg φ"),
        "exceedance_rule": _l("Rule of exceeded power"),
        "power_decimals": _l("Decimals of kW"),
        "tolerance_pln": _l("Tolerance, PLN"),
        "tolerance_share": _l("Tolerance, share"),
        "share_from": _l("Share from"),
        "is_without_other_hours": _l("Nothing used in the other hours"),
    },
}

ERRORS: dict[str, Any] = {
    "network_attributes_out_of_bounds": _l(
        "The share must be above 0 and at most 100 percent, the limit of tg φ between 0 and 1."
    ),
    "not_a_day": _l("This is not a day. Write it like 2026-01-31."),
}
