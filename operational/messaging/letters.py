"""Batches of letters: what is claimed together is printed together, once; a reprint is a batch of its own.

The PDF, the index and the marks on the messages are one transaction, so a killed run leaves nothing half
done. The copy for the printer is written after the commit, and again by the next run when it is missing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.documents.rendering import render_batch
from operational.kernel.calendar import civil_day
from operational.kernel.errors import DomainError
from operational.kernel.presentation import formatting as fmt
from operational.messaging import queue
from operational.messaging.channels import letters as paper
from operational.messaging.outgoing import Outgoing

LETTERS_PER_BATCH = 1000
_PER_DRAWING = 300
_LOCK = 7_401_010
Part = tuple[bytes, int, int]


class ReprintRefused(DomainError):
    """A batch cannot be printed again: no reason given, or a letter that is not in it."""


@dataclass(frozen=True, slots=True)
class _Printed:
    """A letter with its pages in some drawn PDF."""

    outgoing: Outgoing
    parts: tuple[Part, ...]

    @property
    def pages(self) -> int:
        return sum(part[2] for part in self.parts)


def print_batches(
    session_factory: Callable[[], Session], *, common: Mapping[str, str], as_of: datetime, limit: int
) -> dict[str, int]:
    """Print the letters that are due; return letters per batch name."""
    done: dict[str, int] = {}
    left = limit
    while left > 0:
        with session_factory() as session, session.begin():
            session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            claimed = queue.claim(session, channel="letter", as_of=as_of, limit=min(left, LETTERS_PER_BATCH))
            made = _print(session, claimed, common, as_of) if claimed else None
        left -= max(len(claimed), 1)
        if not claimed:
            break
        if made is not None:
            done[made[0]] = made[1]
    with session_factory() as session:
        _copy_missing(session, as_of)
    return done


def _print(
    session: Session, claimed: Sequence[Outgoing], common: Mapping[str, str], as_of: datetime
) -> tuple[str, int] | None:
    ready = []
    for outgoing in claimed:
        if outgoing.version_id is None and not _is_document(outgoing):
            queue.give_up(
                session, message_id=outgoing.message_id, kind="refused", may_replace=False, as_of=as_of,
                reason=f"no text of {outgoing.template_code} for letters",
            )  # fmt: skip
        else:
            ready.append(outgoing)
    if not ready:
        return None
    printed = _draw(session, ready, common, as_of)
    rows, place = [], 1
    for position, one in enumerate(printed, start=1):
        letter = one.outgoing
        rows.append(paper.IndexRow(
            position, place, one.pages, letter.public_id, letter.template_code, _service(letter),
            letter.number,
            letter.customer_number, letter.name, letter.street_line, letter.city_line,
        ))  # fmt: skip
        place += one.pages
    content = paper.merge([part for one in printed for part in one.parts])
    files = paper.Files(content, paper.index(rows))
    name = _name(session, as_of)
    message_ids = [one.outgoing.message_id for one in printed]
    _keep(session, name, files, rows, message_ids=message_ids, as_of=as_of)
    for one in printed:
        queue.mark_sent(session, outgoing=one.outgoing, reference=name, address="", detail=name, as_of=as_of)
    return name, len(printed)


def _service(outgoing: Outgoing) -> str:
    """Return how the post carries the letter: registered when the room that asked wants proof of delivery."""
    return "registered" if outgoing.refs.get("is_registered") == "true" else "ordinary"


def _is_document(outgoing: Outgoing) -> bool:
    """Tell whether the document itself is the letter."""
    return outgoing.template_code.startswith("document.") and outgoing.document_id is not None


def _draw(
    session: Session, ready: Sequence[Outgoing], common: Mapping[str, str], as_of: datetime
) -> list[_Printed]:
    """Draw documents and text letters in bulk, and give each letter its pages in the order of the queue."""
    from operational.messaging.delivery import files_of

    parts: dict[int, list[Part]] = {one.message_id: [] for one in ready}
    written = [one for one in ready if not _is_document(one)]
    for chunk in _chunks(written):
        content, pages = paper.draw([_letter(one, common, as_of) for one in chunk], moment=as_of)
        for one, (first, count) in zip(chunk, pages, strict=True):
            parts[one.message_id].append((content, first, count))
    for chunk in _chunks([one for one in ready if _is_document(one)]):
        drawn = render_batch(session, document_ids=[int(one.document_id or 0) for one in chunk])
        for one, (first, count) in zip(chunk, drawn.pages, strict=True):
            parts[one.message_id].append((drawn.content, first, count))
    for one in written:
        for file in files_of(session, one):
            parts[one.message_id].append((file.content, 1, paper.page_count(file.content)))
    return [_Printed(one, tuple(parts[one.message_id])) for one in ready]


def _chunks(rows: Sequence[Outgoing]) -> list[Sequence[Outgoing]]:
    return [rows[at : at + _PER_DRAWING] for at in range(0, len(rows), _PER_DRAWING)]


def _letter(outgoing: Outgoing, common: Mapping[str, str], as_of: datetime) -> dict[str, object]:
    written = outgoing.text(dict(common))
    day = fmt.civil_date(civil_day(as_of), "long", outgoing.language)
    number = "Customer number" if outgoing.language == "en" else "Numer klienta"
    return {
        "language": outgoing.language,
        "brand": common["brand"],
        "place": day,
        "recipient": [outgoing.name, outgoing.street_line, outgoing.city_line],
        "reference": f"{number}: {outgoing.customer_number}",
        "subject": written.subject,
        "paragraphs": [part.split("\n") for part in written.body.split("\n\n") if part.strip()],
        "signature": common["seller"],
        "footer": f"{common['seller']}, {common['seller_address']}, {common['seller_phone']}",
    }


def _name(session: Session, as_of: datetime) -> str:
    """Return the next name of the day: letters-20260715-01."""
    start = f"letters-{civil_day(as_of):%Y%m%d}-"
    count: int = session.execute(
        text("select count(*) from operational.letter_batches where name like :start"), {"start": f"{start}%"}
    ).scalar_one()
    return f"{start}{count + 1:02d}"


def _keep(
    session: Session, name: str, files: paper.Files, rows: Sequence[paper.IndexRow], *,
    message_ids: Sequence[int], as_of: datetime, reprint_of: int | None = None, reason: str = "",
) -> int:  # fmt: skip
    made: int = session.execute(
        text("""
            insert into operational.letter_batches (name, made_at, letters, pages, pdf, index_csv, pdf_sha256,
                   index_sha256, reprint_of, reason)
            values (:name, :as_of, :letters, :pages, :pdf, :index, :pdf_sha, :index_sha, :reprint_of, :reason)
            returning id"""),
        {
            "name": name, "as_of": as_of, "letters": len(rows), "pages": sum(row.pages for row in rows),
            "pdf": files.pdf, "index": files.index_csv, "pdf_sha": sha256(files.pdf).digest(),
            "index_sha": sha256(files.index_csv).digest(), "reprint_of": reprint_of, "reason": reason,
        },
    ).scalar_one()  # fmt: skip
    session.execute(
        text("""
            insert into operational.letter_batch_items (batch_id, position, message_id, page_from, pages)
            values (:batch_id, :position, :message_id, :page_from, :pages)"""),
        [
            {
                "batch_id": made, "position": row.position, "message_id": message_id,
                "page_from": row.page_from, "pages": row.pages,
            }
            for row, message_id in zip(rows, message_ids, strict=True)
        ],
    )  # fmt: skip
    return made


def reprint(
    session: Session, *, batch_id: int, reason: str, as_of: datetime, positions: Sequence[int] = ()
) -> str:
    """Make a new batch of a batch's letters (all, or those at ``positions``); return its name.

    The pages are those of the first print, byte for byte the same pages. Raise ReprintRefused.
    """
    session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    source = session.execute(
        text("select pdf, index_csv from operational.letter_batches where id = :id"), {"id": batch_id}
    ).one_or_none()
    items = session.execute(
        text("""
            select position, message_id, page_from, pages from operational.letter_batch_items
             where batch_id = :id order by position"""),
        {"id": batch_id},
    ).all()
    chosen = [item for item in items if not positions or item.position in positions]
    if source is None or not reason.strip() or not chosen or len(chosen) < len(set(positions)):
        raise ReprintRefused(
            "letter_reprint", "Give a reason and letters that are in the batch. Reload the page of the batch."
        )
    old = {row.position: row for row in paper.read_index(bytes(source.index_csv))}
    rows, place = [], 1
    for position, item in enumerate(chosen, start=1):
        rows.append(old[item.position].moved(position, place))
        place += item.pages
    pdf = bytes(source.pdf)
    content = paper.merge([(pdf, item.page_from, item.pages) for item in chosen])
    name = _name(session, as_of)
    _keep(
        session, name, paper.Files(content, paper.index(rows)), rows,
        message_ids=[item.message_id for item in chosen], as_of=as_of, reprint_of=batch_id,
        reason=reason.strip()[:200],
    )  # fmt: skip
    return name


def _copy_missing(session: Session, as_of: datetime) -> None:
    """Write the copies for the printer that are not there: of batches since the day before, each once."""
    rows = session.execute(
        text("select name from operational.letter_batches where made_at > :since and made_at <= :as_of"),
        {"since": as_of - timedelta(days=1), "as_of": as_of},
    )
    for name in [str(row.name) for row in rows]:
        if not paper.is_copied(name):
            found = session.execute(
                text("select pdf, index_csv from operational.letter_batches where name = :name"),
                {"name": name},
            ).one()
            paper.write_copy(name, paper.Files(bytes(found.pdf), bytes(found.index_csv)))
