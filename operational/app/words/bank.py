"""Words of the bank's side: signs of a match, uses of files, channels, refusals."""

from typing import Any

from flask_babel import lazy_gettext as _l

LABELS: dict[str, dict[str, Any]] = {
    "matched_by": {
        "payer_account": _l("payer's account seen before"), "amount_and_name": _l("amount and name"),
    },
    "closed_as": {
        "bank": _l("taken back by the bank"), "split": _l("split"), "merged": _l("joined again"),
        "channel": _l("returned by the channel"),
    },
    "payment_method": {
        "transfer": _l("transfer"), "collect": _l("mass payment"), "card": _l("card"), "blik": "BLIK",
        "cash": _l("cash desk"),
    },
    "bank_feed": {
        "ledger": _l("the account itself"), "preview": _l("preview, kept only"),
        "collect": _l("mass payments one by one"),
    },
    "report_field": {
        "booked_on": _l("booking date"), "value_date": _l("value date"), "amount": _l("amount"),
        "currency": _l("currency"), "virtual_account": _l("virtual account"),
        "payer_account": _l("payer's account"), "payer_name": _l("payer's name"), "title": _l("title"),
        "bank_reference": _l("number of the transaction"),
    },
    "quarantine": {
        "bank_file_xml_doctype": _l("XML with a document type"), "bank_file_xml": _l("Damaged XML"),
        "bank_file_not_camt": _l("No camt statement"),
        "bank_file_changed_copy": _l("A known statement with other lines"),
        "bank_file_changed_line": _l("A known line was changed"), "bank_file_told_twice": _l("Told twice"),
    },
    "permission": {
        "payments.cash": _l("Take money at the cash desk"), "payments.settings": _l("Change bank settings"),
    },
}  # fmt: skip

TONES: dict[str, dict[str, str]] = {}

ERRORS: dict[str, Any] = {
    "unknown_customer": _l("There is no such customer. Choose one from the search."),
    "split_parts": _l("A payment is split into 2 to 50 parts of at least one grosz each."),
    "split_sum": _l("The parts do not give the payment. Correct the amounts."),
    "payment_split": _l("The payment was split or joined again, so its money is elsewhere. Open its parts."),
    "payment_not_split": _l("The payment is not split, so nothing is to be joined."),
    "gap_reason_missing": _l("Say why the statement may be posted without the one before it."),
    "statement_not_held": _l("This statement does not wait any more. Open the page again."),
    "bank_level_range": _l("A level is a number from 1 to 100; the limit may be 101."),
    "bank_feed_unknown": _l("There is no such use of a bank file."),
    "bank_setting_changed": _l("Somebody changed this setting meanwhile. Open the page again and repeat."),
    "bank_layout_columns": _l("The layout needs columns for booking date, amount and virtual account."),
    "bank_layout_twice": _l("Two fields are read from the same column."),
    "bank_layout_date": _l("The form of dates needs day, month and year."),
    "bank_layout_form": _l("Delimiter, encoding or decimal mark is not one of those offered."),
    "channel_unknown": _l("The channel is unknown or switched off."),
    "channel_content": _l("What the channel told cannot be read."),
    "channel_signature": _l("The signature of the notification is wrong."),
    "channel_event_changed": _l("This number was used before with other content. Nothing was changed."),
    "channel_return_unknown": _l("The payment to be returned is not here or was returned before."),
    "channel_return_amount": _l("Only a whole payment can be returned."),
    "channel_refused": _l("The gateway refused. Check address and secret."),
    "channel_unreachable": _l("The gateway does not answer. Try again later."),
    "channel_off": _l("No gateway is set."),
}  # fmt: skip
