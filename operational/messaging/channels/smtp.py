"""E-mail by SMTP (RFC 5321): one connection for many messages, errors sorted into temporary and final.

Error texts of servers often repeat the address, so only the class and the code of an error are kept.
"""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from types import TracebackType
from typing import Self

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from operational.kernel.calendar import start_of_day
from operational.kernel.errors import DomainError
from operational.kernel.presentation import formatting as fmt
from operational.kernel.settings import Settings
from operational.messaging.outgoing import Outgoing
from operational.messaging.rules import message_id

_TIMEOUT_SECONDS = 30
_FINAL_CODES_FROM = 500
_PAGES = Environment(
    loader=PackageLoader("operational.messaging", "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class DeliveryFailed(DomainError):
    """A message did not go out; ``is_final`` tells whether trying again makes no sense."""

    def __init__(self, reason: str, *, is_final: bool) -> None:
        super().__init__("delivery_failed", reason)
        self.is_final = is_final


class SmtpChannel:
    """A connection to the SMTP server of the settings, opened at the first message."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        """Return the channel; the connection opens later."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye to the server."""
        self._close()

    def send(self, outgoing: Outgoing, pdf: bytes) -> None:
        """Send one document; raise DeliveryFailed without the address in its text."""
        message = compose(outgoing, pdf, self._settings)
        try:
            self._connected().send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = next((int(answer[0]) for answer in error.recipients.values()), 0)
            self._close()
            raise DeliveryFailed(
                f"recipient refused, code {code}", is_final=code >= _FINAL_CODES_FROM
            ) from None
        except smtplib.SMTPResponseException as error:
            self._close()
            # A refused log-in is the operator's fault, not the message's: keep trying.
            is_login = isinstance(error, smtplib.SMTPAuthenticationError)
            is_final = error.smtp_code >= _FINAL_CODES_FROM and not is_login
            raise DeliveryFailed(
                f"{type(error).__name__}, code {error.smtp_code}", is_final=is_final
            ) from None
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            raise DeliveryFailed(type(error).__name__, is_final=False) from None

    def _connected(self) -> smtplib.SMTP:
        if self._client is None:
            given = self._settings
            client = smtplib.SMTP(given.smtp_host, given.smtp_port, timeout=_TIMEOUT_SECONDS)
            if given.smtp_starttls:
                client.starttls(context=ssl.create_default_context())
            if given.smtp_user:
                client.login(given.smtp_user, given.smtp_password.get_secret_value())
            self._client = client
        return self._client

    def _close(self) -> None:
        if self._client is not None:
            try:
                self._client.quit()
            except (smtplib.SMTPException, OSError):
                self._client.close()
            self._client = None


def compose(outgoing: Outgoing, pdf: bytes, settings: Settings) -> EmailMessage:
    """Return the e-mail of a document: text and HTML in the customer's language, the PDF attached."""
    language = outgoing.language
    given = {
        "brand": settings.seller_brand,
        "seller": settings.seller_name,
        "address": settings.seller_address,
        "phone": settings.seller_phone,
        "language": language,
        "kind": outgoing.kind,
        "number": outgoing.number,
        "amount": fmt.money(abs(outgoing.gross_amount), language),
        "is_due": outgoing.gross_amount > 0,
        "due_date": fmt.civil_date(outgoing.due_date, "long", language),
        "period": fmt.day_range(outgoing.period_from, outgoing.period_to, language),
        "account": fmt.bank_account(outgoing.virtual_account),
    }
    message = EmailMessage()
    message["Message-ID"] = message_id(outgoing.number, settings.smtp_sender)
    message["Date"] = format_datetime(start_of_day(outgoing.issue_date))
    message["From"] = settings.smtp_sender
    message["To"] = outgoing.email
    message["Subject"] = _PAGES.get_template("document_subject.txt").render(given).strip()
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_PAGES.get_template("document.txt").render(given))
    message.add_alternative(_PAGES.get_template("document.html").render(given), subtype="html")
    name = f"{outgoing.number.replace('/', '-')}.pdf"
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
    return message
