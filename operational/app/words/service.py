"""Words of service: activities, queues, complaints, the watch from signature to bill, refusals."""

from typing import Any

from flask_babel import lazy_gettext as _l

LABELS: dict[str, dict[str, Any]] = {
    "permission": {
        "service.read": _l("See contacts, tasks and complaints"),
        "service.write": _l("Write down contacts, work on tasks, register complaints"),
        "complaints.decide": _l("Decide complaints"),
        "assurance.read": _l("See what is late between signature and bill"),
        "assurance.refresh": _l("Refresh the list between signature and bill"),
    },
    "activity_kind": {
        "call": _l("Call"), "email": _l("E-mail"), "meeting": _l("Meeting"), "note": _l("Note"),
        "task": _l("Task"),
    },
    "direction": {"in": _l("from the customer"), "out": _l("to the customer")},
    "task_whose": {
        "mine": _l("My tasks"), "team": _l("Tasks of my team"), "free": _l("Nobody’s tasks"),
        "all": _l("Everybody’s"),
    },
    "task_state": {
        "open": _l("to do"), "late": _l("late"), "snoozed": _l("snoozed"), "done": _l("done"),
    },
    "complaint_list": {
        "open": _l("Open complaints"), "late": _l("Late complaints"), "deemed": _l("Accepted by law"),
        "closed": _l("Closed complaints"), "all": _l("All complaints"),
    },
    "complaint_state": {
        "new": _l("New"), "in_progress": _l("In progress"), "waiting_customer": _l("Customer was asked"),
        "answered": _l("Answered"), "withdrawn": _l("Withdrawn"),
    },
    "complaint_outcome": {
        "accepted": _l("Accepted as justified"), "partly": _l("Accepted in part"),
        "rejected": _l("Not accepted"),
    },
    "complaint_channel": {
        "phone": _l("Telephone"), "email": _l("E-mail"), "letter": _l("Letter"),
        "in_person": _l("In person"), "ebok": "EBOK",
    },
    "complaint_cause": {
        "meter_reading": _l("wrong reading"), "estimate": _l("estimate"), "price_list": _l("wrong price"),
        "data_entry": _l("mistake in data entry"), "payment_matching": _l("payment assigned wrongly"),
        "distributor": _l("distributor"), "agent": _l("sales agent"),
        "communication": _l("unclear communication"), "system": _l("fault of the system"),
        "none_found": _l("no mistake found"), "": "–",
    },
    "complaint_event": {
        "registered": _l("Registered"), "taken": _l("Taken"), "assigned": _l("Handed over"),
        "note": _l("Note"), "customer_message": _l("Message of the customer"),
        "question": _l("Question to the customer"), "state": _l("State changed"),
        "remedy": _l("Started"), "answered": _l("Answered"), "withdrawn": _l("Withdrawn"),
    },
    "complaint_dimension": {
        "cause": _l("Cause"), "category": _l("Category"), "product": _l("Product"),
        "dso": _l("Distributor"), "channel": _l("Channel"), "month": _l("Month"),
    },
    "remedy": {
        "": "–", "none": _l("nothing more"), "re_reading": _l("new reading of the meter"),
        "price_fix": _l("correction of the price"), "recalculation": _l("billing looks at the document"),
        "refund": _l("refund"),
    },
    "watch_step": {
        "signature": _l("Contract signed"), "withdrawal": _l("End of the right to withdraw"),
        "case_opened": _l("Switching case opened"), "case_sent": _l("Notification sent"),
        "answered": _l("Answer of the distributor"), "started": _l("Supply started"),
        "start_reading": _l("Opening reading"), "computed": _l("First billing"),
        "invoiced": _l("First bill issued"), "sent": _l("First bill sent"), "lost": _l("Lost contract"),
    },
    "watch_list": {
        "problem": _l("late or lost"), "late": _l("late"), "lost": _l("lost"), "on_time": _l("on time"),
        "all": _l("all on the way"),
    },
    "watch_state": {
        "on_time": _l("on time"), "late": _l("late"), "lost": _l("lost"), "done": _l("billed"),
    },
    "watch_reason": {
        "on_time": _l("waits for its day"), "withdrawal_runs": _l("right to withdraw still runs"),
        "customer_withdrew": _l("customer withdrew from the contract"),
        "cancelled": _l("start was cancelled"), "case_cancelled": _l("customer cancelled the switch"),
        "case_closed": _l("switching case closed without a start"),
        "no_case": _l("no switching case was opened"), "papers_missing": _l("papers are missing"),
        "not_sent": _l("notification was not sent"), "no_answer": _l("distributor has not answered"),
        "rejected": _l("rejected by the distributor"),
        "collision": _l("another supplier has notified the same point"),
        "waits_for_start": _l("waits for the confirmed start"),
        "not_activated": _l("start has passed, but the point is not active"),
        "no_start_reading": _l("no opening reading"), "exception": _l("stopped by billing"),
        "not_billed": _l("billing has not run"), "run_open": _l("billing run is not issued"),
        "not_issued": _l("no bill was issued"), "message_failed": _l("bill could not be delivered"),
        "message_waiting": _l("bill waits to be sent"), "no_message": _l("bill was not sent"),
    },
    "exception": {"complaint": _l("Accepted complaint")},
    "exception_cure": {
        "complaint": _l("Correct the data that the complaint names; the next run corrects the bill."),
    },
    "table": {
        "activities": _l("Contact or task"), "complaints": _l("Complaint"),
        "complaint_categories": _l("Category of complaints"),
        "complaint_answer_texts": _l("Proposal of an answer"), "service_queues": _l("Queue"),
    },
}  # fmt: skip
TONES: dict[str, dict[str, str]] = {
    "complaint_state": {
        "new": "warn", "in_progress": "info", "waiting_customer": "info", "answered": "ok", "withdrawn": "",
    },
    "complaint_outcome": {"accepted": "ok", "partly": "warn", "rejected": ""},
    "watch_state": {"on_time": "info", "late": "warn", "lost": "bad", "done": "ok"},
}  # fmt: skip
ERRORS: dict[str, Any] = {
    "service_fields": _l("Some fields have mistakes. Correct them; what you typed is kept."),
    "service_missing": _l("Fill this in."), "service_choose": _l("Choose from the list."),
    "service_in_future": _l("This day has not come yet."), "service_in_past": _l("Choose a later day."),
    "service_unknown_person": _l("Nobody with this log-in works here."),
    "service_unknown_customer": _l("There is no customer with this number."),
    "service_owner_or_queue": _l("Choose a queue or a person."),
    "service_not_of_customer": _l("This does not belong to the customer."),
    "service_not_positive": _l("The amount must be above zero."),
    "service_no_amount": _l("This is no amount. Write for example 120,50."),
    "service_no_point": _l("The complaint names no supply point and no document."),
    "service_no_document": _l("The complaint names no document."),
    "service_deemed": _l("The deadline has passed: by law the complaint counts as accepted."),
    "task_done": _l("The task is done already. Reload the list."),
    "complaint_closed": _l("The complaint is closed already. Register a new one."),
    "complaint_deemed": _l(
        "The deadline passed without an answer, so by law the complaint counts as accepted. Accept it."
    ),
    "complaint_no_deadline": _l(
        "No deadline is set for this category and day. Add it to the deadlines of complaints."
    ),
}  # fmt: skip
