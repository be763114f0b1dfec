"""Pure checks of a customer's data: which fields are wrong and why."""

import re
from collections.abc import Callable, Mapping
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


_CHECKS: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("kind", lambda value: value in set(CustomerKind), "unknown_kind"),
    ("invoice_channel", lambda value: value in set(InvoiceChannel), "unknown_channel"),
    ("nip", lambda value: not value or is_valid_nip(value), "invalid_nip"),
    ("pesel", lambda value: not value or is_valid_pesel(value), "invalid_pesel"),
    ("email", lambda value: not value or bool(_EMAIL.fullmatch(value)), "invalid_email"),
    ("phone", lambda value: not value or bool(_PHONE.fullmatch(digits(value))), "invalid_phone"),
    ("postal_code", lambda value: bool(_POSTAL_CODE.fullmatch(value)), "invalid_postal_code"),
)


def wrong_fields(given: Mapping[str, str]) -> dict[str, str]:
    """Return the code of the mistake for each wrong field; empty when all is well.

    Fields that are absent from `given` are not judged, so the same rules serve a new customer and a change.
    """
    wrong = {name: "missing_value" for name in _REQUIRED if name in given and not given[name]}
    for name, is_good, code in _CHECKS:
        value = given.get(name)
        if value is not None and name not in wrong and not is_good(value):
            wrong[name] = code
    if given.get("kind") in ("business", "public") and "nip" in given and not given["nip"]:
        wrong["nip"] = "missing_value"
    if given.get("invoice_channel") == "email" and not given.get("email"):
        wrong["email"] = "missing_value"
    return wrong
