"""Writes of templates: a new version of a text, and which version is in force. Nothing is ever changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.messaging.texts import BadTemplate, check_text

TEXT_CHANNELS = ("standard", "email", "sms", "ebok", "letter")
LANGUAGES = ("pl", "en")


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A text to save: for a template, a channel (`standard` serves e-mail, EBOK and letters), a language."""

    template_code: str
    channel: str
    language: str
    subject: str
    body: str
    note: str = ""


def save_version(session: Session, *, version: NewVersion) -> str:
    """Keep a new version of a text, not yet in force; return its public id.

    Raises BadTemplate: unknown template, channel or variable, a construct that is not allowed, or no change
    against the newest version.
    """
    # One save at a time of a template, so that version numbers have no double.
    session.execute(text("select pg_advisory_xact_lock(hashtext(:code))"), {"code": version.template_code})
    declared = session.execute(
        text("select variables from operational.message_templates where code = :code"),
        {"code": version.template_code},
    ).scalar()
    if declared is None or version.channel not in TEXT_CHANNELS or version.language not in LANGUAGES:
        raise BadTemplate(
            "template_unknown",
            "There is no such template, channel or language. Open the list and choose one.",
        )
    body = version.body.replace("\r\n", "\n").strip()
    subject = " ".join(version.subject.split())
    check_text(subject=subject, body=body, channel=version.channel, variables=declared)
    given = {
        "code": version.template_code, "channel": version.channel, "language": version.language,
        "subject": subject, "body": body, "note": version.note[:200],
    }  # fmt: skip
    newest = session.execute(
        text("""
            select subject, body from operational.message_template_versions
             where template_code = :code and channel = :channel and language = :language
             order by version_no desc limit 1"""),
        given,
    ).one_or_none()
    if newest is not None and tuple(newest) == (subject, body):
        raise BadTemplate(
            "template_unchanged", "The text is the same as the newest version. Change it first."
        )
    saved: object = session.execute(
        text("""
            insert into operational.message_template_versions
                   (template_code, channel, language, version_no, subject, body, note)
            select :code, :channel, :language, coalesce(max(version_no), 0) + 1, :subject, :body, :note
              from operational.message_template_versions
             where template_code = :code and channel = :channel and language = :language
            returning public_id"""),
        given,
    ).scalar_one()
    return str(saved)


def activate_version(session: Session, *, public_id: str, as_of: datetime) -> None:
    """Put a version in force for the messages sent from now on; raise BadTemplate when there is none."""
    done = session.execute(
        text("""
            insert into operational.message_template_activations (version_id, activated_at)
            select id, :as_of from operational.message_template_versions where public_id = :public_id
            returning id"""),
        {"public_id": public_id, "as_of": as_of},
    ).scalar()
    if done is None:
        raise BadTemplate("template_unknown", "There is no such version. Open the list and choose one.")
