"""A message on its way to a customer, and how a channel answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from operational.kernel.errors import DomainError
from operational.messaging.texts import Text, render


@dataclass(frozen=True, slots=True)
class File:
    """A PDF that goes with a message."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What every channel needs to know of one message; the text is rendered from `subject` and `body`."""

    message_id: int
    public_id: str
    key: str
    template_code: str
    channel: str
    language: str
    customer_id: int
    document_id: int | None
    number: str
    variables: dict[str, Any]
    declared: dict[str, str]
    files: list[dict[str, str]]
    attaches_document: bool
    is_secret: bool
    recipient: str
    refs: dict[str, str]
    attempts: int
    created_at: datetime
    issue_date: date | None
    version_id: int | None
    subject: str
    body: str
    customer_number: str
    name: str
    email: str
    phone: str
    virtual_account: str
    street_line: str
    city_line: str
    doubt_since: datetime | None

    @property
    def address(self) -> str:
        """Return where the message goes: the one it came with, else the one in the customer's file."""
        own = {"email": self.email, "sms": self.phone}.get(self.channel, "")
        return (self.recipient or own).strip()

    def values(self, common: dict[str, str]) -> dict[str, Any]:
        """Return the variables with what every text may use."""
        return {
            **common,
            "customer_name": self.name,
            "customer_number": self.customer_number,
            "account": self.virtual_account,
            **self.variables,
        }

    def text(self, common: dict[str, str]) -> Text:
        """Return the message as the customer will read it."""
        return render(
            subject=self.subject,
            body=self.body,
            declared=self.declared,
            values=self.values(common),
            language=self.language,
        )


class DeliveryFailed(DomainError):
    """A message did not go out, or nobody knows whether it did (``is_uncertain``).

    ``is_final``: trying again makes no sense. ``is_address``: the address itself is bad.
    ``stops_channel``: the fault is the server's, so the others need not be tried now.
    ``is_configuration``: a person has to mend our account or settings; waiting alone does not help.
    """

    def __init__(
        self,
        reason: str,
        *,
        is_final: bool = False,
        is_address: bool = False,
        is_uncertain: bool = False,
        stops_channel: bool = False,
        is_configuration: bool = False,
    ) -> None:
        super().__init__("delivery_failed", reason)
        self.is_final = is_final
        self.is_address = is_address
        self.is_uncertain = is_uncertain
        self.stops_channel = stops_channel
        self.is_configuration = is_configuration


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server said when it took a message: its reference, and whether it had taken it before."""

    reference: str
    was_known: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """A message with its text rendered and its files read."""

    outgoing: Outgoing
    text: Text
    files: Sequence[File] = ()
