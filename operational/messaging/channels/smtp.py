"""E-mail by SMTP (RFC 5321): one connection for many messages, errors sorted into temporary and final.

Error texts of servers often repeat the address, so only the class and the code of an error are kept.
"""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from operational.kernel.presentation import formatting as fmt
from operational.kernel.settings import Settings
from operational.messaging.outgoing import DeliveryFailed, Outgoing, Ready, Receipt
from operational.messaging.rules import mail_id
from operational.messaging.texts import Text

_TIMEOUT_SECONDS = 30
_FINAL_CODES_FROM = 500
_PAGES = Environment(
    loader=PackageLoader("operational.messaging", "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class SmtpChannel:
    """A connection to the SMTP server of the settings, opened at the first message."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: smtplib.SMTP | None = None

    def reference(self, outgoing: Outgoing) -> str:
        """Return the Message-ID."""
        return mail_id(outgoing.public_id, self._settings.smtp_sender)

    def send(self, ready: Ready) -> Receipt:
        """Send one message; raise DeliveryFailed without the address in its text."""
        message = compose(ready, self._settings)
        client = self._connected()
        try:
            client.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = next((int(answer[0]) for answer in error.recipients.values()), 0)
            self.close()
            is_bad = code >= _FINAL_CODES_FROM
            raise DeliveryFailed(
                f"recipient refused, code {code}", is_final=is_bad, is_address=is_bad
            ) from None
        except smtplib.SMTPResponseException as error:
            self.close()
            is_final = error.smtp_code >= _FINAL_CODES_FROM
            raise DeliveryFailed(
                f"{type(error).__name__}, code {error.smtp_code}", is_final=is_final
            ) from None
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            # The line broke while the message was on it: the server may have taken it.
            raise DeliveryFailed(type(error).__name__, is_uncertain=True) from None
        return Receipt(str(message["Message-ID"]))

    def _connected(self) -> smtplib.SMTP:
        if self._client is None:
            given = self._settings
            try:
                client = smtplib.SMTP(given.smtp_host, given.smtp_port, timeout=_TIMEOUT_SECONDS)
                if given.smtp_starttls:
                    client.starttls(context=ssl.create_default_context())
                if given.smtp_user:
                    client.login(given.smtp_user, given.smtp_password.get_secret_value())
            except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, ssl.SSLError) as error:
                raise DeliveryFailed(
                    type(error).__name__, stops_channel=True, is_configuration=True
                ) from None
            except (smtplib.SMTPException, OSError) as error:
                # Nothing was handed over; a refused log-in is the operator's fault, not the message's.
                raise DeliveryFailed(type(error).__name__, stops_channel=True) from None
            self._client = client
        return self._client

    def close(self) -> None:
        """Say goodbye to the server."""
        if self._client is not None:
            try:
                self._client.quit()
            except (smtplib.SMTPException, OSError):
                self._client.close()
            self._client = None


def compose(ready: Ready, settings: Settings) -> EmailMessage:
    """Return the e-mail: text and HTML in the customer's language, the PDFs attached."""
    outgoing, written = ready.outgoing, ready.text
    message = EmailMessage()
    message["Message-ID"] = mail_id(outgoing.public_id, settings.smtp_sender)
    message["Date"] = format_datetime(outgoing.created_at)
    message["From"] = settings.smtp_sender
    message["To"] = outgoing.address
    message["Subject"] = written.subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{written.body}\n\n-- \n{settings.seller_name}\n{settings.seller_address}\n")
    page = html(written, values=outgoing.variables, account=outgoing.virtual_account,
                language=outgoing.language, settings=settings)  # fmt: skip
    message.add_alternative(page, subtype="html")
    for file in ready.files:
        message.add_attachment(file.content, maintype="application", subtype="pdf", filename=file.name)
    return message


def html(written: Text, *, values: dict[str, Any], account: str, language: str, settings: Settings) -> str:
    """Return the HTML of a message: the text escaped, the amount and its day in a box when there is one."""
    from datetime import date
    from decimal import Decimal

    day = values.get("due_date") or values.get("pay_by")
    amount = values.get("amount")
    return _PAGES.get_template("mail.html").render(
        language=language,
        brand=settings.seller_brand,
        seller=settings.seller_name,
        address=settings.seller_address,
        phone=settings.seller_phone,
        subject=written.subject,
        paragraphs=[part.split("\n") for part in written.body.split("\n\n") if part.strip()],
        amount=fmt.money(Decimal(str(amount)), language) if amount and day else "",
        is_due=values.get("is_due", True),
        day=fmt.civil_date(date.fromisoformat(str(day)), "long", language) if day else "",
        account=fmt.bank_account(account),
    )
