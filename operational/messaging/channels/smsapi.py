"""SMS by the HTTP interface of SMSAPI.pl (``sms.do``), small enough to be written here.

Each message carries our id as ``idx`` with ``check_idx=1``: for a day the provider refuses a second message
with the same idx (error 53), so a message whose answer was lost is recognised and not sent twice. Numbers and
texts never reach an error message.
"""

import json
import re
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operational.kernel.errors import DomainError
from operational.kernel.settings import Settings
from operational.messaging.channels.smsapi_codes import KNOWN_IDX, Fault, meaning, state
from operational.messaging.outgoing import DeliveryFailed, Outgoing, Ready, Receipt

_TIMEOUT_SECONDS = 30
_MOST_BYTES = 1_000_000
_SPACES = re.compile("[\u00a0\u2009\u202f]")


class BadSmsAddress(DomainError):
    """The address of the SMS service in the settings is not an http(s) address."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the provider says of one SMS: delivered, failed or nothing yet (``waiting``)."""

    reference: str
    state: str
    code: int


class SmsChannel:
    """The service of the settings; every request stands for itself."""

    def __init__(self, settings: Settings) -> None:
        if not settings.sms_url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise BadSmsAddress(
                "sms_url", "IRIS_SMS_URL must begin with https:// (http only for 127.0.0.1). Correct .env."
            )
        self._url = settings.sms_url.rstrip("/")
        self._token = settings.sms_token.get_secret_value()
        self._sender = settings.sms_sender

    def reference(self, outgoing: Outgoing) -> str:
        """Return the idx: our id without dashes, since the provider takes letters and digits."""
        return outgoing.public_id.replace("-", "")

    def send(self, ready: Ready) -> Receipt:
        """Send one SMS; a message the provider had already counts as sent. Raise DeliveryFailed."""
        idx = self.reference(ready.outgoing)
        fields = {
            "to": telephone(ready.outgoing.address),
            "message": plain(ready.text.body),
            "format": "json",
            "encoding": "utf-8",
            "normalize": "1",
            "idx": idx,
            "check_idx": "1",
        }
        if self._sender:
            fields["from"] = self._sender
        answer = self._asked(fields)
        code = int(answer.get("error") or 0)
        if code == KNOWN_IDX:
            return Receipt(f"idx:{idx}", was_known=True)
        if code:
            raise _refused(code)
        taken = answer.get("list") or [{}]
        return Receipt(str(taken[0].get("id") or f"idx:{idx}"))

    def reports(self, references: Sequence[str]) -> list[Report]:
        """Return what became of sent messages, by the provider's ids; raise DeliveryFailed."""
        answer = self._asked({"status": ",".join(references), "format": "json"})
        if int(answer.get("error") or 0):
            raise _refused(int(answer["error"]))
        found = []
        for row in answer.get("list") or []:
            code = int(row.get("status") or 0)
            found.append(Report(str(row.get("id")), state(code), code))
        return found

    def close(self) -> None:
        """Do nothing: there is no connection to end."""

    def _asked(self, fields: Mapping[str, str]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310  the scheme was checked
            f"{self._url}/sms.do",
            data=urllib.parse.urlencode(fields).encode(),
            headers={"Authorization": f"Bearer {self._token}"},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
                content = answer.read(_MOST_BYTES)
        except urllib.error.HTTPError as error:
            with error:
                raise _of_status(error.code) from None
        except urllib.error.URLError as error:
            # Refused before anything was sent: nothing is uncertain, and the next would fare no better.
            if isinstance(error.reason, (ConnectionRefusedError, socket.gaierror)):
                raise DeliveryFailed(type(error.reason).__name__, stops_channel=True) from None
            raise DeliveryFailed("no answer in time", is_uncertain=True) from None
        except OSError as error:
            raise DeliveryFailed(type(error).__name__, is_uncertain=True) from None
        try:
            found = json.loads(content)
        except ValueError:
            raise DeliveryFailed("the answer is not JSON", is_uncertain=True) from None
        return found if isinstance(found, dict) else {"list": found}


def _refused(code: int) -> DeliveryFailed:
    """Return the failure that an error number of the provider stands for."""
    found = meaning(code)
    return DeliveryFailed(
        f"SMSAPI {code}: {found.words}",
        is_final=found.fault in (Fault.ADDRESS, Fault.MESSAGE),
        is_address=found.fault is Fault.ADDRESS,
        stops_channel=found.stops_channel,
        is_configuration=found.fault is Fault.CONFIGURATION,
    )


def _of_status(status: int) -> DeliveryFailed:
    """Sort an HTTP status: asked to wait, not let in, their fault."""
    if status in (401, 403):
        return DeliveryFailed(f"HTTP {status}", stops_channel=True, is_configuration=True)
    if status in (429, 503):
        return DeliveryFailed(f"HTTP {status}", stops_channel=True)
    return DeliveryFailed(f"HTTP {status}", is_final=400 <= status < 500, is_uncertain=status >= 500)


def telephone(number: str) -> str:
    """Return digits with the country code: nine digits alone are Polish."""
    digits = re.sub(r"\D", "", number)
    digits = digits[2:] if digits.startswith("00") else digits
    return f"48{digits}" if len(digits) == 9 else digits


def plain(body: str) -> str:
    """Return a text without typographic spaces and signs, which would double the price of an SMS."""
    return _SPACES.sub(" ", body).replace("\u2212", "-").replace("\u2013", "-").replace("\n", " ").strip()
