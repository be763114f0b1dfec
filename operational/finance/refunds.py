"""Refunds of overpayments: asked for by one person, approved by another, sent to the bank in one file.

The credit is used up when the refund is approved, so nothing can be refunded twice; a file holds a refund
once, by the key of ``transfer_batch_lines``. It is paid when a statement shows its transfer
(``refunds_paid.py``).
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.finance.formats.transfers_out import OutgoingTransfer, elixir_o, pain_001
from operational.finance.items import lock_customers
from operational.finance.posting import own_accounts
from operational.finance.rules import refund_reference
from operational.kernel.errors import DomainError
from operational.kernel.identifiers import digits, is_valid_nrb
from operational.kernel.money import format_pln
from operational.kernel.settings import Settings

ZERO = Decimal("0.00")
_CREDITS = text("""
  select i.id, -i.amount - coalesce((select sum(a.amount) from operational.allocations a where
    a.credit_item_id = i.id), 0) as still_open
  from operational.open_items i where i.customer_id = :customer and i.amount < 0 order by i.business_date,
    i.id""")


class RefundError(DomainError):
    """A refund cannot be asked for, approved or sent as asked."""


@dataclass(frozen=True, slots=True)
class TransferFile:
    """An outgoing file: payments and PLN in it, and the SHA-256 of its bytes in hex."""

    public_id: str
    file_name: str
    payments: int
    total: Decimal
    sha256: str


def free_credit(session: Session, *, customer_id: int) -> Decimal:
    """Return what of the customer's credits no debt uses and no refund has asked for, in PLN."""
    waiting: Decimal = session.execute(
        text("""select coalesce(sum(amount), 0.00) from operational.refunds
                where customer_id = :customer and status = 'requested'"""),
        {"customer": customer_id},
    ).scalar_one()
    return _unused(session, customer_id) - waiting


def _unused(session: Session, customer_id: int) -> Decimal:
    rows = session.execute(_CREDITS, {"customer": customer_id})
    return sum((row.still_open for row in rows), ZERO)


def request_refund(
    session: Session,
    *,
    customer_id: int,
    amount: Decimal,
    account: str,
    recipient: str,
    title: str,
    on: date,
    as_of: datetime,
) -> str:
    """Ask for a refund to an account (26 digits, check digits verified); return its public id.

    Raises RefundError for an amount above the free credit, a wrong account or missing words. The caller
    commits.
    """
    plain = digits(account).removeprefix("PL")
    if not is_valid_nrb(plain):
        raise RefundError(
            "refund_account", "The account number is wrong: its check digits do not fit. Copy it again."
        )
    if not recipient.strip() or not title.strip():
        raise RefundError("refund_words", "Fill in the recipient and the title of the transfer.")
    lock_customers(session, [customer_id])
    free = free_credit(session, customer_id=customer_id)
    if amount <= 0 or amount > free:
        raise RefundError(
            "refund_above_credit",
            f"Only {format_pln(max(free, ZERO))} of the customer's credit is free. "
            "Ask for that much at most.",
        )
    return str(
        session.execute(
            text("""
              insert into operational.refunds (customer_id, amount, account, recipient, title, requested_on,
                recorded_at)
              values (:customer, :amount, :account, :recipient, :title, :on, :as_of) returning public_id"""),
            {
                "customer": customer_id,
                "amount": amount,
                "account": plain,
                "recipient": recipient.strip()[:70],
                "title": title.strip()[:140],
                "on": on,
                "as_of": as_of,
            },
        ).scalar_one()
    )


def approve_refund(session: Session, *, public_id: str, row_version: int, on: date, as_of: datetime) -> None:
    """Approve a refund as a second person: ledger, item, and the credit used up. The caller commits.

    Raises RefundError when the same person asked for it, when it was decided meanwhile, or when the credit
    has been used for debts since.
    """
    refund = _waiting(session, public_id, row_version)
    lock_customers(session, [refund.customer_id])
    unused = _unused(session, refund.customer_id)
    if refund.amount > unused:
        raise RefundError(
            "refund_above_credit",
            f"Meanwhile only {format_pln(max(unused, ZERO))} of the credit is free. "
            "Reject this refund and ask anew.",
        )
    session.execute(
        text("""update operational.refunds set status = 'approved', decided_on = :on, decided_by =
          operational.actor(),
                  row_version = row_version + 1 where id = :id"""),
        {"id": refund.id, "on": on},
    )
    given = {
        "id": refund.id,
        "customer": refund.customer_id,
        "amount": refund.amount,
        "on": on,
        "as_of": as_of,
    }
    session.execute(
        text("""
          insert into operational.ledger_transfers (debit_account, credit_account, amount, code,
            business_date,
            customer_id, refund_id, idempotency_key, recorded_at)
          values ('receivable', 'refunds_payable', :amount, 'refund', :on, :customer, :id, 'refund:' || :id,
            :as_of)"""),
        given,
    )
    item: int = session.execute(
        text("""insert into operational.open_items (customer_id, refund_id, amount, business_date, due_date,
          recorded_at)
                values (:customer, :id, :amount, :on, :on, :as_of) returning id"""),
        given,
    ).scalar_one()
    left = refund.amount
    for row in session.execute(_CREDITS, {"customer": refund.customer_id}).all():
        used = min(left, row.still_open)
        if used > 0:
            session.execute(
                text("""
                  insert into operational.allocations (customer_id, debt_item_id, credit_item_id, amount,
                    business_date,
                    rule, idempotency_key, recorded_at)
                  values (:customer, :debt, :credit, :amount, :on, 'refund', 'alloc:' || :debt || ':' ||
                    :credit || ':' || 1,
                    :as_of)"""),
                {
                    "customer": refund.customer_id,
                    "debt": item,
                    "credit": row.id,
                    "amount": used,
                    "on": on,
                    "as_of": as_of,
                },
            )
            left -= used


def reject_refund(session: Session, *, public_id: str, row_version: int, reason: str, on: date) -> None:
    """Reject a refund that waits, with a reason; the one who asked may take it back so. The caller
    commits."""
    if len(reason.strip()) < 3:
        raise RefundError("why_missing", "Say why: a reason of three letters or more is needed.")
    refund = _waiting(session, public_id, row_version, second_person=False)
    session.execute(
        text("""update operational.refunds set status = 'rejected', reason = :reason, decided_on = :on,
                  decided_by = operational.actor(), row_version = row_version + 1 where id = :id"""),
        {"id": refund.id, "reason": reason.strip(), "on": on},
    )


def _waiting(session: Session, public_id: str, row_version: int, *, second_person: bool = True) -> Row[Any]:
    refund = session.execute(
        text("""select id, customer_id, amount, status, row_version, requested_by = operational.actor() as
          is_own
                from operational.refunds where public_id = :public_id for update"""),
        {"public_id": public_id},
    ).one_or_none()
    if refund is None or refund.status != "requested" or refund.row_version != row_version:
        raise RefundError("refund_decided", "Somebody decided this refund meanwhile. Reload the list.")
    if second_person and refund.is_own:
        raise RefundError("four_eyes", "You asked for this yourself, so another person has to approve it.")
    return refund


def export_refunds(
    session: Session, *, format_code: str, execute_on: date, settings: Settings, as_of: datetime
) -> TransferFile:
    """Put all approved refunds into one file for the bank, each once; the file and its hash stay on record.

    ``format_code`` is elixir_o or pain_001. Raises RefundError when nothing waits. The caller commits.
    """
    if format_code not in ("elixir_o", "pain_001"):
        raise RefundError("transfer_format", "Choose Elixir-O or pain.001.")
    rows = session.execute(
        text("""select id, public_id::text as public_id, amount, account, recipient, title from
          operational.refunds
                where status = 'approved' order by id for update""")
    ).all()
    if not rows:
        raise RefundError("nothing_to_send", "No approved refund waits for a file.")
    transfers = [
        OutgoingTransfer(
            (reference := refund_reference(row.id)), row.amount, row.account, row.recipient,
            # Our reference leads the title, because banks give back the title, but not always the reference.
            f"{reference} {row.title}",
        )
        for row in rows
    ]  # fmt: skip
    number: int = session.execute(
        text("select coalesce(max(id), 0) + 1 from operational.transfer_batches")
    ).scalar_one()
    name = f"zwroty-{execute_on:%Y%m%d}-{number:04}.{'pli' if format_code == 'elixir_o' else 'xml'}"
    payer = _payer_account(session, settings)
    if format_code == "elixir_o":
        content = elixir_o(transfers, payer_account=payer, payer=_payer(settings), execute_on=execute_on)
    else:
        content = pain_001(
            transfers, payer_account=payer, payer=_payer(settings), execute_on=execute_on,
            message_id=name[:-4], created_at=as_of,
        )  # fmt: skip
    total = sum((row.amount for row in rows), ZERO)
    digest = hashlib.sha256(content).digest()
    batch = session.execute(
        text("""
          insert into operational.transfer_batches (format, file_name, execute_on, payments, total, content,
            content_sha256, recorded_at)
          values (:format, :name, :day, :payments, :total, :content, :digest, :as_of) returning id,
            public_id::text"""),
        {
            "format": format_code,
            "name": name,
            "day": execute_on,
            "payments": len(rows),
            "total": total,
            "content": content,
            "digest": digest,
            "as_of": as_of,
        },
    ).one()
    ids = [row.id for row in rows]
    session.execute(
        text("""insert into operational.transfer_batch_lines (refund_id, batch_id)
                select unnest(cast(:ids as bigint[])), :batch"""),
        {"ids": ids, "batch": batch.id},
    )
    session.execute(
        text("""update operational.refunds set status = 'exported', row_version = row_version + 1
                where id = any(:ids)"""),
        {"ids": ids},
    )
    return TransferFile(batch.public_id, name, len(rows), total, digest.hex())


def _payer_account(session: Session, settings: Settings) -> str:
    """Return the account that refunds leave from: the first listed one, else that of the newest statement."""
    listed = [digits(item).removeprefix("PL") for item in settings.seller_accounts.split(",") if item.strip()]
    known = listed or [digits(item).removeprefix("PL") for item in own_accounts(session)]
    found = next((item for item in known if is_valid_nrb(item)), None)
    if found is None:
        raise RefundError(
            "no_own_account",
            "No account of ours is known. Set IRIS_SELLER_ACCOUNTS in .env, or load a bank statement first.",
        )
    return found


def _payer(settings: Settings) -> tuple[str, str]:
    return (
        settings.seller_name,
        f"{settings.seller_street}, {settings.seller_postal_code} {settings.seller_city}",
    )
