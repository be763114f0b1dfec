"""Signature: papers to sign, the contract written when it is signed, withdrawal of a consumer."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.contracts import activation, defaults, draft_store, paperwork, writing
from operational.crm.contracts.checks import party, refuse_incomplete
from operational.crm.contracts.draft_store import Draft, DraftRefused
from operational.crm.contracts.rules import SignatureChannel
from operational.kernel.errors import DomainError
from operational.kernel.rows import first, one, rows


class WithdrawalRefused(DomainError):
    """A withdrawal without the right to it, or too late."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature of a contract: waiting, signed or withdrawn, and until when a consumer may withdraw."""

    contract_id: int
    state: str
    sent_on: date | None
    signed_on: date | None
    channel: str
    withdrawal_until: date | None
    withdrawn_on: date | None
    supply_ends_on: date | None
    early_start: bool


_SIGNATURE = """
  select contract_id, state, sent_on, signed_on, channel, withdrawal_until, withdrawn_on, supply_ends_on,
    early_start
  from operational.contract_signatures where contract_id = :id and superseded_at is null"""


def signature(session: Session, *, contract_id: int) -> Signature | None:
    """Return the current signature of a contract, None for one from before drafts (imported)."""
    row = first(session, _SIGNATURE, {"id": contract_id})
    return None if row is None else Signature(*row)


def request_signature(
    session: Session, *, draft_public_id: str, row_version: int, sent_on: date, as_of: datetime
) -> Draft:
    """Close the typing of a draft, give the contract its number and let it wait for the signature.

    Raises DraftIncomplete with the mistakes of all steps, DraftRefused when it was changed meanwhile.
    """
    known = draft_store.open_for_change(session, public_id=draft_public_id, row_version=row_version)
    refuse_incomplete(session, content=known.content, today=sent_on)
    prepared = _prepare(session, known, sent_on, as_of)
    session.execute(
        text(
            "insert into operational.contract_signatures (contract_id, draft_id, state, sent_on, channel,"
            " recorded_at) values (:contract, :draft, 'waiting', :sent, :channel, :at)"
        ),
        {
            "contract": prepared.contract_id,
            "draft": known.id,
            "sent": sent_on,
            "channel": known.content.consents["signature_channel"],
            "at": as_of,
        },
    )
    paperwork.make(session, draft=prepared, day=sent_on)
    return prepared


def _prepare(session: Session, known: Draft, day: date, as_of: datetime) -> Draft:
    """Make the customer if new, and keep an id and a number for the contract."""
    if known.status == "waiting":
        return known
    content, customer_id = writing.customer_of(session, content=known.content, day=day)
    reserved, number = known.contract_id, known.number
    if reserved is None:
        reserved = one(session, "select nextval('operational.contracts_id_seq') as id").id
        number = _next_number(session, day)
    draft_store.write(session, known=known, content=content, step=6, as_of=as_of)
    session.execute(
        text(
            "update operational.contract_drafts set status = 'waiting', contract_id = :contract, number = "
            ":number,"
            " customer_id = :customer where id = :id"
        ),
        {"contract": reserved, "number": number, "customer": customer_id, "id": known.id},
    )
    return draft_store.locked(session, public_id=known.public_id)


def _next_number(session: Session, day: date) -> str:
    """Return the next number of the year: U/2026/00017. Numbers of drafts that are dropped stay unused.

    A number that an imported contract bears already is passed over.
    """
    while True:
        last = one(
            session,
            "insert into operational.number_series (code, last_number) values (:code, 1) on conflict (code)"
            " do update set last_number = number_series.last_number + 1 returning last_number",
            {"code": f"contract/{day.year}"},
        ).last_number
        number = f"U/{day.year}/{last:05d}"
        taken = "select exists (select from operational.contracts where number = :number) as found"
        if not one(session, taken, {"number": number}).found:
            return number


def reopen(session: Session, *, draft_public_id: str, as_of: datetime) -> None:
    """Take a contract that waits for its signature back into the wizard; it keeps its number."""
    known = draft_store.locked(session, public_id=draft_public_id)
    if known.status != "waiting":
        raise DraftRefused("draft_closed", f"Draft {draft_public_id} does not wait for a signature.")
    _close_signature(session, known.contract_id or 0, as_of)
    session.execute(
        text(
            "update operational.contract_drafts set status = 'open', updated_at = :at,"
            " updated_by = operational.actor(), row_version = row_version + 1 where id = :id"
        ),
        {"at": as_of, "id": known.id},
    )


def _close_signature(session: Session, contract_id: int, as_of: datetime) -> None:
    session.execute(
        text(
            "update operational.contract_signatures set superseded_at = :at"
            " where contract_id = :id and superseded_at is null"
        ),
        {"at": as_of, "id": contract_id},
    )


def sign(session: Session, *, draft_public_id: str, signed_on: date, channel: str, as_of: datetime) -> int:
    """Record that both sides signed a draft, and write the contract; return its id.

    Writes the customer (when new), the supply points (when new), contract, terms, conditions, powers of
    attorney, consents, the signature with the days of withdrawal, one request of a start per point and,
    unless they were made before, the papers. A draft signed before answers with its contract, so a double
    click signs once. Raises DraftIncomplete with the mistakes of all steps, DraftRefused for a dropped draft.
    """
    known = draft_store.locked(session, public_id=draft_public_id)
    if known.status == "signed" and known.contract_id is not None:
        return known.contract_id
    if known.status == "dropped":
        raise DraftRefused("draft_closed", f"Draft {draft_public_id} was dropped. Clone it to go on with it.")
    if channel not in set(SignatureChannel):
        raise DraftRefused(
            "unknown_signature_channel", f"'{channel}' is no way to sign. Choose one of the list."
        )
    given = {**known.content.consents, "signature_channel": channel}
    content = writing.completed(
        session, content=known.content.with_section("consents", given), signed_on=signed_on
    )
    refuse_incomplete(session, content=content, today=signed_on)
    if content != known.content:
        draft_store.write(session, known=known, content=content, step=6, as_of=as_of)
        known = draft_store.locked(session, public_id=draft_public_id)
    has_papers = known.status == "waiting"
    known = _prepare(session, known, signed_on, as_of)
    contract_id = writing.write_contract(session, draft=known, signed_on=signed_on, as_of=as_of)
    _close_signature(session, contract_id, as_of)
    _record_signature(session, known, signed_on, channel, as_of)
    session.execute(
        text("update operational.contract_drafts set status = 'signed' where id = :id"), {"id": known.id}
    )
    if not has_papers:
        paperwork.make(session, draft=known, day=signed_on)
    return contract_id


def _record_signature(session: Session, known: Draft, signed_on: date, channel: str, as_of: datetime) -> None:
    days = defaults.withdrawal_days(
        session, channel=channel, customer_kind=party(session, known.content).kind, on=signed_on
    )
    session.execute(
        text(
            "insert into operational.contract_signatures (contract_id, draft_id, state, written_contract_id,"
            " signed_on, channel, withdrawal_until, early_start, recorded_at)"
            " values (:contract, :draft, 'signed', :contract, :signed, :channel, :until, :early, :at)"
        ),
        {
            "contract": known.contract_id,
            "draft": known.id,
            "signed": signed_on,
            "channel": channel,
            "until": None if days is None else signed_on + timedelta(days=days),
            "early": known.content.consents.get("early_start") == "1",
            "at": as_of,
        },
    )


def withdraw(
    session: Session, *, contract_id: int, withdrawn_on: date, reason: str, as_of: datetime
) -> date | None:
    """Record that a consumer withdrew (Consumer Rights Act art. 27);
    return the first day without supply, if it ran.

    `withdrawn_on` is the day the statement was sent. Requests of a start are closed; a supply that began at
    the customer's request ends the day after, and what was taken until then is billed (art. 35). Raises
    WithdrawalRefused without the right, or when the days are over.
    """
    found = first(session, f"{_SIGNATURE} for update", {"id": contract_id})
    if found is None or found.state != "signed" or found.withdrawal_until is None:
        raise WithdrawalRefused(
            "no_withdrawal_right",
            f"Contract {contract_id} gives no right to withdraw. End it with a notice instead.",
        )
    if not found.signed_on <= withdrawn_on <= found.withdrawal_until:
        raise WithdrawalRefused(
            "withdrawal_too_late",
            f"The statement must be sent from {found.signed_on} to {found.withdrawal_until}. Check its day.",
        )
    requested = (
        "select supply_point_id from operational.start_requests"
        " where contract_id = :id and superseded_at is null"
    )
    for request in rows(session, requested, {"id": contract_id}):
        activation.cancel_start(
            session, contract_id=contract_id, supply_point_id=request.supply_point_id, reason=reason,
            as_of=as_of, outcome="withdrawn",
        )  # fmt: skip
    ends_on = _end_supplies(session, contract_id, withdrawn_on, as_of)
    _close_signature(session, contract_id, as_of)
    session.execute(
        text(
            "insert into operational.contract_signatures (contract_id, draft_id, state, written_contract_id,"
            " sent_on, signed_on, channel, withdrawal_until, withdrawn_on, supply_ends_on, early_start,"
            " recorded_at) select contract_id, draft_id, 'withdrawn', contract_id, sent_on, signed_on, "
            "channel, withdrawal_until, :day,"
            " :ends, early_start, :at from operational.contract_signatures where contract_id = :id"
            " order by id desc limit 1"
        ),
        {"day": withdrawn_on, "ends": ends_on, "at": as_of, "id": contract_id},
    )
    return ends_on


def _end_supplies(session: Session, contract_id: int, withdrawn_on: date, as_of: datetime) -> date | None:
    """End what runs after the withdrawal; return the last of the first
    days without supply, None when none began.
    """
    after = withdrawn_on + timedelta(days=1)
    running = rows(
        session,
        "select supply_point_id, valid_from from operational.contract_supply_points where contract_id = :id"
        " and superseded_at is null and (valid_to is null or valid_to > :after)",
        {"id": contract_id, "after": after},
    )
    for supply in running:
        activation.end(
            session, contract_id=contract_id, supply_point_id=supply.supply_point_id, end=after,
            reason="withdrawal", as_of=as_of,
        )  # fmt: skip
    return after if any(supply.valid_from < after for supply in running) else None
