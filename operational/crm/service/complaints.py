"""Writes of complaints: receipt with its deadline, ownership, questions, the answer and its outcome.

A complaint about a document disputes its debt in the same instant (a trigger of the database), so dunning
stops until the complaint is closed.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.crm.service.rules import (
    CAUSES,
    COMPLAINT_CHANNELS,
    OUTCOMES,
    REMEDIES,
    Deadline,
    ServiceRefused,
    changed_meanwhile,
    wrong,
)
from operational.messaging.operations import Attachment, NewMessage, queue_messages


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """What a customer complains about. Ids are inner ids; `disputed_item_ids` follow from the document."""

    customer_id: int
    category: str
    channel: str
    subject: str
    body: str
    received_on: date
    document_id: int | None = None
    document_line_no: int | None = None
    supply_point_id: int | None = None
    payment_id: int | None = None
    previous_id: int | None = None
    claimed_amount: Decimal | None = None
    owner: str = ""
    request_key: UUID | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """A complaint that was received: its number and the last day for the answer."""

    id: int
    public_id: str
    number: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided: outcome and words, the cause that was found, what is put right, PLN granted."""

    outcome: str
    text: str
    cause: str
    remedy: str = "none"
    granted_amount: Decimal | None = None
    language: str = "pl"


def register_complaint(session: Session, *, given: NewComplaint, as_of: date) -> Registered:
    """Receive a complaint: number, deadline by category, customer and day of receipt;
    the document's debt is disputed.

    Used by staff and by the portal (role iris_ebok: row-level security refuses what is not the customer's).
    Raises ServiceRefused naming the wrong fields. The caller commits.
    """
    _check(session, given, as_of)
    found = deadline_for(
        session, customer_id=given.customer_id, category=given.category, received_on=given.received_on
    )
    items = [row.id for row in session.execute(
        text("""select id from operational.open_items
                 where document_id = :document and customer_id = :customer and amount > 0"""),
        {"document": given.document_id, "customer": given.customer_id},
    )]  # fmt: skip
    values: dict[str, Any] = {
        "customer_id": given.customer_id, "category_code": given.category, "channel": given.channel,
        "subject": given.subject.strip()[:200], "body": given.body.strip()[:8000],
        "document_id": given.document_id, "supply_point_id": given.supply_point_id,
        "payment_id": given.payment_id, "previous_id": given.previous_id,
        "claimed_amount": given.claimed_amount, "disputed_item_ids": items,
        "received_on": given.received_on, "registered_on": as_of, "deadline_id": found.id,
        "due_on": found.due_on(given.received_on),
    }  # fmt: skip
    if given.document_line_no is not None:
        values["document_line_no"] = given.document_line_no
    if given.request_key is not None:
        values["request_key"] = given.request_key
    if given.owner:
        values |= {"owner_login": given.owner, "state": "in_progress"}
    row: Any = session.execute(
        text(
            f"insert into operational.complaints ({', '.join(values)})"
            f" values ({', '.join(':' + name for name in values)})"
            " returning id, public_id::text, number, due_on"
        ),
        values,
    ).one()
    made = Registered(*row)
    _note(session, made.id, "registered", "", is_public=True, as_of=as_of)
    return made


def confirm_receipt(session: Session, *, complaint: Registered, given: NewComplaint, as_of: datetime) -> None:
    """Queue the message that tells the customer number and deadline; sent by the outbox after the commit."""
    queue_messages(
        session,
        messages=[NewMessage(
            key=f"complaint:{complaint.id}:registered", customer_id=given.customer_id,
            template="complaint.registered", references={"complaint_id": complaint.id},
            variables={
                "number": complaint.number, "received_on": given.received_on, "due_on": complaint.due_on,
            },
        )],
        as_of=as_of,
    )  # fmt: skip


def deadline_for(session: Session, *, customer_id: int, category: str, received_on: date) -> Deadline:
    """Return the rule of the answer's deadline: the most specific category first, then the shortest one."""
    row: Any = session.execute(
        text("""
            select d.id, d.days, d.moves_off_days_off, d.is_deemed_accepted
              from operational.complaint_deadlines d
              join operational.complaint_categories c on c.code = :category
              join operational.customers k on k.id = :customer
             where d.superseded_at is null and d.valid_from <= :day
               and (d.valid_to is null or d.valid_to > :day)
               and d.category_code in ('', c.code, coalesce(c.parent_code, ''))
               and d.customer_kind in ('', k.kind) and (c.is_settlement or not d.is_settlement_only)
             order by (d.category_code = c.code) desc, (d.category_code <> '') desc, d.days,
                   d.is_deemed_accepted desc limit 1"""),
        {"category": category, "customer": customer_id, "day": received_on},
    ).one_or_none()
    if row is None:
        raise ServiceRefused(
            "complaint_no_deadline",
            f"No deadline is set for category {category} on {received_on}. Add a row to complaint_deadlines.",
        )
    return Deadline(*row)


def _check(session: Session, given: NewComplaint, as_of: date) -> None:
    mistakes: dict[str, str] = {}
    if not given.subject.strip():
        mistakes["subject"] = "missing"
    if not given.body.strip():
        mistakes["body"] = "missing"
    if given.channel not in COMPLAINT_CHANNELS:
        mistakes["channel"] = "choose"
    if given.received_on > as_of:
        mistakes["received_on"] = "in_future"
    if given.claimed_amount is not None and given.claimed_amount <= 0:
        mistakes["claimed_amount"] = "not_positive"
    known = session.execute(
        text("""
            select exists (select from operational.complaint_categories c where c.code = :category
                and c.is_active and c.parent_code is not null) as category,
              (cast(:document as bigint) is null or exists (select from operational.documents d
                where d.id = :document and d.customer_id = :customer)) as document_id,
              (cast(:payment as bigint) is null or exists (select from operational.payments p
                where p.id = :payment and p.customer_id = :customer)) as payment_id,
              (cast(:point as bigint) is null or exists (select from operational.contract_supply_points k
                join operational.contracts c on c.id = k.contract_id
                where k.supply_point_id = :point and c.customer_id = :customer)) as supply_point_id,
              (cast(:previous as bigint) is null or exists (select from operational.complaints p
                where p.id = :previous and p.customer_id = :customer)) as previous_id"""),
        {
            "category": given.category, "document": given.document_id, "payment": given.payment_id,
            "point": given.supply_point_id, "previous": given.previous_id, "customer": given.customer_id,
        },
    ).one()  # fmt: skip
    mistakes |= {name: "not_of_customer" for name, is_known in known._mapping.items() if not is_known}
    if not known.category:
        mistakes["category"] = "choose"
    if mistakes:
        raise wrong(**mistakes)


def assign_complaint(session: Session, *, public_id: str, row_version: int, owner: str, as_of: date) -> None:
    """Give a complaint to a person; an empty owner puts it back into the queue. The caller commits."""
    found = _open(session, public_id, row_version)
    _update(
        session, found.id,
        "owner_login = :owner, state = case when state = 'new' and :owner <> '' then 'in_progress'"
        " else state end", {"owner": owner},
    )  # fmt: skip
    _note(session, found.id, "assigned", owner, is_public=False, as_of=as_of)


def note_on_complaint(
    session: Session, *, public_id: str, body: str, as_of: date, is_public: bool = False
) -> None:
    """Write a note into the log of a complaint; a public one is seen by the customer in EBOK."""
    if not body.strip():
        raise wrong(body="missing")
    found = session.execute(
        text("select id from operational.complaints where public_id::text = :id"), {"id": public_id}
    ).scalar()
    if found is None:
        raise _missing()
    _note(session, found, "note", body, is_public=is_public, as_of=as_of)


def ask_customer(
    session: Session, *, public_id: str, row_version: int, question: str, as_of: datetime, day: date
) -> None:
    """Ask the customer something: message by the outbox, question in EBOK; the clock goes on meanwhile."""
    if not question.strip():
        raise wrong(body="missing")
    found = _open(session, public_id, row_version)
    _update(session, found.id, "state = 'waiting_customer'", {})
    _note(session, found.id, "question", question, is_public=True, as_of=day)
    queue_messages(
        session,
        messages=[NewMessage(
            key=f"complaint:{found.id}:question:{found.row_version}", customer_id=found.customer_id,
            template="complaint.question", references={"complaint_id": found.id},
            variables={"number": found.number, "question": question.strip()},
        )],
        as_of=as_of,
    )  # fmt: skip


def withdraw_complaint(
    session: Session, *, public_id: str, row_version: int, reason: str, as_of: date
) -> None:
    """Close a complaint that the customer took back; the debt is dunned again. The caller commits."""
    if not reason.strip():
        raise wrong(body="missing")
    found = _open(session, public_id, row_version)
    _note(session, found.id, "withdrawn", reason, is_public=True, as_of=as_of)
    _update(session, found.id, "state = 'withdrawn', closed_on = :day", {"day": as_of})


def answer_complaint(
    session: Session, *, public_id: str, row_version: int, answer: Answer, as_of: date
) -> int:
    """Decide a complaint and keep the answer; return its id. The dispute of the document ends with it.

    A consumer's complaint without an answer by its deadline counts as accepted (Consumer Rights Act art.
    7a(2)): it can only be accepted after that day. Remedies are started by the page that composes the
    rooms, sending by `file_answer`. Raises ServiceRefused; the caller commits.
    """
    _check_answer(answer)
    found = _open(session, public_id, row_version)
    is_deemed = found.is_deemed_accepted and found.due_on < as_of
    if is_deemed and answer.outcome != "accepted":
        raise ServiceRefused(
            "complaint_deemed",
            f"The deadline of {found.number} passed on {found.due_on} without an answer, so by law the "
            "complaint counts as accepted. Accept it.",
            {"outcome": "deemed"},
        )
    _update(
        session, found.id,
        "state = 'answered', outcome = :outcome, is_deemed = :deemed, answer = :answer, cause = :cause,"
        " answer_language = :language, remedy = :remedy, granted_amount = :granted,"
        " answered_on = :day, closed_on = :day",
        {
            "outcome": answer.outcome, "deemed": is_deemed, "answer": answer.text.strip(),
            "cause": answer.cause, "language": answer.language,
            "remedy": answer.remedy if answer.outcome != "rejected" else "none",
            "granted": answer.granted_amount, "day": as_of,
        },
    )  # fmt: skip
    _note(session, found.id, "answered", answer.outcome, is_public=True, as_of=as_of)
    found_id: int = found.id
    return found_id


def _check_answer(answer: Answer) -> None:
    mistakes: dict[str, str] = {}
    if answer.outcome not in OUTCOMES:
        mistakes["outcome"] = "choose"
    if not answer.text.strip():
        mistakes["answer"] = "missing"
    if answer.cause not in CAUSES:
        mistakes["cause"] = "choose"
    if answer.remedy not in REMEDIES:
        mistakes["remedy"] = "choose"
    if answer.granted_amount is not None and answer.granted_amount < 0:
        mistakes["granted_amount"] = "not_positive"
    if mistakes:
        raise wrong(**mistakes)


def file_answer(session: Session, *, complaint_id: int, paper_id: int, pdf: bytes, as_of: datetime) -> None:
    """Keep which paper carries the answer and queue it to the customer as a message with the PDF."""
    row: Any = session.execute(
        text("""update operational.complaints set paper_id = :paper, row_version = row_version + 1
                 where id = :id returning number, customer_id, answer, answer_language"""),
        {"id": complaint_id, "paper": paper_id},
    ).one()
    queue_messages(
        session,
        messages=[NewMessage(
            key=f"complaint:{complaint_id}:answer", customer_id=row.customer_id, template="complaint.answer",
            language=row.answer_language, variables={"case_number": row.number, "answer": row.answer},
            references={"complaint_id": complaint_id},
            attachments=(Attachment(f"{row.number.replace('/', '-')}.pdf", pdf),),
        )],
        as_of=as_of,
    )  # fmt: skip


def record_remedy(session: Session, *, complaint_id: int, remedy: str, reference: str, as_of: date) -> None:
    """Write into the log what the acceptance started, with the number or id of the thing started."""
    session.execute(
        text("""update operational.complaints set remedy_ref = :reference, row_version = row_version + 1
                 where id = :id"""),
        {"id": complaint_id, "reference": reference[:200]},
    )
    _note(session, complaint_id, "remedy", f"{remedy}: {reference}", is_public=False, as_of=as_of)


def _note(session: Session, complaint_id: int, kind: str, body: str, *, is_public: bool, as_of: date) -> None:
    session.execute(
        text("""insert into operational.complaint_events (complaint_id, kind, body, is_public, happened_on)
                values (:id, :kind, :body, :is_public, :day)"""),
        {"id": complaint_id, "kind": kind, "body": body.strip()[:8000], "is_public": is_public, "day": as_of},
    )


def _missing() -> ServiceRefused:
    return ServiceRefused("complaint_not_found", "There is no such complaint. Open the list again.")


def _open(session: Session, public_id: str, row_version: int) -> Row[Any]:
    found = session.execute(
        text("""
            select k.id, k.number, k.customer_id, k.due_on, k.closed_on, k.row_version, d.is_deemed_accepted
              from operational.complaints k
              join operational.complaint_deadlines d on d.id = k.deadline_id
             where k.public_id::text = :id for update of k"""),
        {"id": public_id},
    ).one_or_none()
    if found is None:
        raise _missing()
    if found.closed_on is not None:
        raise ServiceRefused("complaint_closed", "The complaint is closed already. Register a new one.")
    if found.row_version != row_version:
        raise changed_meanwhile(f"Complaint {found.number}")
    return found


def _update(session: Session, complaint_id: int, what: str, given: dict[str, Any]) -> None:
    session.execute(
        text(f"update operational.complaints set {what}, row_version = row_version + 1 where id = :id"),
        {"id": complaint_id, **given},
    )
