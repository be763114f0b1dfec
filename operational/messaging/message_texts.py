"""A message as the customer reads it: the text of the version it was sent with, or of the one in force."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.settings import get_settings
from operational.messaging.texts import Text, common_values, render


def written(session: Session, *, public_id: str) -> Text | None:
    """Return the text of a message; None when there is no text or it was a secret that is forgotten."""
    row = session.execute(
        text("""
            select m.variables, m.language, m.status, t.variables as declared, t.is_secret, v.subject, v.body,
                   c.name, c.customer_number, c.virtual_account
              from operational.messages m
              join operational.message_templates t on t.code = m.template_code
              join operational.customers c on c.id = m.customer_id
              join operational.message_template_versions v
                on v.id = coalesce(m.version_id,
                                   operational.active_message_version(m.template_code, m.channel, m.language))
             where m.public_id = :id"""),
        {"id": public_id},
    ).one_or_none()
    if row is None or row.is_secret:
        return None
    values = {
        **common_values(get_settings()), **row.variables, "customer_name": row.name,
        "customer_number": row.customer_number, "account": row.virtual_account,
    }  # fmt: skip
    return render(
        subject=row.subject, body=row.body, declared=row.declared, values=values, language=row.language
    )
