"""Columns of the files that the lists of service give: tasks, complaints, signature to bill."""

from flask_babel import lazy_gettext as _l

from operational.app.exports import Column

TASKS = (
    Column("subject", _l("Subject")), Column("due_on", _l("Due")), Column("queue", _l("Queue")),
    Column("owner_name", _l("Person")), Column("customer_number", _l("Customer number")),
    Column("customer_name", _l("Customer")), Column("body", _l("Text")), Column("done_at", _l("Done")),
)  # fmt: skip
COMPLAINTS = (
    Column("number", _l("Complaint")), Column("subject", _l("Subject")),
    Column("customer_number", _l("Customer number")), Column("customer_name", _l("Customer")),
    Column("customer_kind", _l("Kind of customer"), "customer_kind"),
    Column("category_pl", _l("Category")), Column("channel", _l("Channel"), "complaint_channel"),
    Column("received_on", _l("Day of receipt")), Column("due_on", _l("Answer by")),
    Column("state", _l("State"), "complaint_state"),
    Column("outcome", _l("Outcome"), "complaint_outcome"), Column("is_deemed", _l("Accepted by law")),
    Column("owner_name", _l("Person")), Column("document_number", _l("Document")),
    Column("claimed_amount", _l("Amount in dispute, zł")),
)  # fmt: skip
WATCH = (
    Column("contract_number", _l("Contract")), Column("point_code", _l("Supply point")),
    Column("customer_number", _l("Customer number")), Column("customer_name", _l("Customer")),
    Column("medium", _l("Medium"), "medium"), Column("dso_code", _l("Distributor")),
    Column("product_name", _l("Product")), Column("state", _l("State"), "watch_state"),
    Column("place", _l("Stands at"), "watch_step"), Column("reason", _l("Reason"), "watch_reason"),
    Column("detail", _l("Detail")), Column("due_on", _l("Must happen by")),
    Column("days_late", _l("Days late")), Column("stake", _l("At stake, net")),
    Column("signed_on", _l("Contract signed")), Column("start_on", _l("Supply started")),
    Column("document_number", _l("Document")), Column("case_number", _l("Switching case")),
)  # fmt: skip
