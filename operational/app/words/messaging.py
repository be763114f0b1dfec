"""Words of messaging: channels, states, events, kinds of variables, refusals."""

from typing import Any

from flask_babel import lazy_gettext as _l

from operational.app.words.marking import marked as _n

LABELS: dict[str, dict[str, Any]] = {
    "message_channel": {
        "email": _l("E-mail"), "sms": _l("SMS"), "ebok": _l("EBOK"), "letter": _l("Letter"),
    },
    "text_channel": {
        "standard": _l("Standard"), "email": _l("E-mail"), "sms": _l("SMS"), "ebok": _l("EBOK"),
        "letter": _l("Letter"),
    },
    "message_status": {
        "waiting": _l("Waits"), "held": _l("Held"), "sent": _l("Sent"), "delivered": _l("Delivered"),
        "failed": _l("Failed"), "replaced": _l("Went by another channel"), "cancelled": _l("Cancelled"),
    },
    "message_event": {
        "handover": _l("Being handed over"), "accepted": _l("Taken over"), "deferred": _l("Put off"),
        "refused": _l("Refused"), "delivered": _l("Delivered"), "bounced": _l("Came back"),
        "held": _l("Held"), "released": _l("Released"), "retried": _l("To be tried again"),
        "cancelled": _l("Cancelled"), "replaced": _l("Goes on by another channel"),
        "in_doubt": _l("Outcome unknown"), "misconfigured": _l("The gateway refuses us"),
        "unreported": _l("No report came"),
    },
    "variable_kind": {
        "text": _l("text"), "money": _l("amount"), "date": _l("date"), "number": _l("number"),
        "account": _l("bank account"), "flag": _l("yes or no"), "period": _l("period"),
    },
    "permission": {
        "messages.read": _l("See messages"), "messages.act": _l("Hold, release and retry messages"),
        "templates.edit": _l("Edit message templates"), "letters.read": _l("See and download letter batches"),
        "letters.reprint": _l("Print letters again"), "messages.rates": _l("Change rates of channels"),
    },
}  # fmt: skip
TONES = {
    "message_status": {
        "waiting": "warn", "held": "warn", "sent": "ok", "delivered": "ok", "failed": "bad",
        "replaced": "", "cancelled": "",
    },
}  # fmt: skip
ERRORS = {
    "message_not_changed": _l("Nothing chosen is in the right state. Reload the list and choose again."),
    "message_template": _l("There is no such template or channel."),
    "message_customer": _l("There is no such customer."),
    "message_variables": _l("The variables of the message do not fit its template."),
    "rate_day": _l("Enter a day, today or later."),
    "rate_value": _l(
        "A value is out of its range: at least 1 message a minute, 1 to 100 attempts, waits of 1 second"
        " to 7 days, the longest not below the first, and 1 to 720 hours."
    ),
    "message_channel_rule": _l("The channel has no rule for this day. Add one."),
    "sms_url": _l("IRIS_SMS_URL must begin with https://. Correct the settings."),
    "letter_reprint": _l("Give a reason, and choose letters that are in the batch."),
    "template_subject": _l("The subject does not fit the channel: an SMS has none, the others need one."),
    "template_empty": _l("The text is empty. Write it."),
    "template_too_long": _l("The text is too long. Shorten it."),
    "template_syntax": _l("The text cannot be read: check the braces."),
    "template_construct": _l("Only variables and conditions are allowed in a text."),
    "template_unknown_variable": _l("The text uses a variable that is not known here."),
    "template_unknown": _l("There is no such template, channel, language or version."),
    "template_unchanged": _l("The text is the same as the newest version. Change it first."),
}
# What the room writes into the database or raises with figures, as templates.
SENTENCES = (
    _n("recipient refused, code %(code)s"),
    _n("bounced, %(code)s"),
    _n("the address is marked as bad"),
    _n("the customer has no address"),
    _n("handed over with unknown outcome too long ago"),
    _n("the provider had it already"),
    _n("again, the outcome of the last handover is unknown"),
    _n("delivered with IRIS"),
    _n("no text of %(template)s for this channel"),
    _n("no text of %(template)s for letters"),
    _n("SMSAPI %(code)s: the number is not valid"),
    _n("SMSAPI %(code)s: not enough points on the account"),
    _n("SMSAPI %(code)s: the token is refused"),
    _n("SMSAPI %(code)s: too many requests at once"),
    _n("SMSAPI: not delivered, %(code)s"),
    _n("SMSAPI %(code)s: %(words)s"),
    _n("paid meanwhile"),
    _n("protected meanwhile"),
    _n("unknown template, channel or customer"),
    _n("Line %(line)s: the variable %(name)s is not known here. Known: %(known)s."),
)
