"""Words of dunning: stages, steps, reasons, guards, orders, refusals."""

from typing import Any

from flask_babel import lazy_gettext as _l

LABELS: dict[str, dict[str, Any]] = {
    "role": {"collections": _l("Debt collection")},
    "permission": {
        "dunning.read": _l("See dunning"), "dunning.note": _l("Write notes in dunning cases"),
        "dunning.dispute": _l("Record and close disputes"),
        "dunning.act": _l("Act in dunning: holds, steps, protections"),
        "dunning.long_hold": _l("Hold dunning for longer than the limit"),
        "dunning.orders": _l("Send orders to distributors"),
        "dunning.procedures": _l("Change dunning procedures"),
        "dunning.approve": _l("Approve dunning procedures"),
    },
    "dunning_stage": {
        "NEW": _l("New"), "REMIND": _l("Reminded"), "CALL1": _l("First demand"),
        "CALL2": _l("Second demand"), "NOTICE": _l("Notice of suspension"),
        "SUSPENSION_ORDERED": _l("Suspension ordered"), "SUSPENDED": _l("Suspended"),
        "RESTORED": _l("Restored"), "PRE_COURT": _l("Before court"), "COURT": _l("In court"),
        "ENFORCEMENT": _l("Enforcement"), "SOLD": _l("Handed over"), "WRITTEN_OFF": _l("To be written off"),
        "CLOSED": _l("Closed"),
    },
    "dunning_step": {
        "reminder": _l("Reminder before the due date"), "soft": _l("Soft reminder"),
        "demand_1": _l("Demand for payment"), "demand_2": _l("Second demand for payment"),
        "notice": _l("Notice of intended suspension"), "suspension": _l("Order to suspend supply"),
        "pre_court": _l("Final demand before court"), "termination": _l("Termination of the contract"),
        "court": _l("Claim in court"), "enforcement": _l("Enforcement or sale of the debt"),
    },
    "step_kind": {
        "reminder": _l("reminder before due"), "demand": _l("demand"),
        "suspension_notice": _l("notice of suspension"),
        "suspension_order": _l("order to suspend"), "pre_court": _l("letter before court"),
        "termination": _l("termination"), "court": _l("court"), "enforcement": _l("enforcement"),
    },
    "day_unit": {"calendar": _l("calendar days"), "working": _l("working days")},
    "day_rule": {
        "any": _l("any day"), "working": _l("working days only"),
        "before_working": _l("not before a day off"),
    },
    "dunning_channel": {
        "sms": "SMS", "email": _l("E-mail"), "ebok": "EBOK", "letter": _l("Letter"),
        "registered_letter": _l("Registered letter"),
    },
    "delivery_outcome": {
        "delivered": _l("Delivered"), "refused": _l("Acceptance refused"), "returned": _l("Came back"),
        "recalled": _l("Recalled before sending"),
    },
    "dispute_reason": {
        "amount": _l("Amount"), "reading": _l("Reading"), "price": _l("Price"),
        "not_my_contract": _l("Not my contract"), "paid": _l("Paid already"), "other": _l("Other"),
    },
    "dispute_resolution": {
        "accepted": _l("Accepted"), "rejected": _l("Rejected"), "withdrawn": _l("Withdrawn"),
    },
    "hold_reason": {
        "agreement": _l("Agreement with the payer"), "payment_announced": _l("Payment announced"),
        "complaint": _l("Complaint"), "proceedings": _l("Proceedings"),
        "data_check": _l("Data being checked"),
        "handed_over": _l("Handed over"), "other": _l("Other"),
    },
    "protection": {
        "vulnerable": _l("Vulnerable customer"), "support_programme": _l("Support programme"),
        "deceased": _l("Deceased"), "bankruptcy": _l("Bankruptcy"),
    },
    "dunning_guard": {
        "dispute": _l("disputed debt"), "open_complaint": _l("open complaint"),
        "awaits_correction": _l("correction after a complaint to come"),
        "instalment": _l("in instalments"),
        "hold": _l("held"), "deceased": _l("deceased"), "bankruptcy": _l("bankruptcy"),
        "support_programme": _l("support programme"), "winter": _l("winter protection"),
        "epidemic": _l("epidemic moratorium"),
    },
    "dunning_event": {
        "opened": _l("Case opened"), "step": _l("Step"), "closed": _l("Case closed"),
        "hold_placed": _l("Held"),
        "hold_released": _l("Hold ended"), "dispute_opened": _l("Disputed"),
        "dispute_closed": _l("Dispute closed"), "protection_recorded": _l("Protection"),
        "delivery_recorded": _l("Delivery recorded"), "note": _l("Note"), "order_made": _l("Order made"),
        "order_withdrawn": _l("Order withdrawn"), "order_done": _l("Outcome of the order"),
        "exported": _l("Court package made"), "handed_over": _l("Handed over"),
        "write_off_proposed": _l("Writing off proposed"), "stage_changed": _l("Stage changed"),
        "message_recalled": _l("Message recalled: paid or protected meanwhile"),
    },
    "order_kind": {
        "suspension": _l("Suspension"), "withdrawal": _l("Withdrawal of a suspension"),
        "resumption": _l("Resumption"),
    },
    "order_status": {
        "created": _l("To be sent"), "sent": _l("Sent"), "done": _l("Carried out"),
        "refused": _l("Refused"), "withdrawn": _l("Withdrawn"),
    },
    "procedure_status": {"draft": _l("Draft"), "approved": _l("Approved"), "rejected": _l("Rejected")},
    "dunning_change": {"added": _l("new step"), "removed": _l("step left out")},
    "dunning_field": {
        "step_code": _l("Code"), "position": _l("Place"), "name_pl": _l("Polish name"),
        "name_en": _l("English name"), "kind": _l("Kind"), "stage": _l("Stage"),
        "anchor_step": _l("Counted from delivery of"), "day_offset": _l("Day"), "day_unit": _l("Days"),
        "day_rule": _l("On which days"), "channels": _l("Channels in order"),
        "template_code": _l("Template"),
        "fee_amount": _l("Fee, zł"), "min_total": _l("Above, zł"),
        "min_item_days": _l("Debts late for days"),
        "min_gap_days": _l("Days after the last step"), "is_manual": _l("by hand only"),
        "legal_basis": _l("Legal basis"),
    },
    "reference_table": {
        "dunning_procedures": _l("Dunning procedures"), "dunning_steps": _l("Steps of dunning"),
        "dunning_guards": _l("Guards of dunning"), "dunning_delivery_days": _l("Presumed delivery"),
        "dunning_limits": _l("Limits of dunning"),
    },
    "table": {
        "dunning_procedures": _l("Dunning procedure"), "dunning_steps": _l("Step of dunning"),
        "dunning_guards": _l("Guard of dunning"), "document_disputes": _l("Dispute"),
        "dunning_holds": _l("Hold"), "dso_orders": _l("Order to a distributor"),
    },
}  # fmt: skip
TONES: dict[str, dict[str, str]] = {
    "dunning_stage": {
        "REMIND": "info", "CALL1": "warn", "CALL2": "warn", "NOTICE": "bad", "SUSPENSION_ORDERED": "bad",
        "SUSPENDED": "bad", "RESTORED": "ok", "PRE_COURT": "bad", "COURT": "bad", "ENFORCEMENT": "bad",
        "CLOSED": "ok",
    },
    "order_status": {
        "created": "warn", "sent": "info", "done": "ok", "refused": "bad", "withdrawn": "",
    },
    "procedure_status": {"draft": "warn", "approved": "ok", "rejected": ""},
}  # fmt: skip
ERRORS: dict[str, Any] = {
    "case_closed": _l("The case is closed, so nothing more happens in it. Open the payer's newest case."),
    "hold_without_end": _l(
        "A hold needs an end after its first day. Enter the day on which dunning goes on."
    ),
    "hold_too_long": _l("The hold is too long. Choose an earlier end; it can be renewed."),
    "hold_needs_permission": _l(
        "A hold of this length needs another permission. Choose an earlier end, or ask a supervisor."
    ),
    "hold_ended": _l("The hold has ended already. Reload the page."),
    "disputed_already": _l("This debt is disputed already. Close that dispute first."),
    "dispute_without_debt": _l("Only a debt can be disputed. Open the invoice and try again."),
    "dispute_closed": _l("The dispute is closed already. Reload the page."),
    "protection_incomplete": _l("Choose the kind of protection and name the document that shows it."),
    "protection_period": _l("The protection ends before it begins. Correct the dates."),
    "protected_already": _l("This protection is recorded for these days already. End it first."),
    "delivery_day": _l("Enter a day of delivery from the posting of the letter to today."),
    "delivery_recorded": _l("The delivery of this letter is recorded already. Reload the page."),
    "step_not_possible": _l(
        "The step cannot fire today: its day has not come, a guard blocks it, a later one has fired, "
        "or the case had a step today. The plan of the case says which."
    ),
    "procedure_own_draft": _l("Somebody else must approve this version: you made it (four eyes)."),
    "procedure_has_draft": _l("This procedure has a draft already. Approve or reject that one first."),
    "procedure_in_the_past": _l("A new version cannot begin in the past. Choose today or later."),
    "procedure_no_draft": _l(
        "This is no draft any more, or somebody else has just changed it. Reload the page."
    ),
    "dunning_fee": _l(
        "A fee for a demand has no basis in law: a household never pays one, and a business pays the "
        "recovery compensation, for which finance issues its own note. Set the fee to zero."
    ),
    "order_not_sent": _l(
        "The order is not on its way, or somebody else has just changed it. Reload the page."
    ),
}
