"""Columns of the files that the lists of selling give: leads, offers, campaigns."""

from flask_babel import lazy_gettext as _l

from operational.app.exports import Column

LEADS = (
    Column("name", _l("Name")), Column("kind", _l("Kind of customer"), "customer_kind"),
    Column("city", _l("Town")), Column("medium", _l("Medium"), "medium"),
    Column("annual_kwh", _l("Use a year, kWh")), Column("source", _l("Source"), "lead_source"),
    Column("campaign", _l("Campaign")), Column("owner_login", _l("Person")),
    Column("stage", _l("Stage"), "lead_stage"), Column("days", _l("Days in the stage")),
    Column("received_on", _l("Day of receipt")), Column("lost_reason", _l("Lost because"), "lost_reason"),
    Column("gross", _l("Offer, zł gross a year")),
)  # fmt: skip
OFFERS = (
    Column("number", _l("Number")), Column("addressee", _l("For")), Column("medium", _l("Medium"), "medium"),
    Column("status", _l("State"), "offer_status"), Column("made_on", _l("Made")),
    Column("valid_until", _l("Valid until")), Column("owner_login", _l("Person")),
    Column("variants", _l("Variants")), Column("product", _l("Product")),
    Column("gross", _l("Gross a year, zł")), Column("margin_net", _l("Margin a year, zł net")),
    Column("is_below_floor", _l("Below the floor")),
)  # fmt: skip
CAMPAIGNS = (
    Column("code", _l("Campaign")), Column("name", _l("Name")),
    Column("channel", _l("Channel"), "sales_channel"), Column("status", _l("State"), "campaign_status"),
    Column("starts_on", _l("From")), Column("ends_on", _l("Until")), Column("owner_login", _l("Person")),
    Column("members", _l("People")), Column("leads", _l("Leads")), Column("accepted", _l("Accepted")),
    Column("budget", _l("Budget, zł")), Column("cost", _l("Cost, zł")),
    Column("margin", _l("Margin of 12 months, zł net")),
)  # fmt: skip
