"""Writes of service in one place: what other rooms and pages call."""

from operational.crm.service.complaints import (
    Answer,
    NewComplaint,
    Registered,
    answer_complaint,
    ask_customer,
    assign_complaint,
    file_answer,
    note_on_complaint,
    register_complaint,
    withdraw_complaint,
)
from operational.crm.service.rules import ServiceRefused
from operational.crm.service.tasks import (
    TaskRef,
    add_activity,
    assign,
    finish,
    finish_linked,
    snooze,
    take_next,
)

__all__ = [
    "Answer",
    "NewComplaint",
    "Registered",
    "ServiceRefused",
    "TaskRef",
    "add_activity",
    "answer_complaint",
    "ask_customer",
    "assign",
    "assign_complaint",
    "file_answer",
    "finish",
    "finish_linked",
    "note_on_complaint",
    "register_complaint",
    "snooze",
    "take_next",
    "withdraw_complaint",
]
