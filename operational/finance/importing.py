"""Importing a bank file: land it, post it, take back what the bank reversed, clear refunds, allocate."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from operational.finance.allocation import allocate
from operational.finance.chain import link_statements
from operational.finance.landing import land_bank_file, refuse_large_bank_file
from operational.finance.matching import match_suspense
from operational.finance.posting import lock_chunk, pending_chunks, post_chunk
from operational.finance.refunds_paid import clear_refunds
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


def import_bank_path(session: Session, *, path: Path, name: str, as_of: datetime) -> BankImportResult:
    """Import a bank file from a folder: as ``import_bank_file``, but a file above the size limit is refused
    without being read. The scheduled import, the inbox and ``iris ingest bank`` come this way.
    """
    refused = refuse_large_bank_file(session, path=path, name=name, as_of=as_of)
    if refused is not None:
        return _result(session, name, refused, Posting(), AllocationResult())
    return import_bank_file(session, content=path.read_bytes(), name=name, as_of=as_of)


def post_payments(session: Session, *, as_of: datetime, file_id: int | None = None) -> Posting:
    """Post all lines still waiting (of one file, or of all) in the caller's transaction; allocate separately.

    Posts nothing twice, also when another loader is at it: each waits for the other's chunk of lines.
    """
    return _post(session, as_of, file_id)[0]


def post_files(session: Session, *, file_ids: Iterable[int], as_of: datetime) -> Posting:
    """Post what may be posted now of some files and allocate it; for files whose gap was closed or let
    pass."""
    total, customers = Posting(), set[int]()
    for file_id in file_ids:
        posting, again_open = _post(session, as_of, file_id)
        customers.update(again_open, customers_paid_by_file(session, file_id))
        total += posting
    allocate(session, customer_ids=sorted(customers), as_of=as_of)
    return total


def _post(session: Session, as_of: datetime, file_id: int | None) -> tuple[Posting, frozenset[int]]:
    """Post, take back and match; return counts, and the customers whose items changed."""
    freed = link_statements(session, as_of=as_of)
    files = sorted({*freed, *([] if file_id is None else [file_id])})
    total, paid = Posting(), set[int]()
    for one in [None] if file_id is None else files:
        for chunk in pending_chunks(session, file_id=one):
            lock_chunk(session, chunk, wait=True)
            total += post_chunk(session, chunk=chunk, as_of=as_of, file_id=one)
    for one in files:
        paid.update(customers_paid_by_file(session, one))
    taken_back = pair_reversals(session, as_of=as_of, also_lock=paid)
    refunds_paid = clear_refunds(session, as_of=as_of)
    matched = match_suspense(session, file_ids=files, as_of=as_of)
    total = replace(
        total,
        posted=total.posted + matched.count,
        posted_amount=total.posted_amount + matched.amount,
        suspense=total.suspense - matched.count,
        suspense_amount=total.suspense_amount - matched.amount,
        reversed=taken_back.count,
        reversed_amount=taken_back.amount,
        refunds_paid=refunds_paid,
    )
    return total, taken_back.customers | matched.customers | frozenset(paid)


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
    with session_factory.begin() as session:
        link_statements(session, as_of=as_of)
    posting = _post_in_chunks(session_factory, landed.file_id, as_of)
    with session_factory.begin() as session:
        # Also files that waited for this one; nothing of it is left unless another loader was faster.
        rest, again_open = _post(session, as_of, landed.file_id)
        customers = sorted(again_open.union(customers_paid_by_file(session, landed.file_id)))
    posting += rest
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
    held: int = session.execute(
        text("""select count(*) from operational.statement_links k
                join raw.bank_statements s on s.id = k.statement_id
                where s.file_id = :file and k.state = 'held'"""),
        {"file": landed.file_id},
    ).scalar_one()
    return BankImportResult(
        name=name,
        not_posted=not_posted,
        held=held,
        allocations=allocated.allocations,
        **_fields(landed),
        **_fields(posting),
    )


def _fields(source: Landing | Posting) -> dict[str, Any]:
    return {item.name: getattr(source, item.name) for item in fields(source)}
