"""Words of contracts: steps of the wizard, states, kinds of start, consents, mistakes and refusals."""

from typing import Any

from flask_babel import lazy_gettext as _l

LABELS: dict[str, dict[str, Any]] = {
    "permission": {"contracts.write": _l("Make contracts: drafts, signature, withdrawal, starts")},
    "wizard_step": {
        "customer": _l("Customer"), "points": _l("Supply points"), "product": _l("Product and prices"),
        "terms": _l("Terms"), "consents": _l("Consents and powers of attorney"),
        "summary": _l("Summary and signature"),
    },
    "draft_status": {
        "open": _l("Draft"), "waiting": _l("Waits for signature"), "signed": _l("Signed"),
        "dropped": _l("Put away"),
    },
    "draft_source": {
        "wizard": _l("wizard"), "offer": _l("offer"), "renewal": _l("renewal"), "clone": _l("copy"),
    },
    "contract_status": {
        "signed": _l("Signed"), "awaiting": _l("Awaits start"), "active": _l("Active"),
        "ending": _l("Ending"),
        "ended": _l("Ended"), "withdrawn": _l("Withdrawn from"),
    },
    "signature_state": {"waiting": _l("Waits"), "signed": _l("Signed"), "withdrawn": _l("Withdrawn from")},
    "signature_channel": {
        "stationary": _l("In the office"), "distance": _l("At a distance"),
        "off_premises": _l("Visit at home"),
    },
    "start_kind": {
        "switch": _l("Change of supplier, a further one"),
        "first_switch": _l("Change of supplier, the first"),
        "takeover": _l("Taken over from another customer"), "new_connection": _l("New connection"),
        "direct": _l("Start on the day"),
    },
    "start_outcome": {
        "open": _l("Requested"), "activated": _l("Active"), "withdrawn": _l("Withdrawn from"),
        "cancelled": _l("Cancelled"),
    },
    "contract_period": {"fixed": _l("Fixed period"), "indefinite": _l("Indefinite period")},
    "continuation": {
        "indefinite": _l("goes on indefinitely"), "prolong": _l("goes on for another period"),
        "end": _l("ends"),
    },
    "penalty_formula": {
        "fixed": _l("a fixed amount, zł"), "per_month_left": _l("for each month left, zł"),
        "per_mwh_left": _l("for each MWh not taken, zł"),
        "percent_of_energy_left": _l("share of the value of the energy not taken"),
    },
    "mandate": {
        "power_of_attorney": _l("Power of attorney for the change of supplier"),
        "supplier_choice": _l("Statement of the choice of supplier"),
        "termination_of_old": _l("We terminate the present contract for the customer"),
    },
    "consent_answer": {"": _l("not asked"), "yes": _l("agrees"), "no": _l("refuses")},
    "contract_paper": {
        "contract": _l("Contract"), "power_of_attorney": _l("Power of attorney"),
        "supplier_choice_statement": _l("Statement of the choice of supplier"),
        "termination_notice_to_old_supplier": _l("Termination notice to the present supplier"),
        "withdrawal_form": _l("Withdrawal form"),
    },
    "table": {"contract_drafts": _l("Contract draft")},
}  # fmt: skip
TONES: dict[str, dict[str, str]] = {
    "draft_status": {"open": "info", "waiting": "warn", "signed": "ok"},
    "contract_status": {
        "signed": "info",
        "awaiting": "warn",
        "active": "ok",
        "ending": "warn",
        "withdrawn": "bad",
    },
    "signature_state": {"waiting": "warn", "signed": "ok", "withdrawn": "bad"},
    "start_outcome": {"open": "warn", "activated": "ok", "withdrawn": "bad"},
}
ERRORS: dict[str, Any] = {
    "choose_customer": _l("Find the customer and choose one, or write a new one."),
    "customer_alike": _l(
        "Customers like this one exist. Choose one of them, or confirm that this is another."
    ),
    "invalid_point_code": _l("The check digit is wrong or there are not 18 digits. Compare with the bill."),
    "choose_start_kind": _l("Choose how the point comes to us."),
    "start_long_ago": _l("This day is more than a year ago. Correct it."),
    "invalid_quantity": _l("Give a number that is not negative, for example 2400."),
    "points_missing": _l("A contract needs at least one supply point. Paste its code."),
    "point_twice": _l("The same point stands here twice. Leave one out."),
    "one_medium_each": _l("Electricity and gas need a contract each. Leave the points of the other out."),
    "start_already_requested": _l(
        "A start of this point is already requested. Finish or cancel that one first."
    ),
    "point_under_contract": _l(
        "The point is already under a contract on that day. End that one first, or start later."
    ),
    "point_known_now": _l("We know this point meanwhile. Leave it out and paste its code again."),
    "meter_known": _l("This meter is already recorded at another point. Check its number."),
    "dso_not_recognised": _l("The distributor is not recognised by the code. Choose it."),
    "choose_product": _l("Choose a product."),
    "other_medium": _l("The product is for the other medium than the supply points. Choose another."),
    "no_prices_then": _l("The price list has no prices on the first day of supply. Choose another."),
    "price_below_floor": _l(
        "The price is below the floor. Choose another product or take the promotion away."
    ),
    "promotion_refused": _l(
        "A promotion is unknown, over, or its condition is not fulfilled. Correct the codes."
    ),
    "choose_value": _l("Choose one of the list."),
    "number_out_of_range": _l("Give a whole number that is possible here."),
    "early_start_missing": _l(
        "Supply begins before the days of withdrawal are over. The customer must ask for that, or start "
        "later."
    ),
    "draft_incomplete": _l("The contract cannot be made yet: correct the fields of the steps named above."),
    "draft_closed": _l("The draft is no longer open. Copy it to go on."),
    "draft_not_found": _l("There is no such draft. Open the list of drafts."),
    "signed_in_the_future": _l("The signature lies in the future. Correct its day."),
    "unknown_signature_channel": _l("Choose where the contract was signed."),
    "no_withdrawal_right": _l("This contract gives no right to withdraw. End it with a notice instead."),
    "withdrawal_too_late": _l("The statement was not sent within the days of withdrawal. Check its day."),
    "contract_withdrawn": _l("The customer withdrew from the contract, so no supply starts under it."),
    "no_start_request": _l("No start of this point is open. Reload the page."),
    "no_supply_to_end": _l("The contract does not supply the point around that day. Check the day."),
    "supply_overlap": _l(
        "Another contract supplies the point on these days. End that supply first, or start later."
    ),
    "contract_without_terms": _l("The contract has no terms to bill by. Give it terms first."),
    "no_contract_default": _l("No terms are proposed for this kind of customer on that day."),
}
SENTENCES: tuple[str, ...] = ()
