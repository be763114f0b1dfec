"""Writes of papers: fill a template to PDF, save and activate versions of texts, load the delivered ones.

Papers and versions are only added: a paper is what was given to somebody, with the version of its text.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.documents.papers import delivered, markup, queries
from operational.documents.papers.drawing import drawn, filled
from operational.documents.papers.markup import BadPaperText
from operational.kernel.errors import DomainError

LANGUAGES = ("pl", "en")


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that was kept: its PDF and the SHA-256 of it."""

    id: int
    public_id: str
    title: str
    pdf: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Text:
    """A title and a text to fill, of a version or not saved yet (``version_id`` None)."""

    template: queries.Template
    language: str
    title: str
    body: str
    version_id: int | None = None


def fill(
    session: Session, *, template: str, language: str, values: Mapping[str, object], customer_id: int | None,
    subject_kind: str, subject_id: int, title: str, as_of: date,
) -> Paper:  # fmt: skip
    """Fill a template with values, keep the PDF and return it; raise MissingValue naming what lacks.

    ``values`` are by dotted name or nested ({"contract": {"number": ..}}, {"points": [{"code": ..}]}); what
    the text does not use is left out. The seller, the day (``as_of``) and, with ``customer_id``, the
    customer's data come by themselves. ``title`` names the paper in lists; empty takes the title on it.
    """
    found = _in_force(session, code=template, language=language)
    known = {**customer_values(session, customer_id=customer_id, day=as_of), **values}
    content, heading = drawn(found.template, (found.title, found.body), known, language=language, day=as_of)
    row = session.execute(
        text("""
            insert into operational.papers
                   (kind, direction, customer_id, subject_kind, subject_id, template_version_id, language,
                    title, paper_date, content_sha256, pdf)
            values (:kind, 'outgoing', :customer_id, :subject_kind, :subject_id, :version_id, :language,
                    :title, :day, :sha256, :pdf)
            returning id, public_id::text as public_id"""),
        {
            "kind": template, "customer_id": customer_id, "subject_kind": subject_kind,
            "subject_id": subject_id, "version_id": found.version_id, "language": language,
            "title": (title or heading)[:300], "day": as_of, "pdf": content,
            "sha256": hashlib.sha256(content).hexdigest(),
        },
    ).one()  # fmt: skip
    return Paper(row.id, row.public_id, title or heading, content, hashlib.sha256(content).hexdigest())


def preview(
    session: Session, *, given: Text, values: Mapping[str, object], customer_id: int | None, as_of: date
) -> bytes:
    """Return the PDF of a text that may not be saved yet, and keep nothing.

    Raises BadPaperText, MissingValue.
    """
    known = _checked(session, given, values, customer_id, as_of)
    return drawn(given.template, (given.title, given.body), known, language=given.language, day=as_of)[0]


def preview_blocks(
    session: Session, *, given: Text, values: Mapping[str, object], customer_id: int | None, as_of: date
) -> tuple[str, list[dict[str, Any]]]:
    """Return the heading and the filled blocks of a text that may not be saved yet, as in its PDF."""
    known = _checked(session, given, values, customer_id, as_of)
    return filled(given.template, (given.title, given.body), known, language=given.language, day=as_of)


def _checked(
    session: Session, given: Text, values: Mapping[str, object], customer_id: int | None, day: date
) -> dict[str, Any]:
    markup.check(title=given.title, body=given.body, known=set(given.template.known))
    return {**values, **customer_values(session, customer_id=customer_id, day=day)}


def _in_force(session: Session, *, code: str, language: str) -> Text:
    """Return the text in force; the delivered ones are loaded when there is none yet."""
    if language not in LANGUAGES:
        raise DomainError("paper_language", f"There are no papers in {language!r}. Choose pl or en.")
    given = {"code": code, "language": language}
    statement = text("""
        select id, title, body from operational.paper_template_versions
         where id = operational.active_paper_version(:code, :language)""")
    row = session.execute(statement, given).one_or_none()
    if row is None:
        load_delivered(session)
        row = session.execute(statement, given).one_or_none()
    found = queries.template(session, code=code)
    if row is None:
        raise queries.PaperNotFound(
            "paper_not_found", f"No text of the paper {code!r} is in force. Put a version of it in force."
        )
    return Text(found, language, row.title, row.body, row.id)


def customer_values(session: Session, *, customer_id: int | None, day: date) -> dict[str, Any]:
    """Return what every paper may say of a customer on a day; nothing without one."""
    if customer_id is None:
        return {}
    row = session.execute(
        text("""
            select c.name, c.customer_number, c.nip, c.pesel, c.regon, c.email, c.phone, c.virtual_account,
                   a.street || ' ' || a.building || case when a.flat <> '' then '/' || a.flat else '' end
                     || E'\n' || a.postal_code || ' ' || a.city as address,
                   m.street || ' ' || m.building || case when m.flat <> '' then '/' || m.flat else '' end
                     || ', ' || m.postal_code || ' ' || m.city as mailing
              from operational.customers c join operational.addresses a on a.id = c.address_id
              left join operational.addresses m
                on m.id = operational.mailing_address(c.id, :day, 'correspondence')
             where c.id = :id"""),
        {"id": customer_id, "day": day},
    ).one()
    return {
        "customer.name": row.name, "customer.number": row.customer_number, "customer.address": row.address,
        "customer.mailing": row.mailing, "customer.nip": row.nip, "customer.pesel": row.pesel,
        "customer.regon": row.regon, "customer.email": row.email, "customer.phone": row.phone,
        "customer.account": row.virtual_account,
    }  # fmt: skip


def save_version(session: Session, *, code: str, language: str, title: str, body: str, note: str = "") -> str:
    """Keep a new version of a text, not yet in force; return its public id.

    Raises BadPaperText: a mark or name that is not known, or no change against the newest version.
    """
    found = queries.template(session, code=code)
    if language not in LANGUAGES:
        raise DomainError("paper_language", f"There are no papers in {language!r}. Choose pl or en.")
    title, body = " ".join(title.split()), body.replace("\r\n", "\n").strip()
    markup.check(title=title, body=body, known=set(found.known))
    _lock(session)
    newest = next(iter(queries.versions(session, code=code, language=language)), None)
    if newest is not None and (newest.title, newest.body) == (title, body):
        raise BadPaperText("paper_unchanged", "The text is the same as the newest version. Change it first.")
    return _insert_version(session, (code, language), (title, body), note[:200], is_delivered=False)


def _insert_version(
    session: Session, place: tuple[str, str], words: tuple[str, str], note: str, *, is_delivered: bool
) -> str:
    saved: object = session.execute(
        text("""
            insert into operational.paper_template_versions
                   (template_code, language, version_no, title, body, note, is_delivered)
            select :code, :language, coalesce(max(version_no), 0) + 1, :title, :body, :note, :is_delivered
              from operational.paper_template_versions where template_code = :code and language = :language
            returning public_id::text"""),
        {
            "code": place[0], "language": place[1], "title": words[0], "body": words[1], "note": note,
            "is_delivered": is_delivered,
        },
    ).scalar_one()  # fmt: skip
    return str(saved)


def activate_version(session: Session, *, public_id: str) -> None:
    """Put a version in force for papers made from now on; raise PaperNotFound."""
    done = session.execute(
        text("""
            insert into operational.paper_template_activations (version_id)
            select id from operational.paper_template_versions where public_id = cast(:public_id as uuid)
            returning id"""),
        {"public_id": public_id},
    ).scalar()
    if done is None:
        raise queries.PaperNotFound(
            "paper_not_found", "There is no such version. Open the list of templates."
        )


def _lock(session: Session) -> None:
    """Let one save at a time number its version."""
    session.execute(text("select pg_advisory_xact_lock(7401018)"))


def is_loaded(session: Session) -> bool:
    """Tell whether the delivered templates are there."""
    return bool(session.execute(text("select exists (select from operational.paper_templates)")).scalar())


def load_delivered(session: Session) -> dict[str, int]:
    """Load the templates of `data/`; running it again changes nothing; return how many of each were written.

    A text that was delivered anew becomes a version; it comes into force by itself only where the supplier
    has not put a text of its own in force.
    """
    _lock(session)
    counts = {"templates": 0, "versions": 0, "activated": 0}
    for entry in delivered.templates():
        counts["templates"] += len(
            session.execute(
                text("""
                    insert into operational.paper_templates
                           (code, name_pl, name_en, subject_kind, variables, sort_order)
                    values (:code, :name_pl, :name_en, :subject_kind, cast(:variables as jsonb), :sort_order)
                    on conflict (code) do update
                       set name_pl = excluded.name_pl, name_en = excluded.name_en,
                           subject_kind = excluded.subject_kind, variables = excluded.variables,
                           sort_order = excluded.sort_order
                     where (paper_templates.name_pl, paper_templates.name_en, paper_templates.subject_kind,
                            paper_templates.variables, paper_templates.sort_order)
                           is distinct from (excluded.name_pl, excluded.name_en, excluded.subject_kind,
                             excluded.variables, excluded.sort_order)
                    returning code"""),
                entry.row,
            ).all()
        )
        for language in LANGUAGES:
            _load_text(session, entry, language, counts)
    return counts


def _load_text(session: Session, entry: delivered.Delivered, language: str, counts: dict[str, int]) -> None:
    title, body = entry.texts[language]
    known = queries.versions(session, code=entry.code, language=language)
    if any((row.title, row.body) == (title, body) for row in known if row.is_delivered):
        return
    markup.check(title=title, body=body, known={*queries.COMMON, *entry.variables})
    public_id = _insert_version(
        session, (entry.code, language), (title, body), "delivered with IRIS", is_delivered=True
    )
    counts["versions"] += 1
    if all(row.is_delivered for row in known if row.is_active):
        activate_version(session, public_id=public_id)
        counts["activated"] += 1
