"""Words for codes and colours of states. Codes are the database's, words the catalogue's."""

from flask_babel import lazy_gettext as _l

_WORDS = {
    "medium": {"electricity": _l("Electricity"), "gas": _l("Gas")},
    "state": {
        "overdue": _l("Overdue"),
        "to_pay": _l("To pay"),
        "part_paid": _l("Partly paid"),
        "paid": _l("Paid"),
        "credit": _l("Credit to you"),
        "settled": _l("Set off"),
    },
    "station": {
        "prepared": _l("Papers prepared"),
        "reported": _l("Reported to the distributor"),
        "confirmed": _l("Start confirmed"),
        "active": _l("We supply you"),
    },
    "switch_end": {
        "CLOSED": _l("ended"),
        "CANCELLED_BY_CUSTOMER": _l("called off by you"),
        "WITHDRAWN": _l("withdrawn"),
    },
    "document": {
        "invoice": _l("Invoice"),
        "correction": _l("Correcting invoice"),
        "interest_note": _l("Interest note"),
        "compensation_note": _l("Note of recovery costs"),
        "debit_note": _l("Debit note"),
        "transfer_note": _l("Note of a moved balance"),
    },
    "note_words": {
        "interest_note": _l("Interest for payments that came after their due date. Outside VAT."),
        "compensation_note": _l("Compensation for the costs of recovering late payments between firms."),
        "debit_note": _l("Contract penalty for ending a contract before its fixed term was over."),
        "transfer_note": _l("A balance that moved from one customer to another by agreement."),
    },
    "note_line": {
        "interest": _l("interest"),
        "adjustment": _l("adjustment of earlier notes"),
        "compensation": _l("recovery costs"),
        "penalty": _l("contract penalty"),
        "moved": _l("moved balance"),
    },
    "move": {
        "invoice": _l("Invoice"),
        "correction": _l("Correcting invoice"),
        "payment": _l("Payment"),
        "payment_assigned": _l("Payment assigned"),
        "payment_unassigned": _l("Payment moved away"),
        "payment_reversed": _l("Payment returned by the bank"),
        "interest_note": _l("Interest note"),
        "compensation_note": _l("Note of recovery costs"),
        "debit_note": _l("Debit note"),
        "transfer_note": _l("Note of a moved balance"),
        "refund": _l("Refund of an overpayment"),
        "write_off": _l("Debt given up"),
        "small_difference": _l("Small difference cleared"),
        "waived_note": _l("Note given up"),
    },
    "zone": {
        "": "",
        "all": _l("all day"),
        "day": _l("day zone"),
        "night": _l("night zone"),
        "peak": _l("peak"),
        "offpeak": _l("off-peak"),
        "morning_peak": _l("morning peak"),
        "afternoon_peak": _l("afternoon peak"),
        "other": _l("other hours"),
        "capacity_hours": _l("capacity-fee hours"),
        "capacity_other_hours": _l("other hours of working days"),
        "reactive_inductive": _l("inductive reactive energy"),
        "reactive_capacitive": _l("capacitive reactive energy"),
        "exceeded_power": _l("exceeded power"),
        "reactive_inductive_amount": _l("inductive reactive energy, amount of the distributor"),
        "reactive_capacitive_amount": _l("capacitive reactive energy, amount of the distributor"),
        "exceeded_power_amount": _l("exceeded power, amount of the distributor"),
        "network_service_amount": _l("services of the distributor, amount"),
        "network_bonus_amount": _l("discount of the distributor, amount"),
    },
    "reading": {
        "": "",
        "actual_remote": _l("actual, remote"),
        "actual_manual": _l("actual, on site"),
        "customer": _l("given by you"),
        "estimated": _l("estimated"),
        "substitute": _l("substitute"),
    },
    "unit": {
        "kwh": "kWh",
        "m3": "m³",
        "month": _l("mo."),
        "kw_month": _l("kW × mo."),
        "kw_hour": "kWh/h × h",
        "kvarh": "kvarh",
        "kw": "kW",
        "pln": "zł",
        "piece": _l("pc."),
    },
    "cost": {
        "energy": _l("Energy and the seller's fees"),
        "variable": _l("Distribution, charges per kWh"),
        "fixed": _l("Distribution, fixed charges"),
        "vat": _l("VAT"),
    },
    "cost_note": {
        "energy": _l("what you used, at the price of your contract"),
        "variable": _l("bringing the energy to you, by the operator's tariff"),
        "fixed": _l("network, capacity and subscription for each month"),
        "vat": _l("tax on all items"),
    },
    "contract": {"comprehensive": _l("supply and distribution"), "supply_only": _l("supply only")},
    "channel": {"ebok": _l("in this portal"), "email": _l("by e-mail"), "letter": _l("by post")},
    "rule": {
        "per_supply_point": _l("one invoice for each point"),
        "per_contract": _l("one invoice for the contract"),
        "per_customer": _l("one invoice for everything"),
    },
    "customer": {"household": _l("Household"), "business": _l("Company"), "public": _l("Public body")},
    "reason": {
        "actual_reading": _l("actual readings came in place of estimates"),
        "corrected_reading": _l("the operator corrected the metering data"),
        "price": _l("a price or rate changed"),
        "terms": _l("the terms of the contract changed"),
        "other": _l("data that the bill is computed from changed"),
    },
}
_WORDS["case_state"] = {
    "new": _l("received"), "in_progress": _l("we are checking it"), "waiting_customer": _l("we asked you"),
    "answered": _l("answered"), "withdrawn": _l("withdrawn"),
}  # fmt: skip
_WORDS["case_outcome"] = {
    "accepted": _l("accepted"), "partly": _l("accepted in part"), "rejected": _l("not accepted"),
}  # fmt: skip
_WORDS["case_event"] = {
    "registered": _l("We received your complaint"), "customer_message": _l("You wrote"),
    "question": _l("We ask you"), "answered": _l("We answered"), "withdrawn": _l("Withdrawn"),
    "note": _l("Our note"),
}  # fmt: skip
_WORDS["case_remedy"] = {
    "": "", "none": "", "re_reading": _l("The distributor will read your meter again."),
    "price_fix": _l("We correct the price and send you a correcting invoice."),
    "recalculation": _l("We check the settlement and correct the document."),
    "refund": _l("We transfer the amount to your bank account."),
}  # fmt: skip
# The legal basis of a charge stands in the reference data in English.
_BASES = {
    "Contract and price list": _l("Contract and price list"),
    "Contract and price list; Energy Law art. 5": _l("Contract and price list; Energy Law art. 5"),
    "Tariff regulation, Journal of Laws 2024 item 904; DSO tariff": _l("Tariff regulation 2024; DSO tariff"),
    "Gas tariff regulation; DSO tariff": _l("Gas tariff regulation; DSO tariff"),
    "Renewable Energy Act art. 95": _l("Renewable Energy Act art. 95"),
    "High-efficiency Cogeneration Act art. 60": _l("High-efficiency Cogeneration Act art. 60"),
    "Act on long-term power contracts of 29 June 2007": _l(
        "Act on long-term power contracts of 29 June 2007"
    ),
    "Capacity Market Act art. 89a(2)": _l("Capacity Market Act art. 89a(2)"),
    "Capacity Market Act art. 70a and 89a(1)": _l("Capacity Market Act art. 70a and 89a(1)"),
}
_WORDS["basis"] = _BASES
_TONES = {
    "overdue": "bad",
    "to_pay": "warn",
    "part_paid": "warn",
    "paid": "ok",
    "credit": "info",
    "settled": "",
    "new": "info", "in_progress": "info", "waiting_customer": "warn", "answered": "ok", "withdrawn": "",
    "accepted": "ok", "partly": "warn", "rejected": "",
}  # fmt: skip


def label(group: str, code: str) -> str:
    """Return the word of a code in the language of the request; an unknown code stands for itself."""
    return str(_WORDS[group].get(code, code))


def tone(state: str) -> str:
    """Return the CSS class of a document's state."""
    return _TONES.get(state, "")
