"""Reads of the portal under the role iris_ebok: the customer's notices with their texts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.settings import Settings
from operational.messaging.texts import Text, common_values, render

_NOTICES = """
    select m.id, m.public_id::text as public_id, m.sent_at, m.variables, m.language, t.variables as declared,
           t.code, v.subject, v.body, c.name, c.customer_number, c.virtual_account, r.read_at,
           d.public_id::text as document_public_id, d.number as document_number
      from operational.messages m
      join operational.message_templates t on t.code = m.template_code
      join operational.message_template_versions v on v.id = m.version_id
      join operational.customers c on c.id = m.customer_id
      left join operational.documents d on d.id = m.document_id
      left join operational.notice_reads r on r.message_id = m.id
     where m.customer_id = :customer_id"""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice of the portal; ``read_at`` is empty until the customer opens it."""

    id: int
    public_id: str
    template_code: str
    sent_at: datetime
    read_at: datetime | None
    text: Text
    document_public_id: str | None
    document_number: str | None


def notices(
    session: Session, *, customer_id: int, settings: Settings, offset: int = 0, limit: int = 25
) -> list[Notice]:
    """Return the customer's notices, newest first, as they were worded when they were given."""
    rows = session.execute(
        text(f"{_NOTICES} order by m.sent_at desc, m.id desc offset :offset limit :limit"),
        {"customer_id": customer_id, "offset": offset, "limit": limit},
    )
    return [_notice(row._mapping, settings) for row in rows]


def notice(session: Session, *, customer_id: int, public_id: str, settings: Settings) -> Notice | None:
    """Return one own notice by the id in its address; None for anything else."""
    try:
        wanted = UUID(public_id)
    except ValueError:
        return None
    row = session.execute(
        text(f"{_NOTICES} and m.public_id = :public_id"), {"customer_id": customer_id, "public_id": wanted}
    ).one_or_none()
    return None if row is None else _notice(row._mapping, settings)


def _notice(row: object, settings: Settings) -> Notice:
    given = dict(row)  # type: ignore[call-overload]
    values = {
        **common_values(settings), **given["variables"], "customer_name": given["name"],
        "customer_number": given["customer_number"], "account": given["virtual_account"],
    }  # fmt: skip
    written = render(
        subject=given["subject"], body=given["body"], declared=given["declared"], values=values,
        language=given["language"],
    )  # fmt: skip
    return Notice(
        given["id"], given["public_id"], given["code"], given["sent_at"], given["read_at"], written,
        given["document_public_id"], given["document_number"],
    )  # fmt: skip
