"""Columns of the exports of lists; a code with a group is written in words."""

from flask_babel import lazy_gettext as _l

from operational.app.exports import Column

CUSTOMERS = (
    Column("customer_number", _l("Customer number")), Column("name", _l("Customer")),
    Column("kind", _l("Kind"), "customer_kind"), Column("nip", "NIP"), Column("city", _l("Town")),
    Column("customer_since", _l("Customer since")), Column("electricity_points", _l("Electricity points")),
    Column("gas_points", _l("Gas points")), Column("balance", _l("Balance (PLN)")),
    Column("overdue", _l("Overdue (PLN)")),
)  # fmt: skip
CONTRACTS = (
    Column("number", _l("Contract number")), Column("customer_name", _l("Customer")),
    Column("product", _l("Product")), Column("points", _l("Supply points")),
    Column("signed_on", _l("Signed on")), Column("starts_on", _l("From")), Column("ends_on", _l("To")),
    Column("is_active", _l("Active")),
)  # fmt: skip
SUPPLY_POINTS = (
    Column("code", _l("Supply point")), Column("medium", _l("Medium"), "medium"),
    Column("address", _l("Address")), Column("dso", _l("Distributor")),
    Column("tariff_group", _l("Tariff group")), Column("annual_kwh", _l("Yearly consumption (kWh)")),
    Column("customer_name", _l("Customer")), Column("last_reading", _l("Last reading")),
)  # fmt: skip
INVOICES = (
    Column("number", _l("Document number")), Column("kind", _l("Kind"), "document_kind"),
    Column("customer_name", _l("Customer")), Column("issue_date", _l("Issue date")),
    Column("period_from", _l("From")), Column("period_to", _l("Until before")),
    Column("due_date", _l("Due date")), Column("energy_kwh", _l("Energy (kWh)")),
    Column("net_amount", _l("Net (PLN)")), Column("gross_amount", _l("Gross (PLN)")),
    Column("open_amount", _l("Open (PLN)")), Column("is_estimated", _l("Estimated")),
)  # fmt: skip
PAYMENTS = (
    Column("booked_on", _l("Booked")), Column("amount", _l("Amount (PLN)")),
    Column("payer_name", _l("Payer")), Column("payer_account", _l("Account of the payer")),
    Column("title", _l("Title")), Column("customer_name", _l("Customer")),
    Column("method", _l("Method"), "payment_method"), Column("matched_by", _l("Matched by"), "matched_by"),
    Column("reversed_on", _l("Returned on")), Column("closed_as", _l("Closed as"), "closed_as"),
)  # fmt: skip
EXCEPTIONS = (
    Column("code", _l("Exception"), "exception"), Column("severity", _l("Severity"), "severity"),
    Column("customer_name", _l("Customer")), Column("point_code", _l("Supply point")),
    Column("billing_month", _l("Billing month")), Column("message", _l("What is wrong")),
    Column("cure", _l("Cure")), Column("amount_at_stake", _l("At stake (PLN)")),
    Column("opened_at", _l("Since")), Column("resolved_at", _l("Resolved")),
    Column("resolved_by", _l("Resolved by")),
)  # fmt: skip
RUNS = (
    Column("billing_month", _l("Billing month")), Column("status", _l("State"), "run_status"),
    Column("created_at", _l("Computed")), Column("created_by", _l("By")),
    Column("issue_date", _l("Issue date")), Column("invoices", _l("Invoices")),
    Column("corrections", _l("Corrections")), Column("energy_kwh", _l("Energy (kWh)")),
    Column("net_amount", _l("Net (PLN)")), Column("vat_amount", _l("VAT (PLN)")),
    Column("gross_amount", _l("Gross (PLN)")), Column("parked", _l("Parked")),
)  # fmt: skip
DUNNING_CASES = (
    Column("customer_number", _l("Customer number")), Column("customer_name", _l("Customer")),
    Column("customer_kind", _l("Kind"), "customer_kind"), Column("stage", _l("Stage"), "dunning_stage"),
    Column("opened_on", _l("Opened on")), Column("last_step_on", _l("Last step")),
    Column("amount", _l("Amount (PLN)")), Column("oldest_due", _l("Oldest due date")),
    Column("items", _l("Documents")), Column("is_stopped", _l("Stopped")),
)  # fmt: skip
