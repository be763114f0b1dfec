"""Importing a bank file: land it, post it, take back what the bank reversed, allocate."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from operational.finance.allocation import allocate
from operational.finance.landing import land_bank_file
from operational.finance.posting import lock_chunk, pending_chunks, post_chunk
from operational.finance.results import AllocationResult, BankImportResult, Landing, Posting
from operational.finance.reversals import pair_reversals

_ALLOCATED_AT_ONCE = 5000


def import_bank_file(
    session: Session, *, content: bytes, name: str, as_of: datetime, accept_unbalanced: bool = False
) -> BankImportResult:
    """Store, post and allocate one bank file in the caller's transaction: the whole file or nothing of it.

    Idempotent: the same file again posts only what was still waiting. A broken file is not an error to the
    caller: the result says ``rejected`` with reason and cure, and the row in ``raw.rejected_files`` is to be
    committed. See BankImportResult for the counts.
    """
    landed = land_bank_file(
        session, content=content, name=name, as_of=as_of, accept_unbalanced=accept_unbalanced
    )
    if landed.file_id is None:
        return _result(session, name, landed, Posting(), AllocationResult())
    posting, again_open = _post(session, as_of, landed.file_id)
    customers = again_open.union(customers_paid_by_file(session, landed.file_id))
    allocated = allocate(session, customer_ids=sorted(customers), as_of=as_of)
    return _result(session, name, landed, posting, allocated)


def post_payments(session: Session, *, as_of: datetime, file_id: int | None = None) -> Posting:
    """Post all lines still waiting (of one file, or of all) in the caller's transaction; allocate separately.

    Posts nothing twice, also when another loader is at it: each waits for the other's chunk of lines.
    """
    return _post(session, as_of, file_id)[0]


def _post(session: Session, as_of: datetime, file_id: int | None) -> tuple[Posting, frozenset[int]]:
    total = Posting()
    for chunk in pending_chunks(session, file_id=file_id):
        lock_chunk(session, chunk, wait=True)
        total += post_chunk(session, chunk=chunk, as_of=as_of, file_id=file_id)
    paid = customers_paid_by_file(session, file_id) if file_id is not None else []
    taken_back = pair_reversals(session, as_of=as_of, also_lock=paid)
    total = replace(total, reversed=taken_back.count, reversed_amount=taken_back.amount)
    return total, taken_back.customers


def load_bank_file(
    *, session_factory: sessionmaker[Session], content: bytes, name: str, as_of: datetime
) -> BankImportResult:
    """Do the work of ``import_bank_file`` in many short transactions of its own, for very large files.

    Killed at any line and started again it ends in the same state; loaders working at once share the chunks.
    """
    with session_factory.begin() as session:
        landed = land_bank_file(session, content=content, name=name, as_of=as_of)
    if landed.file_id is None:
        with session_factory() as session:
            return _result(session, name, landed, Posting(), AllocationResult())
    posting = _post_in_chunks(session_factory, landed.file_id, as_of)
    with session_factory.begin() as session:
        taken_back = pair_reversals(session, as_of=as_of)
        customers = sorted(taken_back.customers.union(customers_paid_by_file(session, landed.file_id)))
    posting = replace(posting, reversed=taken_back.count, reversed_amount=taken_back.amount)
    allocations = 0
    for start in range(0, len(customers), _ALLOCATED_AT_ONCE):
        with session_factory.begin() as session:
            some = customers[start : start + _ALLOCATED_AT_ONCE]
            allocations += allocate(session, customer_ids=some, as_of=as_of).allocations
    with session_factory() as session:
        return _result(session, name, landed, posting, AllocationResult(allocations=allocations))


def _post_in_chunks(session_factory: sessionmaker[Session], file_id: int, as_of: datetime) -> Posting:
    """Post chunk by chunk; those another loader holds are skipped first and waited for at the end."""
    with session_factory() as session:
        chunks = pending_chunks(session, file_id=file_id)
    total, busy = Posting(), list[int]()

    def work(chosen: Iterable[int], *, wait: bool) -> None:
        nonlocal total
        for chunk in chosen:
            with session_factory.begin() as session:
                if lock_chunk(session, chunk, wait=wait):
                    total += post_chunk(session, chunk=chunk, as_of=as_of, file_id=file_id)
                else:
                    busy.append(chunk)

    work(chunks, wait=False)
    work(list(busy), wait=True)
    return total


def customers_paid_by_file(session: Session, file_id: int) -> list[int]:
    """Return the ids of the customers whose payments a file brought, ascending."""
    found: Sequence[int] = (
        session.execute(
            text("""select distinct p.customer_id from raw.bank_statements s
                join raw.bank_lines l on l.statement_id = s.id join operational.payments p on p.bank_line_id
                  = l.id
                where s.file_id = :file and p.customer_id is not null order by 1"""),
            {"file": file_id},
        )
        .scalars()
        .all()
    )
    return list(found)


def _result(
    session: Session, name: str, landed: Landing, posting: Posting, allocated: AllocationResult
) -> BankImportResult:
    not_posted: int = session.execute(
        text("""select count(*) from raw.bank_statements s join raw.bank_lines l on l.statement_id = s.id
                where s.file_id = :file and not exists (select from operational.ledger_transfers t
                  where t.idempotency_key = 'bank:' || l.business_key)"""),
        {"file": landed.file_id},
    ).scalar_one()
    return BankImportResult(
        name=name,
        not_posted=not_posted,
        allocations=allocated.allocations,
        **_fields(landed),
        **_fields(posting),
    )


def _fields(source: Landing | Posting) -> dict[str, Any]:
    return {item.name: getattr(source, item.name) for item in fields(source)}
