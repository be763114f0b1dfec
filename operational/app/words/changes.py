"""Words of changes of contracts: amendments, assignments, terminations, renewals, indexations, notes."""

from typing import Any

from flask_babel import lazy_gettext as _l

LABELS: dict[str, dict[str, Any]] = {
    "change_kind": {
        "amendment": _l("Amendment"),
        "assignment": _l("Assignment"),
        "termination": _l("Termination"),
        "renewal": _l("End of the fixed term"),
        "indexation": _l("Indexation"),
    },
    "change_money": {
        "yearly": _l("a year, with VAT"),
        "yearly_net": _l("a year, net"),
        "past": _l("for months billed already"),
        "moved": _l("balance passed on"),
        "penalty": _l("penalty"),
    },
    "change_paper": {
        "amendment": _l("amendment"),
        "protocol": _l("protocol"),
        "notice": _l("notice to the taker"),
        "termination": _l("confirmation"),
        "offer": _l("offer"),
    },
    "change_state": {
        "draft": _l("Draft"),
        "sent": _l("Waits for the signature"),
        "applied": _l("Signed and in force"),
        "done": _l("Carried out"),
        "confirmed": _l("Confirmed"),
        "cancelled": _l("Cancelled"),
        "withdrawn": _l("Withdrawn"),
    },
    "change_field": {
        "price_list": _l("Price list"),
        "payment_term_days": _l("Payment term, days"),
        "cycle_months": _l("Billing cycle, months"),
        "invoicing_rule": _l("Invoicing"),
        "invoice_channel": _l("Delivery of invoices"),
        "ends_on": _l("Fixed term until"),
        "period_months": _l("Term, months"),
        "continuation": _l("After the fixed term"),
        "tariff_group": _l("Tariff group"),
        "contracted_power_kw": _l("Contracted power, kW"),
        "phases": _l("Phases"),
        "component": _l("Discount or service"),
    },
    "notice_party": {
        "customer": _l("the customer"),
        "seller": _l("the seller"),
        "agreement": _l("both by agreement"),
    },
    "renewal_action": {
        "waiting": _l("Undecided"),
        "offer_sent": _l("Offer sent"),
        "continued": _l("Goes on"),
        "ended": _l("Ends"),
    },
    "indexation_state": {
        "prepared": _l("Waits for a second person"),
        "applied": _l("Applied"),
        "rejected": _l("Rejected"),
    },
    "skip_reason": {
        "ends_before": _l("supply ends before"),
        "terminated": _l("under notice"),
        "later_terms": _l("terms change later anyway"),
        "same_prices": _l("has this price list already"),
        "other_medium": _l("price list of another medium"),
        "fixed_term": _l("within its fixed term"),
        "in_another": _l("in another indexation"),
        "unpriced": _l("no price for its tariff group"),
    },
    "movement": {
        "debit_note": _l("Debit note"),
        "transfer_note": _l("Moved balance"),
    },
    "note_origin": {
        "contract": _l("early end of a contract"),
        "move": _l("moved from or to another customer"),
    },
    "note_line": {"penalty": _l("contract penalty"), "moved": _l("moved debt")},
    "rule": {"balance_moved": _l("moved to another customer")},
    "permission": {
        "changes.read": _l("See changes of contracts, renewals and indexations"),
        "changes.write": _l("Make amendments, assignments, terminations; decide about renewals"),
        "changes.debit": _l("Issue and correct debit notes"),
        "changes.balance": _l("Move debts to another customer"),
        "changes.index": _l("Prepare indexations and send notices"),
        "changes.index_approve": _l("Apply or reject indexations"),
    },
}

TONES: dict[str, dict[str, str]] = {
    "change_state": {
        "draft": "",
        "sent": "warn",
        "applied": "ok",
        "done": "ok",
        "confirmed": "ok",
        "cancelled": "",
        "withdrawn": "",
    },
    "renewal_action": {"waiting": "warn", "offer_sent": "info", "continued": "ok", "ended": ""},
    "indexation_state": {"prepared": "warn", "applied": "ok", "rejected": "bad"},
}

ERRORS: dict[str, Any] = {
    "nothing_to_change": _l("Nothing is recorded on this day or later that could be changed. Check the day."),
    "nothing_changes": _l("The amendment changes nothing. Fill in what shall change."),
    "no_terms_that_day": _l("The contract has no terms or no supply on this day. Check the day."),
    "effective_on_closed": _l("Months that far back are closed. Choose a later day."),
    "effective_on_outside": _l("The contract does not supply on this day. Choose a day within the supply."),
    "cycle_first_day": _l("A billing cycle changes on the first day of a month."),
    "payment_term_wrong": _l("The payment term is 1 to 90 days."),
    "price_list_unknown": _l("There is no such price list. Choose one of the list."),
    "ends_before_change": _l("The fixed term has to end after the amendment takes effect."),
    "point_not_supplied": _l("The contract does not supply every chosen point on this day."),
    "day_wrong": _l("Choose a day."),
    "number_wrong": _l("Give a number above zero, for example 12,5."),
    "component_value": _l("Give the value as a number, for example 5 or 0,02."),
    "amendment_closed": _l("This amendment was signed or cancelled before."),
    "amendment_outdated": _l(
        "The contract changed since this paper was made. Cancel it and make a new amendment."
    ),
    "same_customer_assigned": _l("The contract is the customer's own. Choose the taker."),
    "taker_unknown": _l("There is no customer with this number. Enter the new customer first."),
    "assigned_on_outside": _l("The contract does not supply both before and on this day. Choose another."),
    "register_unknown": _l("A reading is of a meter that is not there that day."),
    "reading_wrong": _l("The register cannot show this value. Check the reading."),
    "reading_below_last": _l(
        "The value lies below the last reading. Check it; a roll-over is recorded with the meter reading."
    ),
    "assignment_closed": _l("This assignment was carried out or cancelled before."),
    "assignment_open": _l("A balance moves after the assignment was carried out."),
    "move_items": _l("Choose open debts, or open credits, of the customer who leaves."),
    "same_customer": _l("A balance moves to another customer. Choose that one."),
    "party_unknown": _l("Choose who gives notice."),
    "not_supplied": _l("The contract supplies nothing on this day any more."),
    "notice_in_future": _l("The notice came on a day that is not here yet."),
    "notice_rule_missing": _l("No rule of notice holds on this day. An administrator has to record one."),
    "penalty_limit_missing": _l(
        "No limit of penalties holds on this day. An administrator has to record one."
    ),
    "end_before_start": _l("Supply began later than this day. Choose a later one."),
    "termination_exists": _l("A termination of this contract exists already. Withdraw it first."),
    "termination_closed": _l("This termination was confirmed or withdrawn before."),
    "termination_not_confirmed": _l("Only a confirmed termination can have a debit note."),
    "debit_note_amount": _l("Give an amount in zloty and grosz that is not below zero."),
    "debit_note_same": _l("The notes ask for exactly this amount already."),
    "penalty_above_limit": _l("This is above the penalty that contract and law allow."),
    "action_unknown": _l("Choose what shall happen after the fixed term."),
    "renewal_decided": _l("About one of these contracts was decided before. Reload the board."),
    "contracts_unknown": _l("Choose contracts of the list first."),
    "prolong_months": _l("For how long the contract is prolonged is not recorded."),
    "name_missing": _l("Give a name of three letters or more."),
    "percent_wrong": _l("Give a change between -100 and 500 percent, not 0."),
    "rule_unknown": _l("Choose a percentage or a new price list."),
    "notice_too_short": _l("Customers have to be told earlier. Choose a later day."),
    "nobody_concerned": _l("No contract fits. Widen the filters or choose another day."),
    "indexation_decided": _l("This indexation was applied or rejected before."),
    "indexation_outdated": _l("Contracts changed since this was prepared. Reject it and prepare it again."),
}
