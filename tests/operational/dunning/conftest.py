"""The servers of e-mail and SMS that messaging is tested with."""

from tests.operational.messaging.conftest import inbox, provider

__all__ = ["inbox", "provider"]
