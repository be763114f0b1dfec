"""Words of the first rooms: customers, metering, billing, documents, payments, reference data."""

from typing import Any

from flask_babel import lazy_gettext as _l

from operational.app.words.marking import marked as _n

LABELS: dict[str, dict[str, Any]] = {
    "medium": {"electricity": _l("Electricity"), "gas": _l("Gas")},
    "customer_kind": {"household": _l("Household"), "business": _l("Business"), "public": _l("Public body")},
    "role": {
        "clerk": _l("Customer service"), "billing": _l("Billing"), "finance": _l("Finance"),
        "auditor": _l("Auditor (read only)"), "admin": _l("Administrator"),
    },
    "contract_kind": {"comprehensive": _l("Comprehensive"), "supply_only": _l("Supply only")},
    "document_kind": {"invoice": _l("Invoice"), "correction": _l("Correction")},
    "invoice_channel": {"ebok": _l("EBOK"), "email": _l("E-mail"), "letter": _l("Letter")},
    "invoicing_rule": {
        "per_supply_point": _l("One invoice per supply point"),
        "per_contract": _l("One invoice per contract"),
        "per_customer": _l("One invoice per customer"),
    },
    "reading_kind": {
        "actual_remote": _l("Remote"), "actual_manual": _l("Collector"), "customer": _l("Customer"),
        "estimated": _l("Estimated"), "substitute": _l("Substitute"),
    },
    "reading_reason": {
        "periodic": _l("Periodic"), "installation": _l("Installation"), "removal": _l("Removal"),
        "contract_start": _l("Start of contract"), "contract_end": _l("End of contract"),
        "control": _l("Control"),
    },
    "zone": {
        "": _l("all hours"), "all": _l("all hours"), "day": _l("day"), "night": _l("night"),
        "peak": _l("peak"),
        "offpeak": _l("off-peak"), "morning_peak": _l("morning peak"), "afternoon_peak": _l("afternoon peak"),
        "other": _l("other hours"), "capacity_hours": _l("capacity-fee hours"),
    },
    "unit": {"kwh": "kWh", "m3": "m³", "month": _l("month"), "kw_month": _l("kW and month")},
    "run_status": {
        "computed": _l("Awaits approval"), "approved": _l("Approved"), "issuing": _l("Issuing"),
        "issued": _l("Issued"),
        "rejected": _l("Rejected"),
    },
    "severity": {"blocking": _l("Blocks billing"), "review": _l("To review")},
    "resolution": {"released": _l("Released for billing"), "fixed": _l("Corrected at the source"),
        "dismissed": _l("Dismissed")},
    "matched_by": {
        "virtual_account": _l("virtual account"), "document_number": _l("document number"),
        "person": _l("by hand"),
    },
    "file_kind": {
        "register_readings": _l("Meter readings"), "billed_volumes": _l("Billed volumes"),
        "bank_statements": _l("Bank statement"),
    },
    "metering_mode": {"registers": _l("Meter registers"), "volumes": _l("Volumes from the distributor")},
    "capacity_mode": {"flat": _l("flat"), "volumetric": _l("by energy"), "any": "–"},
    "section": {"sale": _l("Energy sale"), "distribution": _l("Distribution")},
    "interest_kind": {
        "statutory_delay": _l("Statutory interest for delay"), "commercial": _l("Commercial transactions"),
        "commercial_medical": _l("Commercial transactions, public medical bodies"),
    },
    "audit_action": {"update": _l("Changed"), "delete": _l("Deleted"), "insert": _l("Created")},
    "exception": {
        "missing_price": _l("No price in the price list"), "missing_dso_rate": _l("No distributor's rate"),
        "missing_statutory_rate": _l("No statutory rate"), "missing_vat_rate": _l("No VAT rate"),
        "missing_conversion_factor": _l("No gas conversion factor"), "no_meter": _l("No meter installed"),
        "no_start_reading": _l("No opening reading"), "reading_below_last": _l("Reading below the last one"),
        "missing_terms": _l("No technical terms of the supply point"),
        "estimated_twice": _l("Estimated twice in a row"),
        "outlier": _l("Amount far above the usual"), "hold": _l("Held by a person"),
        "closed_period": _l("The period is closed"), "double_billing": _l("Days billed twice"),
        "negative_invoice": _l("Negative amount without a correction"),
        "share_of_estimates": _l("Too much estimated"),
        "gross_above_cap": _l("Amount above the cap"),
        "gross_above_history": _l("Amount far above the usual"),
        "missing_contracted_power": _l("No contracted power"),
        "missing_volume": _l("No volume from the distributor"),
        "missing_capacity_volume": _l("No energy of the capacity-fee hours"),
        "negative_energy": _l("Negative energy"),
        "energy_above_power": _l("More energy than the power allows"),
    },
    "exception_cure": {
        "missing_price": _l("Add the price to the price list, then compute the run again."),
        "missing_dso_rate": _l("Load the distributor's tariff for these days, then compute the run again."),
        "missing_statutory_rate": _l("Load the charge set by law, then compute the run again."),
        "missing_vat_rate": _l("Load the VAT rate for these days, then compute the run again."),
        "missing_conversion_factor": _l("Load the gas conversion factor, then compute the run again."),
        "no_meter": _l("Record the meter at the point, or its removal date."),
        "no_start_reading": _l("Load the opening reading of the point."),
        "reading_below_last": _l("Correct the reading, or record the exchange of the meter."),
        "missing_terms": _l("Record the technical terms for all days of the contract."),
        "estimated_twice": _l("Obtain an actual reading from the distributor or the customer."),
        "outlier": _l("Check the readings and the multiplier. Release it when the amount is right."),
        "gross_above_cap": _l("Check the readings and prices. Release it when the amount is right."),
        "gross_above_history": _l(
            "Check the readings and the multiplier. Release it when the amount is right."
        ),
        "negative_invoice": _l("Correct the readings and compute the run again."),
        "negative_energy": _l("Correct the readings and compute the run again."),
        "missing_contracted_power": _l("Enter the contracted power in the terms of the supply point."),
        "missing_volume": _l("Ask the distributor for the file of billed volumes of these days."),
        "missing_capacity_volume": _l("Ask the distributor for the energy of the capacity-fee hours."),
        "energy_above_power": _l("Check the readings, the multiplier and the contracted power."),
        "share_of_estimates": _l("Obtain an actual reading, or release it to bill the estimate."),
        "double_billing": _l("Correct the dates of the contracts, so that each day belongs to one."),
        "hold": _l("Release it when the matter is settled."),
    },
    "quarantine": {
        "wrong_number_of_fields": _l("Wrong number of fields"),
        "wrong_check_digit": _l("Wrong check digit of the code"),
        "version_conflict": _l("Other value under the same version"), "unknown_zone": _l("Unknown zone"),
        "unknown_supply_point": _l("Unknown supply point"),
        "unknown_register": _l("Unknown register of the meter"),
        "unknown_meter": _l("Unknown meter"), "unit_mismatch": _l("Other unit than the register's"),
        "too_many_decimals": _l("Too many decimals"), "row_too_long": _l("Row too long"),
        "row_cut_off": _l("Row cut off"), "reading_exceeds_register": _l("More digits than the register has"),
        "reading_below_last": _l("Reading below the last one"), "period_overlap": _l("Overlapping periods"),
        "meter_not_at_point": _l("Meter does not stand at this point"),
        "invalid_version": _l("Invalid version"),
        "invalid_supply_point_code": _l("Invalid code of the supply point"),
        "control_character": _l("Control character"),
        "invalid_meter_serial": _l("Invalid meter number"), "invalid_date": _l("Invalid date"),
        "implausible_date": _l("Implausible date"), "empty_period": _l("Empty period"),
        "date_in_future": _l("Date in the future"), "conflict_in_file": _l("Contradiction inside the file"),
        "code_damaged_by_spreadsheet": _l("Code damaged by a spreadsheet"),
        "broken_quotes": _l("Broken quotes"),
        "meter_format_not_recognised": _l("Unknown layout of the file"),
        "meter_file_too_large": _l("File too large"),
        "meter_file_header": _l("Wrong header of the file"),
        "meter_file_encoding": _l("Wrong encoding of the file"),
        "meter_file_empty": _l("Empty file"), "meter_file_binary": _l("Not a text file"),
        "meter_layout_unknown": _l("Unknown layout of the file"),
        "bank_file_unbalanced": _l("The statement does not balance"),
        "bank_file_truncated": _l("File cut off"),
        "bank_file_encoding": _l("Wrong encoding of the file"), "bank_file_binary": _l("Not a text file"),
        "bank_file_field": _l("Wrong field in the file"), "bank_file_too_large": _l("File too large"),
        "bank_file_amount_precision": _l("Amount with more than two decimals"),
    },
    "field": {
        "email": _l("e-mail"), "phone": _l("telephone"), "address_id": _l("address"),
        "language": _l("language"),
        "invoice_channel": _l("way of invoices"), "name": _l("name"), "nip": "NIP", "pesel": "PESEL",
    },
    "document_state": {
        "open": _l("to pay"), "overdue": _l("overdue"), "paid": _l("settled"), "estimated": _l("estimated"),
    },
    "payment_state": {
        "matched": _l("posted to a customer"), "suspense": _l("to assign"), "person": _l("assigned by hand"),
        "reversed": _l("taken back by the bank"),
    },
    "candidate_reason": {
        "document": _l("document number"), "payer_account": _l("same account before"), "nip": "NIP",
        "name": _l("name"),
        "amount": _l("same amount"), "fragment": _l("part of a number"), "balance": _l("equals the balance"),
    },
    "rule": {
        "own_invoice": _l("correction of its own invoice"), "indicated": _l("as the payer wrote"),
        "oldest_due": _l("oldest debt first (art. 451 of the Civil Code)"), "undone": _l("undone"),
    },
    "topic": {"document.issued": _l("Message about the document")},
    "table": {
        "customers": _l("Customer"), "supply_points": _l("Supply point"), "products": _l("Product"),
        "price_lists": _l("Price list"), "contracts": _l("Contract"), "staff_users": _l("Staff user"),
        "customer_users": _l("Portal user"), "payments": _l("Payment"), "billing_runs": _l("Billing run"),
        "billing_exceptions": _l("Billing exception"), "billing_limits": _l("Billing limit"),
    },
    "reference_table": {
        "vat_rates": _l("VAT rates"), "excise_rates": _l("Excise"),
        "statutory_rates": _l("Charges set by law"),
        "dso_rates": _l("Distributors' tariffs"), "zone_masks": _l("Hours of tariff zones"),
        "gas_conversion_factors": _l("Gas conversion factors"), "interest_rates": _l("Interest rates"),
        "dsos": _l("Distributors"), "charges": _l("Charges"), "holidays": _l("Public holidays"),
    },
    "column": {
        "code": _l("Code"), "name": _l("Name"), "medium": _l("Medium"), "rate": _l("Rate"),
        "source": _l("Source"),
        "valid_from": _l("From"), "valid_to": _l("Until"), "price": _l("Price"), "unit": _l("Unit"),
        "dso_code": _l("Distributor"), "tariff_group": _l("Tariff"), "charge_code": _l("Charge"),
        "zone_code": _l("Zone"), "customer_class": _l("Customers"), "day": _l("Day"), "kind": _l("Kind"),
        "rate_pct": _l("Rate, %"), "phases": _l("Phases"), "area_code": _l("Gas area"),
        "factor_kwh_per_m3": _l("kWh per m³"), "price_pln_per_kwh": _l("zł per kWh"), "factor": _l("Factor"),
        "tariff_prefix": _l("Tariffs"), "annual_kwh_range": _l("Yearly kWh"),
        "settlement_months": _l("Cycle, months"),
        "season_from": _l("Season from"), "season_to": _l("Season to"), "day_type": _l("Days"),
        "hour_from": _l("Hour from"), "hour_to": _l("Hour to"), "confidence": _l("Confidence"),
        "name_pl": _l("Polish name"), "name_en": _l("English name"), "legal_basis": _l("Legal basis"),
    },
    "permission": {
        "home.read": _l("Start page"), "customers.read": _l("See customers and contracts"),
        "customers.write": _l("Change customers"), "catalogue.read": _l("See products and prices"),
        "metering.read": _l("See supply points and readings"),
        "quarantine.read": _l("See files and quarantine"),
        "quarantine.resolve": _l("Close rows in quarantine"), "documents.read": _l("See documents"),
        "runs.read": _l("See billing runs"), "runs.approve": _l("Approve and issue billing runs"),
        "exceptions.resolve": _l("Close billing exceptions"), "payments.read": _l("See payments"),
        "payments.import": _l("Load bank files"), "payments.assign": _l("Assign payments"),
        "reference.read": _l("See rates and tariffs"), "audit.read": _l("See the audit trail"),
        "orchestration.open": _l("Open Dagster"), "dashboards.read": _l("Open the dashboards"),
        "staff.read": _l("See users"), "staff.manage": _l("Manage users"),
    },
    "bound": {
        "run_total_change": _l("Total against the month before"),
        "run_count_change": _l("Number of scopes against the contracts"),
        "run_parked_share": _l("Share left out"),
    },
    "estimate": {
        "average_of_actuals": _l("average of the last 12 months"), "annual": _l("from the yearly use"),
        "average": _l("average of the last 12 months"), "annual_kwh": _l("from the yearly use"),
    },
    "summary": {
        "scopes_due": _l("Scopes due"), "to_invoice": _l("To invoice"), "to_correct": _l("To correct"),
        "vanished": _l("Cancelled"), "not_billable": _l("Cannot be computed"),
        "override_reason": _l("Reason"),
        "corrections_gross": _l("Corrections, gross"), "estimated_share": _l("Share of estimates"),
        "previous_gross": _l("Month before, gross"), "rejected_because": _l("Reason of the rejection"),
        "rejected_at": _l("Rejected"),
        "scopes": _l("Scopes"), "invoices": _l("Invoices"), "corrections": _l("Corrections"),
        "documents": _l("Documents"),
        "net_amount": _l("Net"), "vat_amount": "VAT", "gross_amount": _l("Gross"), "energy_kwh": "kWh",
        "parked": _l("Parked"), "exceptions": _l("Exceptions"), "unchanged": _l("Unchanged"),
        "blocked": _l("Blocked"),
        "reason": _l("Reason"),
    },
}  # fmt: skip

TONES: dict[str, dict[str, str]] = {
    "run_status": {"computed": "warn", "approved": "info", "issuing": "info", "issued": "ok",
        "rejected": "bad"},
    "severity": {"blocking": "bad", "review": "warn"},
    "document_kind": {"invoice": "info", "correction": "warn"},
    "reading_kind": {"actual_remote": "ok", "actual_manual": "ok", "customer": "ok", "estimated": "warn",
        "substitute": "warn"},
    "customer_kind": {"household": "", "business": "", "public": ""},
}  # fmt: skip

ERRORS: dict[str, Any] = {
    "row_version_conflict": _l(
        "Someone else changed this record meanwhile. Reload the page and repeat your change."
    ),
    "form_key_missing": _l(
        "The form came without its key. Open the page again and send the form from there."
    ),
    "form_key_reused": _l("This form was sent before with other content. Reload the page and send it again."),
    "form_in_progress": _l("This form is still being processed. Wait a moment and reload the page."),
    "login_taken": _l("Another user has this log-in. Choose another one."),
    "missing_value": _l("A required value is missing. Fill in the marked fields."),
    "unknown_role": _l("Choose one of the roles on the list."),
    "password_too_short": _l("The password is too short. Use at least 8 characters."),
    "password_too_long": _l("The password is too long. Use at most 128 characters."),
    "password_too_common": _l("This password is among the most common ones. Choose another."),
    "invalid_nip": _l("The NIP is wrong: ten digits, the last one a check digit."),
    "invalid_pesel": _l("The PESEL is wrong: eleven digits, the last one a check digit."),
    "invalid_postal_code": _l("Write the postal code like 00-950."),
    "invalid_email": _l("This is not an e-mail address."),
    "invalid_phone": _l("Write the telephone number with digits, for example 601 000 418."),
    "invalid_amount": _l("This is not an amount. Write it like 1 234,56."),
    "customer_exists": _l("A customer with this NIP or PESEL exists already."),
    "cannot_release": _l("This cannot be released: the bill cannot be computed. Correct the data instead."),
    "exception_closed": _l("Someone closed this exception meanwhile. Reload the queue."),
    "issue_date_too_early": _l("A document with a later date exists. Choose a later date of issue."),
    "no_proposals": _l("Nothing is computed yet. Run the computation of the warehouse first."),
    "override_reason_needed": _l("The run breaks a safety bound. Give the reason why it may be issued."),
    "proposals_busy": _l("The warehouse is computing just now. Try again in a minute."),
    "proposals_changed": _l("The figures were computed anew after this run. Make the run again."),
    "payment_assigned": _l("The payment belongs to another customer already. Take it back from there first."),
    "payment_reversed": _l("The bank took this payment back, so there is nothing to move."),
    "payment_in_suspense": _l("The payment belongs to no customer now. Assign it instead."),
    "not_waiting": _l("Someone dealt with this meanwhile. Reload the list."),
    "wrong_run_status": _l("The billing run is not in a state that allows this. Reload the page."),
}


# Sentences that the database writes with figures in them; each %(name)s stands for one figure or name.
SENTENCES: tuple[str, ...] = (
    _n("The gross amount is %(gross)s PLN, above the cap of %(cap)s PLN for a %(kind)s customer."),
    _n(
        "The gross amount is %(gross)s PLN, more than %(factor)s times the highest document of the last "
        "12 months (%(highest)s PLN)."
    ),
    _n("The first invoice of the period would be negative: %(gross)s PLN gross."),
    _n("The energy of the period is negative: %(kwh)s kWh."),
    _n("%(daily)s kWh a day is more than %(kw)s kW can take in 24 hours (%(most)s kWh)."),
    _n("%(share)s %% of the energy is estimated, above the limit of %(limit)s %%."),
    _n("Day %(day)s of the point stands in scope %(scope)s too."),
    _n(
        "Invoices of the month make %(gross)s PLN gross, %(before)s PLN in the month before "
        "(%(found)s %%, allowed %(limit)s %%)."
    ),
    _n(
        "%(scopes)s scopes end in the month, %(expected)s are expected by the contracts "
        "(%(found)s %%, allowed %(limit)s %%)."
    ),
    _n(
        "%(out)s of %(all)s scopes are left out: parked or impossible to compute "
        "(%(found)s %%, allowed %(limit)s %%)."
    ),
    _n(
        "Invoices of the month make %(gross)s PLN gross, %(before)s PLN in the month before "
        "(nothing to compare with)."
    ),
)
