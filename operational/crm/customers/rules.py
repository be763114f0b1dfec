"""Pure checks of a customer's data: which fields are wrong and why."""

import re
from collections.abc import Mapping
from enum import StrEnum

from operational.kernel.identifiers import digits, is_valid_nip, is_valid_pesel

_EMAIL = re.compile(r"[^@\s<>\"']{1,64}@[^@\s<>\"']+\.[^@\s<>\"'.]{2,}")
_PHONE = re.compile(r"(\+\d{1,3})?\d{9,12}")
_POSTAL_CODE = re.compile(r"\d{2}-\d{3}")
_REQUIRED = ("name", "street", "building", "postal_code", "city")


class CustomerKind(StrEnum):
    """Kinds of customers; only a household buys without a tax number."""

    HOUSEHOLD = "household"
    BUSINESS = "business"
    PUBLIC = "public"


class InvoiceChannel(StrEnum):
    """Ways an invoice reaches the customer."""

    EBOK = "ebok"
    EMAIL = "email"
    LETTER = "letter"


def wrong_fields(given: Mapping[str, str]) -> dict[str, str]:
    """Return the code of the mistake for each wrong field; empty when all is well.

    Fields that are absent from `given` are not judged, so the same rules serve a new customer and a change.
    """
    wrong = {name: "missing_value" for name in _REQUIRED if name in given and not given[name]}
    checks = {
        "kind": lambda v: None if v in set(CustomerKind) else "unknown_kind",
        "invoice_channel": lambda v: None if v in set(InvoiceChannel) else "unknown_channel",
        "nip": lambda v: None if not v or is_valid_nip(v) else "invalid_nip",
        "pesel": lambda v: None if not v or is_valid_pesel(v) else "invalid_pesel",
        "email": lambda v: None if not v or _EMAIL.fullmatch(v) else "invalid_email",
        "phone": lambda v: None if not v or _PHONE.fullmatch(digits(v)) else "invalid_phone",
        "postal_code": lambda v: None if _POSTAL_CODE.fullmatch(v) else "invalid_postal_code",
    }
    for name, check in checks.items():
        if name in given and name not in wrong:
            code = check(given[name])
            if code:
                wrong[name] = code
    if given.get("kind") in ("business", "public") and "nip" in given and not given["nip"]:
        wrong["nip"] = "missing_value"
    if given.get("invoice_channel") == "email" and not given.get("email"):
        wrong["email"] = "missing_value"
    return wrong
