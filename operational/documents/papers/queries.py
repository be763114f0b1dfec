"""Reads of paper templates, their versions, and papers that were made or received."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError

# What every paper may use without being given: the seller, the day, and the customer when there is one.
COMMON: dict[str, str] = {
    "seller.name": "text", "seller.brand": "text", "seller.address": "text", "seller.city": "text",
    "seller.nip": "tax", "seller.krs": "text", "seller.phone": "phone", "seller.email": "text",
    "seller.website": "text", "paper.date": "date",
    "customer.name": "text", "customer.number": "text?", "customer.address": "text?",
    "customer.mailing": "text?", "customer.nip": "tax?", "customer.pesel": "text?", "customer.regon": "text?",
    "customer.email": "text?", "customer.phone": "phone?", "customer.account": "account?",
}  # fmt: skip


class PaperNotFound(DomainError):
    """There is no such paper, template or version."""


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A template in the list: how many versions it has, when and by whom the one in force was put there."""

    code: str
    name_pl: str
    name_en: str
    subject_kind: str
    versions: int
    activated_at: datetime | None
    activated_by: str | None
    papers: int


@dataclass(frozen=True, slots=True)
class Template:
    """A template and the names its texts may use beside the common ones (name -> kind)."""

    code: str
    name_pl: str
    name_en: str
    subject_kind: str
    variables: dict[str, str]

    @property
    def known(self) -> dict[str, str]:
        """Return all names with their kinds."""
        return {**COMMON, **self.variables}


@dataclass(frozen=True, slots=True)
class Version:
    """One saved text of a template; ``is_active`` marks the one in force."""

    id: int
    public_id: str
    template_code: str
    language: str
    version_no: int
    title: str
    body: str
    note: str
    is_delivered: bool
    created_at: datetime
    created_by: str
    activated_at: datetime | None
    activated_by: str | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper in a list; the file itself is read by `paper_file`."""

    id: int
    public_id: str
    kind: str
    name_pl: str
    name_en: str
    direction: str
    customer_id: int | None
    subject_kind: str
    subject_id: int
    title: str
    language: str
    paper_date: date
    version_no: int | None
    content_sha256: str
    has_original: bool
    file_name: str
    note: str
    created_at: datetime
    created_by: str


def templates(session: Session) -> list[TemplateRow]:
    """Return all templates in their order."""
    rows = session.execute(
        text("""
            select t.code, t.name_pl, t.name_en, t.subject_kind, coalesce(v.versions, 0) as versions,
                   a.activated_at, a.activated_by, coalesce(p.papers, 0) as papers
              from operational.paper_templates t
              left join (
                select template_code, count(*) as versions
                  from operational.paper_template_versions group by template_code) v
                on v.template_code = t.code
              left join lateral (
                select x.activated_at, x.activated_by from operational.paper_template_activations x
                  join operational.paper_template_versions y on y.id = x.version_id
                 where y.template_code = t.code order by x.id desc limit 1) a on true
              left join (
                select kind, count(*) as papers from operational.papers
                 where direction = 'outgoing' group by kind) p
                on p.kind = t.code
             order by t.sort_order, t.code""")
    )
    return [TemplateRow(**row._mapping) for row in rows]


def template(session: Session, *, code: str) -> Template:
    """Return one template; raise PaperNotFound."""
    row = session.execute(
        text("""
            select code, name_pl, name_en, subject_kind, variables
              from operational.paper_templates where code = :code"""),
        {"code": code},
    ).one_or_none()
    if row is None:
        raise PaperNotFound(
            "paper_not_found", f"There is no paper template {code!r}. Open the list of templates."
        )
    return Template(**row._mapping)


def versions(session: Session, *, code: str, language: str) -> list[Version]:
    """Return the versions of a template in one language, newest first."""
    rows = session.execute(
        text("""
            with given as (
              select v.id, v.public_id::text as public_id, v.template_code, v.language, v.version_no, v.title,
                     v.body, v.note, v.is_delivered, v.created_at, v.created_by, a.activated_at,
                     a.activated_by, a.id as activation_id
                from operational.paper_template_versions v
                left join lateral (
                  select * from operational.paper_template_activations x
                   where x.version_id = v.id order by x.id desc limit 1) a on true
               where v.template_code = :code and v.language = :language)
            select id, public_id, template_code, language, version_no, title, body, note, is_delivered,
                   created_at, created_by, activated_at, activated_by,
                   coalesce(activation_id = (select max(activation_id) from given), false) as is_active
              from given order by version_no desc"""),
        {"code": code, "language": language},
    )
    return [Version(**row._mapping) for row in rows]


_PAPERS = """
    select p.id, p.public_id::text as public_id, p.kind, coalesce(t.name_pl, '') as name_pl,
           coalesce(t.name_en, '') as name_en, p.direction, p.customer_id, p.subject_kind, p.subject_id,
           p.title, p.language, p.paper_date, v.version_no, p.content_sha256,
           p.original is not null as has_original, p.file_name, p.note, p.created_at, p.created_by
      from operational.papers p
      left join operational.paper_templates t on t.code = p.kind
      left join operational.paper_template_versions v on v.id = p.template_version_id
     where {condition} order by p.id desc offset :offset limit :limit"""


def papers_of(session: Session, *, subject_kind: str, subject_id: int, limit: int = 200) -> list[PaperRow]:
    """Return the papers of one record (an offer, a contract, a complaint), newest first."""
    given = {"kind": subject_kind, "id": subject_id, "offset": 0, "limit": limit}
    statement = text(_PAPERS.format(condition="p.subject_kind = :kind and p.subject_id = :id"))
    return [PaperRow(**row._mapping) for row in session.execute(statement, given)]


def papers_of_customer(
    session: Session, *, customer_id: int, offset: int = 0, limit: int = 200
) -> list[PaperRow]:
    """Return the papers of a customer, newest first."""
    given = {"id": customer_id, "offset": offset, "limit": limit}
    statement = text(_PAPERS.format(condition="p.customer_id = :id"))
    return [PaperRow(**row._mapping) for row in session.execute(statement, given)]


def paper(session: Session, *, public_id: str) -> PaperRow:
    """Return one paper without its file; raise PaperNotFound."""
    statement = text(_PAPERS.format(condition="p.public_id = cast(:public_id as uuid)"))
    row = session.execute(statement, {"public_id": public_id, "offset": 0, "limit": 1}).one_or_none()
    if row is None:
        raise PaperNotFound("paper_not_found", "There is no such paper. Open the list of papers again.")
    return PaperRow(**row._mapping)


def paper_file(session: Session, *, public_id: str) -> bytes:
    """Return the PDF of a paper; raise PaperNotFound. Row-level security of the session's role holds."""
    found = session.execute(
        text("select pdf from operational.papers where public_id = cast(:public_id as uuid)"),
        {"public_id": public_id},
    ).scalar()
    if found is None:
        raise PaperNotFound("paper_not_found", "There is no such paper. Open the list of papers again.")
    return bytes(found)


def original_file(session: Session, *, public_id: str) -> tuple[bytes, str]:
    """Return a received picture as it came and its media type; raise PaperNotFound."""
    row = session.execute(
        text("""
            select original, original_type from operational.papers
             where public_id = cast(:public_id as uuid) and original is not null"""),
        {"public_id": public_id},
    ).one_or_none()
    if row is None:
        raise PaperNotFound("paper_not_found", "There is no such file. Open the list of papers again.")
    return bytes(row.original), str(row.original_type)
