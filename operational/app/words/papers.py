"""Words of papers, saved views and exports."""

from typing import Any

from flask_babel import lazy_gettext as _l

from operational.app.words.marking import marked as _n

LABELS: dict[str, dict[str, Any]] = {
    "yes_no": {"yes": _l("yes"), "no": _l("no")},
    "paper_direction": {"outgoing": _l("ours"), "incoming": _l("received")},
    "paper_subject": {
        "offer": _l("offer"), "contract": _l("contract"), "amendment": _l("amendment"),
        "assignment": _l("assignment"), "termination": _l("termination"), "renewal": _l("renewal"),
        "complaint": _l("complaint"), "switching_case": _l("change of supplier"), "document": _l("document"),
        "customer": _l("customer"),
    },
    "scan_kind": {
        "signed_contract": _l("Signed contract"), "power_of_attorney": _l("Power of attorney"),
        "statement": _l("Statement"), "identity": _l("Proof of identity or registration"),
        "letter": _l("Letter"), "other_scan": _l("Other"),
    },
    "paper_value": {
        "text": _l("text"), "money": _l("amount"), "price": _l("unit price"), "energy": _l("energy, kWh"),
        "number": _l("number"), "percent": _l("percent"), "date": _l("date"), "flag": _l("yes or no"),
        "account": _l("bank account"), "point": _l("code of a supply point"), "phone": _l("phone number"),
        "tax": _l("tax number (NIP)"),
    },
    "permission": {
        "papers.read": _l("read papers and their templates"), "papers.edit": _l("edit document templates"),
        "papers.receive": _l("keep received papers"), "papers.preview": _l("preview document templates"),
        "views.save": _l("save views of lists"),
    },
    "table": {"saved_views": _l("Saved view"), "paper_templates": _l("Document template")},
}  # fmt: skip

ERRORS: dict[str, Any] = {
    "view_not_found": _l("There is no such view, or it is somebody else's own."),
    "view_name": _l("Give the view a name."),
    "view_name_taken": _l("There is a view of this name already. Choose another name."),
    "view_not_own": _l("The view belongs to somebody else. Save your own instead."),
    "view_too_long": _l("The filters are too long to be kept. Narrow them."),
    "export_too_long": _l("The list has more than 1,000,000 rows. Narrow the filter, or take CSV."),
    "paper_not_found": _l("There is no such paper or template. Open the list again."),
    "scan_kind": _l("Choose the kind of the paper from the list."),
    "scan_title": _l("Say what the paper is: give it a title."),
    "scan_empty": _l("Choose a file that is not empty."),
    "scan_too_large": _l(
        "The file is too large: at most 15 MB and 80 million points. Scan it with less detail."
    ),
    "scan_type": _l(
        "The file is neither a PDF nor a PNG or JPEG picture that can be read. Save it as one of them."
    ),
}

SENTENCES = (
    _n("The text is the same as the newest version. Change it first."),
    _n("The title or the text is empty. Write both."),
    _n("Line %(line)s: the variable %(name)s is not known here. Choose one of the list beside it."),
    _n("Line %(line)s: ** is opened and not closed. Close it."),
    _n("Line %(line)s: {%% if %%} has no {%% endif %%}. Add it."),
    _n("Line %(line)s: nothing was opened here that could end. Remove the line."),
    _n("Line %(line)s: %(name)s is a list. Put it into a table row or a list item."),
    _n("Line %(line)s: there is no filter %(name)s. Known: %(known)s."),
    _n("Line %(line)s: %(count)s cells where the table has %(width)s (at most 8). Even them out."),
    _n("Line %(line)s: %(name)s is not a name. Write {{ customer.name }}."),
    _n("Line %(line)s: %(mark)s stands alone. Write {{ name }}, or {%% if name %%} on its own line."),
    _n("Paper %(code)s: the value %(name)s is missing. Give it, or take it out of the template."),
    _n("delivered with IRIS"),
)
