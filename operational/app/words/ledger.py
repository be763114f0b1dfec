"""Words of the ledger: movements, notes, refunds, write-offs, plans, and refusals of these rooms."""

from typing import Any

from flask_babel import lazy_gettext as _l

LABELS: dict[str, dict[str, Any]] = {
    "movement": {
        "invoice": _l("Invoice"),
        "correction": _l("Correction"),
        "payment": _l("Payment"),
        "payment_assigned": _l("Payment assigned"),
        "payment_unassigned": _l("Payment moved away"),
        "payment_reversed": _l("Payment returned by the bank"),
        "payment_unmatched": _l("Payment in suspense"),
        "interest_note": _l("Interest note"),
        "compensation_note": _l("Note of recovery costs"),
        "refund": _l("Refund"),
        "write_off": _l("Write-off"),
        "small_difference": _l("Small difference"),
        "waived_note": _l("Waived note"),
        "net": _l("Net"),
        "sale": _l("Net"),
        "vat": "VAT",
        "bank_debit": _l("Outgoing transfer"),
        "bank_credit": _l("Other money in"),
        "bank_reversal": _l("Reversal by the bank"),
    },
    "account_kind": {
        "asset": _l("assets"),
        "liability": _l("liabilities"),
        "income": _l("income"),
        "expense": _l("costs"),
    },
    "interest_mode": {
        "note": _l("interest notes"),
        "next_bill": _l("with the next bill"),
        "none": _l("no interest"),
    },
    "allocation_order": {
        "principal_first": _l("the bill first"),
        "interest_first": _l("interest first, then the bill"),
    },
    "refund_status": {
        "requested": _l("Waits for approval"),
        "approved": _l("Approved"),
        "exported": _l("In a file"),
        "paid": _l("Paid out"),
        "rejected": _l("Rejected"),
    },
    "write_off_status": {
        "requested": _l("Waits for approval"),
        "booked": _l("Booked"),
        "rejected": _l("Rejected"),
    },
    "write_off_kind": {
        "write_off": _l("Write-off"),
        "small_difference": _l("Small difference"),
        "waived_note": _l("Waived note"),
    },
    "note_origin": {
        "run": _l("interest run"),
        "next_bill": _l("with the next bill"),
        "payment": _l("on receipt of a payment"),
    },
    "note_line": {"adjustment": _l("adjustment"), "compensation": _l("recovery costs")},
    "plan_status": {
        "active": _l("Running"),
        "breached": _l("Broken"),
        "completed": _l("Paid off"),
        "cancelled": _l("Cancelled"),
    },
    "plan_kind": {"instalments": _l("instalments"), "deferral": _l("deferral")},
    "interest_rule": {
        "none": _l("no interest while the plan holds"),
        "statutory": _l("interest as by law"),
        "contract": _l("rate of the plan"),
    },
    "part_state": {
        "paid": _l("Paid"),
        "part_paid": _l("Partly paid"),
        "late": _l("Late"),
        "open": _l("Not due yet"),
    },
    "rule": {
        "interest_first": _l("interest first, then the bill"),
        "refund": _l("refund"),
        "write_off": _l("write-off"),
        "small_difference": _l("small difference"),
        "waived_note": _l("waived note"),
        "reversal": _l("taken back"),
    },
    "permission": {
        "ledger.read": _l("See account cards, journal, interest and plans"),
        "finance.terms": _l("Change finance terms"),
        "refunds.ask": _l("Ask for refunds"),
        "refunds.approve": _l("Approve refunds"),
        "refunds.export": _l("Make files of refunds"),
        "writeoffs.ask": _l("Ask for write-offs"),
        "writeoffs.approve": _l("Approve write-offs"),
        "journal.export": _l("Export the journal"),
        "interest.issue": _l("Issue interest notes"),
        "interest.waive": _l("Waive interest"),
        "plans.agree": _l("Agree on instalment plans"),
    },
}

TONES: dict[str, dict[str, str]] = {
    "refund_status": {
        "requested": "warn",
        "approved": "info",
        "exported": "info",
        "paid": "ok",
        "rejected": "bad",
    },
    "write_off_status": {"requested": "warn", "booked": "ok", "rejected": "bad"},
    "plan_status": {"active": "info", "breached": "bad", "completed": "ok", "cancelled": ""},
    "part_state": {"paid": "ok", "part_paid": "warn", "late": "bad", "open": ""},
}

ERRORS: dict[str, Any] = {
    "four_eyes": _l("You asked for this yourself, so another person has to approve it."),
    "why_missing": _l("Say why: a reason of three letters or more is needed."),
    "refund_account": _l("The account number is wrong: its check digits do not fit. Copy it again."),
    "refund_words": _l("Fill in the recipient and the title of the transfer."),
    "refund_above_credit": _l(
        "The amount is above the free credit of the customer. Ask for that much at most."
    ),
    "refund_decided": _l("Somebody decided this refund meanwhile. Reload the list."),
    "nothing_to_send": _l("No approved refund waits for a file."),
    "no_own_account": _l(
        "No account of ours is known. Load a bank statement first, or set the account in the settings."
    ),
    "bank_file_settled": _l("This refusal is settled already. Open the list of bank files again."),
    "bank_file_not_this_one": _l(
        "This is not the file that was looked at. Choose that very file to accept it;"
        " load a corrected file without a reason."
    ),
    "write_off_waits": _l(
        "A write-off of one of these items waits for a second person already. Decide that one first."
    ),
    "write_off_items": _l("Choose open debts, or open credits, of one customer."),
    "write_off_decided": _l("Somebody decided this write-off meanwhile. Reload the list."),
    "not_small": _l("This is more than a small difference. Write it off with a reason instead."),
    "credit_not_small": _l("A credit belongs to the customer: refund it instead."),
    "debts_changed": _l("Meanwhile something was paid. Reject this write-off and ask for what is left."),
    "plan_parts": _l("A plan has 1 to 60 instalments of at least one grosz. Tick the debts it covers."),
    "plan_items": _l(
        "Choose open debts of the customer that no running plan covers, then agree on the plan."
    ),
    "plan_first_due": _l("The first instalment has to be due after today."),
    "plan_rule": _l("Choose how the plan bears interest."),
    "plan_rate": _l("The rate of the plan is above 0 and at most twice the statutory interest for delay."),
    "plan_ended": _l("This plan does not run any more. Reload the page."),
    "nothing_to_waive": _l("No interest of this bill waits to be asked for."),
    "no_interest_proposals": _l("The warehouse has not counted interest yet. Run the interest job first."),
    "interest_computed_otherwise": _l("The warehouse counted interest through another day. Reload the page."),
    "terms_unknown": _l("Choose the terms from the lists of the form."),
    "erp_account_missing": _l("Fill in the number of the account in the ERP."),
    "erp_account_unmapped": _l("An account has no account in the ERP yet. Map it, then export again."),
    "journal_batch_unknown": _l("There is no such batch. Open the list of exports again."),
    "month_wrong": _l("Choose the month to export."),
    "note_unknown": _l("There is no such note. Open the list of notes again."),
}
