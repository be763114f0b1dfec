"""Words of selling: leads, offers, campaigns, renewal offers, refusals."""

from typing import Any

from flask_babel import lazy_gettext as _l

LABELS: dict[str, dict[str, Any]] = {
    "role": {"sales": _l("Sales")},
    "permission": {
        "sales.read": _l("See leads, offers and campaigns"), "sales.write": _l("Work on leads and offers"),
        "sales.campaigns": _l("Run campaigns and mass renewal offers"),
        "sales.approve": _l("Approve prices below the floor"),
    },
    "lead_stage": {
        "new": _l("New lead"), "contacted": _l("Contacted"), "qualified": _l("Qualified"),
        "offered": _l("Offer made"), "won": _l("Won"), "lost": _l("Lost lead"),
    },
    "lead_source": {
        "web": _l("Web form"), "phone": _l("Telephone call"), "branch": _l("Branch office"),
        "agent": _l("Agent"),
        "referral": _l("Referral"), "fair": _l("Fair"), "campaign": _l("Campaign"), "portal": "EBOK",
        "other": _l("Other source"),
    },
    "lost_reason": {
        "price": _l("Price too high"), "competitor": _l("Chose another supplier"),
        "no_answer": _l("Does not answer"), "not_eligible": _l("Cannot be supplied"),
        "credit": _l("Refused for debts"), "moved": _l("Moved away"), "duplicate": _l("Duplicate"),
        "other": _l("Other reason"),
    },
    "sales_channel": {"email": _l("E-mail"), "sms": "SMS", "phone": _l("Telephone")},
    "likeness": {
        "nip": _l("the same NIP"), "phone": _l("the same telephone"), "email": _l("the same e-mail"),
        "name": _l("a similar name"),
    },
    "offer_status": {
        "draft": _l("Draft of an offer"), "ready": _l("Ready to send"), "sent": _l("Sent"),
        "accepted": _l("Accepted"), "rejected": _l("Rejected"), "expired": _l("Expired"),
        "withdrawn": _l("Taken back"),
    },
    "offer_event": {
        "opened": _l("Opened"), "ready": _l("PDF made"), "approved": _l("Price below the floor approved"),
        "sent": _l("Sent"), "accepted": _l("Accepted"), "rejected": _l("Rejected"),
        "withdrawn": _l("Taken back"),
    },
    "kwh_source": {
        "history": _l("billed use of the last year"),
        "annual": _l("forecast, spread by the hours of the zones"),
        "entered": _l("entered by hand"),
    },
    "campaign_status": {"draft": _l("Planned"), "running": _l("Running"), "closed": _l("Campaign closed")},
    "campaign_audience": {"customers": _l("Customers"), "leads": _l("Leads")},
    "contact_outcome": {
        "sent": _l("Message sent"), "not_reached": _l("Not reached"), "reached": _l("Talked to"),
        "interested": _l("Interested"), "not_interested": _l("Not interested"),
        "do_not_contact": _l("Wishes no contact"),
    },
    "member_refusal": {"no_consent": _l("no consent to this channel"),
    "no_address": _l("no address or number")},
    "segment_field": {
        "kind": _l("Kind of customer"), "city": _l("Town"), "postal_code": _l("Postal code"),
        "medium": _l("Medium"), "tariff_group": _l("Tariff group"), "distributor": _l("Distributor (code)"),
        "annual_kwh": _l("Use a year, kWh"), "contract_ends_in_days": _l("Fixed term ends in days"),
        "customer_for_days": _l("Customer for days"), "invoice_channel": _l("Invoices by"),
        "overdue": _l("Has overdue debts"), "stage": _l("Stage of the lead"), "source": _l("Source"),
    },
    "segment_operator": {
        "is": _l("is"), "is_not": _l("is not"), "at_least": _l("at least"), "at_most": _l("at most"),
        "starts_with": _l("starts with"),
    },
    "batch_status": {"made": _l("Made, not sent"), "sent": _l("Sent")},
}  # fmt: skip

TONES: dict[str, dict[str, str]] = {
    "lead_stage": {"new": "info", "contacted": "", "qualified": "info", "offered": "warn", "won": "ok",
    "lost": "bad"},
    "offer_status": {
        "draft": "", "ready": "info", "sent": "info", "accepted": "ok", "rejected": "bad", "expired": "warn",
        "withdrawn": "",
    },
    "campaign_status": {"draft": "", "running": "ok", "closed": "info"},
    "contact_outcome": {
        "sent": "info", "not_reached": "warn", "reached": "", "interested": "ok", "not_interested": "",
        "do_not_contact": "bad",
    },
    "batch_status": {"made": "warn", "sent": "ok"},
}  # fmt: skip

ERRORS: dict[str, Any] = {
    "sales_form": _l("The form has mistakes. Correct the marked fields."),
    "sales_kind": _l("Choose household, business or public body."),
    "sales_medium": _l("Choose electricity or gas."),
    "sales_source": _l("Choose a source of the list."),
    "sales_nip": _l("This NIP is wrong: its check digit does not fit."),
    "sales_email": _l("This is no e-mail address."),
    "sales_phone": _l("A telephone number has nine digits."),
    "sales_no_contact": _l("Give a telephone number or an e-mail address."),
    "sales_number": _l("Write a number greater than zero."),
    "sales_campaign": _l("There is no such campaign."),
    "sales_dso": _l("Choose a distributor of this medium."),
    "sales_past": _l("This day is in the past."),
    "sales_code": _l("A code has 3 to 20 letters, digits or dashes."),
    "sales_code_taken": _l("Another campaign has this code."),
    "sales_channel": _l("Choose a channel."),
    "sales_leads_by_phone": _l("Leads can only be telephoned: messages go to customers."),
    "sales_days": _l("The last day is before the first."),
    "sales_term_missing": _l("A term of selling has no value on this day. An administrator must add it."),
    "lead_not_found": _l("There is no such lead. Search for it again."),
    "lead_move": _l("A lead does not get there by hand. Make an offer, or make the lead a customer."),
    "offer_not_found": _l("There is no such offer. Search for it again."),
    "offer_state": _l("The offer is not in the state that this needs. Reload the page."),
    "offer_place": _l("An offer has places 1 to 3."),
    "offer_without_use": _l("Nothing is known of the yearly use. Choose points or enter kWh."),
    "offer_two_media": _l("Choose points of one medium: electricity and gas are two offers."),
    "offer_own_approval": _l("Somebody else must approve this price: you counted it (four eyes)."),
    "offer_not_sellable": _l(
        "This product may not be sold to this customer for these points today. Choose one of the list."
    ),
    "offer_expired": _l("The offer is no longer valid. Make a new one."),
    "offer_without_variant": _l("Count at least one product first."),
    "offer_below_floor": _l(
        "A variant earns less than the floor. Somebody else must approve the price, or count it anew."
    ),
    "offer_way": _l("An offer goes by e-mail or is handed over."),
    "offer_needs_customer": _l("The offer is for a lead. Make the lead a customer first."),
    "offer_no_email": _l("The customer has no e-mail address. Add it, or hand the offer over."),
    "offer_variant": _l("This variant is no longer part of the offer. Reload the page."),
    "campaign_not_found": _l("There is no such campaign. Open the list and choose one."),
    "campaign_state": _l("The campaign is not in the state that this needs. Reload the page."),
    "campaign_over": _l("The campaign's last day has passed. Move its days first."),
    "campaign_empty": _l("The rule finds nobody. Loosen a condition."),
    "member_not_found": _l("There is no such member of a campaign. Reload the page."),
    "member_refused": _l("This person gave no consent, or has no address. Do not contact them."),
    "contact_outcome": _l("Choose what came of the contact."),
    "segment_audience": _l("A campaign is for customers or for leads."),
    "segment_long": _l("A rule has at most ten conditions."),
    "segment_field": _l("Choose a field and an operator that fit together in each condition."),
    "segment_value": _l("A condition lacks its value, or the value is not one of the list."),
    "segment_number": _l("A condition needs a number."),
    "batch_not_found": _l("There is no such batch. Open the list and choose one."),
    "renewal_empty": _l("No contract of the window gets an offer. Change the window or the product."),
}
