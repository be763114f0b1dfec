"""Words of customers: roles, addresses, consents, duplicates, merges, imports."""

from typing import Any

from flask_babel import lazy_gettext as _l

LABELS: dict[str, dict[str, Any]] = {
    "permission": {
        "customers.merge": _l("Merge customers and decide on duplicates"),
        "customers.import": _l("Import customers, supply points and contracts from files"),
    },
    "customer_role": {
        "payer": _l("Payer"),
        "recipient": _l("Recipient of invoices"),
        "proxy": _l("Proxy"),
        "contact": _l("Contact person"),
    },
    "address_kind": {
        "correspondence": _l("for letters"),
        "invoices": _l("for invoices"),
        "site": _l("of a site"),
    },
    "consent_kind": {
        "marketing_email": _l("Marketing by e-mail"),
        "marketing_sms": _l("Marketing by SMS"),
        "marketing_phone": _l("Marketing by telephone"),
        "einvoice": _l("Electronic invoices"),
        "profiling": _l("Profiling"),
    },
    "consent_channel": {
        "office": _l("in the office"),
        "phone": _l("telephone"),
        "email": _l("e-mail"),
        "letter": _l("letter"),
        "portal": _l("EBOK"),
        "contract": _l("contract"),
    },
    "consent_state": {"granted": _l("granted"), "withdrawn": _l("refused or withdrawn")},
    "timeline_group": {
        "contacts": _l("Contacts and messages"),
        "money": _l("Invoices and payments"),
        "dunning": _l("Dunning"),
        "contracts": _l("Contracts and their changes"),
        "switching": _l("Switching"),
        "cases": _l("Complaints and exceptions"),
        "changes": _l("Changes of the record"),
    },
    "duplicate_signal": {
        "nip": "NIP",
        "pesel": "PESEL",
        "phone": _l("telephone"),
        "email": _l("e-mail"),
        "name": _l("name"),
        "address": _l("address"),
    },
    "duplicate_state": {
        "open": _l("To decide"),
        "different": _l("Two customers"),
        "merged": _l("Merged"),
    },
    "merge_obstacle": {
        "two_customers_needed": _l("A customer cannot be merged into itself."),
        "other_number": _l("Both have this number, and the numbers differ:"),
        "merged_already": _l("This number was merged already:"),
        "open_amount": _l("Not everything under the old number is settled:"),
        "open_deposit": _l("The prosumer deposit under the old number is not used up:"),
        "billed_contract": _l("This contract is in force and was billed:"),
        "plan_in_force": _l("A plan of instalments is in force:"),
        "open_dunning_case": _l("A dunning case is open."),
        "pending_refund": _l("A refund waits to be paid out."),
        "billing_run_open": _l("A billing run is not finished, and these contracts would move:"),
        "open_switching_case": _l("A change of supplier is under way:"),
        "open_draft": _l("A draft of a contract is open."),
    },
    "merge_cure": {
        "two_customers_needed": _l("Give the number of the other customer."),
        "other_number": _l("They are two customers. Correct the wrong number first if it is a mistake."),
        "merged_already": _l("Use the number that was kept."),
        "open_amount": _l("Settle, refund or write off the amount under the old number, then merge."),
        "open_deposit": _l("Bill or refund the deposit under the old number, then merge."),
        "billed_contract": _l(
            "Assign the contract to the kept customer (with a closing reading), then merge."
        ),
        "plan_in_force": _l("Wait until the plan is paid or cancel it, then merge."),
        "open_dunning_case": _l("Close the case first."),
        "pending_refund": _l("Pay it out or reject it first."),
        "billing_run_open": _l("Issue or reject the run, then merge."),
        "open_switching_case": _l("Wait for its end or cancel it, then merge."),
        "open_draft": _l("Sign or drop the draft, then merge."),
    },
    "import_kind": {
        "customers": _l("Customers"),
        "points": _l("Supply points"),
        "contracts": _l("Contracts"),
    },
    "import_problem": {
        "missing_value": _l("The value is missing."),
        "invalid_number": _l("This is not a number. Write it like 1234.5."),
        "invalid_date": _l("This is not a day. Write it like 2026-03-01."),
        "invalid_nip": _l("The NIP is wrong: ten digits, the last one a check digit."),
        "invalid_pesel": _l("The PESEL is wrong: eleven digits, the last one a check digit."),
        "invalid_regon": _l("The REGON is wrong: its check digit does not fit."),
        "invalid_point_code": _l("The code needs 18 digits with a right check digit."),
        "invalid_postal_code": _l("Write the postal code like 00-950."),
        "invalid_email": _l("This is not an e-mail address."),
        "invalid_phone": _l("Write the telephone number with digits, for example 601 000 418."),
        "invalid_customer_number": _l("The number needs 4 to 12 digits, the first not zero."),
        "unknown_choice": _l("Only the values of the format are allowed here."),
        "wrong_columns": _l("The row has more or fewer cells than the heading."),
        "too_long": _l("The text is too long."),
        "out_of_range": _l("The value is outside its limits."),
        "end_before_start": _l("The end must come after the start."),
        "twice_in_file": _l("The same key stands in the file twice. Keep one row."),
        "taken": _l("Another record has this key already. Correct the key or leave the row out."),
        "not_found": _l("There is no such record. Import it first or correct the value."),
        "other_medium": _l("The medium does not fit the distributor or the price list."),
        "unknown_tariff": _l("The distributor has no such tariff group."),
        "unknown_distributor": _l("No distributor has points that begin like this. Give dso_code."),
        "needs_power": _l("This tariff group needs contracted_power_kw."),
        "needs_area": _l("Gas needs gas_area_code."),
        "overlap": _l("The supply point is under another contract on these days. End that one first."),
        "merged_customer": _l("This number was merged into another customer. Use that number."),
        "duplicate_person": _l("Another customer has this NIP or PESEL. Use that customer."),
    },
    "field": {
        "merged_into_id": _l("merged into"),
        "regon": "REGON",
        "customer_since": _l("customer since"),
    },
}

TONES: dict[str, dict[str, str]] = {"consent_state": {"granted": "ok", "withdrawn": "bad"}}

ERRORS: dict[str, Any] = {
    "unknown_consent": _l("Choose one of the consents on the list."),
    "consent_without_source": _l("Say how and where the consent was given."),
    "unknown_scope": _l("The customer has no such contract or supply point."),
    "later_version_exists": _l("An entry that begins later exists. Choose a later day or end that one."),
    "day_in_future": _l("The day lies in the future. Choose today or an earlier day."),
    "merge_refused": _l("These customers cannot be merged yet; the reasons stand below."),
    "import_not_found": _l("There is no such file. Send it again."),
}
