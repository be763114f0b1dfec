"""Pure rules of delivery: how long to wait after a failure and what identifies a message on its way."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """How a channel is used (table message_channel_rules).

    ``known_hours``: how long the provider recognises a message sent twice.
    """

    channel: str
    per_minute: int
    most_attempts: int
    first_wait_seconds: int
    longest_wait_seconds: int
    known_hours: int

    def wait_after(self, attempts: int) -> timedelta:
        """Return the pause after the given number of failed attempts; it doubles up to the longest."""
        doublings: int = 2 ** min(max(attempts, 1) - 1, 30)
        return timedelta(seconds=min(self.first_wait_seconds * doublings, self.longest_wait_seconds))

    def is_known(self, since: datetime, as_of: datetime) -> bool:
        """Tell whether the provider would still recognise what was handed over at an instant."""
        return as_of - since < timedelta(hours=self.known_hours)


def mail_id(public_id: str, sender: str) -> str:
    """Return the Message-ID of a message's e-mail: the same on every attempt, so that receivers drop doubles
    and a bounce is recognised.
    """
    domain = sender.rpartition("@")[2] or "localhost"
    return f"<message.{public_id}@{domain}>"
