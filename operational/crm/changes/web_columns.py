"""Columns of the files that the lists of changes give: changes of contracts, indexations."""

from flask_babel import lazy_gettext as _l

from operational.app.exports import Column

CHANGES = (
    Column("number", _l("Number")), Column("kind", _l("Kind"), "change_kind"),
    Column("contract_number", _l("Contract")), Column("customer_name", _l("Customer")),
    Column("effective_on", _l("Effective")), Column("amount", _l("Money, zł")),
    Column("state", _l("State"), "change_state"), Column("created_at", _l("Made")),
    Column("created_by", _l("By")),
)  # fmt: skip
INDEXATIONS = (
    Column("number", _l("Number")), Column("name", _l("Name")), Column("effective_on", _l("Effective")),
    Column("contracts", _l("Contracts")), Column("skipped", _l("Left out")),
    Column("yearly_effect", _l("Net a year, zł")), Column("state", _l("State"), "indexation_state"),
    Column("created_at", _l("Made")), Column("created_by", _l("By")),
)  # fmt: skip
