"""Pure rules of a contract draft: which field of which step is wrong, and with which code."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from operational.crm.contracts.content import Content, Fields
from operational.crm.customers.rules import InvoiceChannel
from operational.crm.customers.rules import wrong_fields as wrong_customer_fields
from operational.kernel.identifiers import digits, is_valid_supply_point_code
from operational.kernel.money import InvalidAmount, parse_amount

CUSTOMER_FIELDS: Final = (
    "kind", "name", "nip", "pesel", "email", "phone", "invoice_channel", "street", "building", "flat",
    "postal_code", "city",
)  # fmt: skip
TERM_NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    "notice_months": (0, 24),
    "payment_term_days": (1, 90),
}
CYCLES: Final = ("1", "2", "3", "6", "12")
_LONGEST_PERIOD = 120
_MARK = re.compile(r"[\s,;]+")


class StartKind(StrEnum):
    """How a point comes to us; switch kinds wait for the distributor, the others only for their day."""

    SWITCH = "switch"
    FIRST_SWITCH = "first_switch"
    TAKEOVER = "takeover"
    NEW_CONNECTION = "new_connection"
    DIRECT = "direct"


class SignatureChannel(StrEnum):
    """Where the contract is signed; it decides whether a consumer may withdraw."""

    STATIONARY = "stationary"
    DISTANCE = "distance"
    OFF_PREMISES = "off_premises"


class ContractKind(StrEnum):
    """Who bills distribution: the seller (comprehensive) or the distributor (rules.md 1.1)."""

    COMPREHENSIVE = "comprehensive"
    SUPPLY_ONLY = "supply_only"


class InvoicingRule(StrEnum):
    """What one invoice holds."""

    PER_SUPPLY_POINT = "per_supply_point"
    PER_CONTRACT = "per_contract"
    PER_CUSTOMER = "per_customer"


class Continuation(StrEnum):
    """What becomes of a fixed term after its last day."""

    INDEFINITE = "indefinite"
    PROLONG = "prolong"
    END = "end"


def pasted_codes(text: str) -> list[str]:
    """Return the supply point codes of a pasted text, each once, in order.

    One code a line, spaces inside a line allowed; several codes in a line must be parted by commas or
    semicolons, or each be 18 digits without a space.
    """
    found: dict[str, None] = {}
    for line in text.splitlines():
        for part in re.split(r"[,;]", line):
            words = [word for word in _MARK.split(part) if word]
            whole = digits("".join(words))
            codes = words if len(whole) > 33 else [whole]
            found.update(dict.fromkeys(digits(code) for code in codes if code))
    return list(found)


def decimal_of(typed: str) -> Decimal | None:
    """Read a quantity as people type it (`2 400,5`); None when it is none."""
    try:
        return parse_amount(typed)
    except (InvalidAmount, InvalidOperation):
        return None


def date_of(typed: str) -> date | None:
    """Read a day of a form (`2026-03-01`); None when it is none."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def wrong_customer(section: Fields) -> dict[str, str]:
    """Return mistakes of the first step: an existing customer must be named, a new one complete."""
    if section.get("mode") == "existing":
        return {} if section.get("customer_id", "").isdigit() else {"customer_id": "choose_customer"}
    return wrong_customer_fields({name: section.get(name, "") for name in CUSTOMER_FIELDS})


def wrong_point(point: Fields, *, today: date) -> dict[str, str]:
    """Return mistakes of one supply point; a known point brings its own address and tariff."""
    wrong: dict[str, str] = {}
    code = digits(point.get("code", ""))
    is_known = bool(point.get("supply_point_id"))
    if not is_known and not is_valid_supply_point_code(code):
        wrong["code"] = "invalid_point_code"
    if point.get("start_kind", "") not in set(StartKind):
        wrong["start_kind"] = "choose_start_kind"
    start = date_of(point.get("wanted_start", ""))
    if start is None:
        wrong["wanted_start"] = "invalid_date"
    elif start < today - timedelta(days=365):
        wrong["wanted_start"] = "start_long_ago"
    if is_known:
        return wrong
    for name in ("street", "building", "city", "tariff_group", "dso_code"):
        if not point.get(name, "").strip():
            wrong[name] = "missing_value"
    if not re.fullmatch(r"\d{2}-\d{3}", point.get("postal_code", "")):
        wrong["postal_code"] = "invalid_postal_code"
    for name, lowest in (("annual_kwh", Decimal(0)), ("contracted_power_kw", Decimal("0.001"))):
        quantity = decimal_of(point.get(name, ""))
        is_left_out = name == "contracted_power_kw" and not point.get(name, "")
        if not is_left_out and (quantity is None or quantity < lowest or quantity >= Decimal(10**12)):
            wrong[name] = "invalid_quantity"
    if point.get("phases", "1") not in ("1", "3"):
        wrong["phases"] = "invalid_quantity"
    return wrong


def wrong_points(points: tuple[Fields, ...], *, today: date) -> dict[str, str]:
    """Return mistakes of the second step, the field named `0.code`, `1.street` ...
    by the place of its point.
    """
    if not points:
        return {"codes": "points_missing"}
    wrong = {}
    seen: set[str] = set()
    for place, point in enumerate(points):
        code = digits(point.get("code", ""))
        if code in seen:
            wrong[f"{place}.code"] = "point_twice"
        seen.add(code)
        for name, error in wrong_point(point, today=today).items():
            wrong[f"{place}.{name}"] = error
    if len({point.get("medium", "") for point in points}) > 1:
        wrong["codes"] = "one_medium_each"
    return wrong


def wrong_product(section: Fields) -> dict[str, str]:
    """Return mistakes of the third step that need no database."""
    return {} if section.get("price_list_id", "").isdigit() else {"price_list_id": "choose_product"}


def wrong_terms(section: Fields) -> dict[str, str]:
    """Return mistakes of the terms."""
    wrong: dict[str, str] = {}
    for name, allowed in (
        ("kind", set(ContractKind)),
        ("invoicing_rule", set(InvoicingRule)),
        ("continuation", set(Continuation)),
        ("period", {"fixed", "indefinite"}),
        ("cycle_months", set(CYCLES)),
        ("invoice_channel", set(InvoiceChannel)),
    ):
        if section.get(name, "") not in allowed:
            wrong[name] = "choose_value"
    for name, (lowest, highest) in TERM_NUMBERS.items():
        typed = section.get(name, "")
        if not typed.isdigit() or len(typed) > 4 or not lowest <= int(typed) <= highest:
            wrong[name] = "number_out_of_range"
    months = section.get("period_months", "")
    if section.get("period") == "fixed" and (
        not months.isdigit() or len(months) > 4 or not 1 <= int(months) <= _LONGEST_PERIOD
    ):
        wrong["period_months"] = "number_out_of_range"
    return wrong


def wrong_consents(content: Content, *, withdrawal_days: int | None, signed_on: date) -> dict[str, str]:
    """Return mistakes of the fifth step.

    A consumer who may withdraw must ask for a start that lies inside these days (Consumer Rights Act art.
    15(3) and 21(2)); for a switch the seller needs the power of attorney to speak with the distributor.
    """
    wrong: dict[str, str] = {}
    if content.consents.get("signature_channel", "") not in set(SignatureChannel):
        wrong["signature_channel"] = "choose_value"
    if withdrawal_days is not None and content.consents.get("early_start") != "1":
        until = signed_on + timedelta(days=withdrawal_days)
        starts = [date_of(point.get("wanted_start", "")) for point in content.points]
        if any(start is not None and start <= until for start in starts):
            wrong["early_start"] = "early_start_missing"
    return wrong


def promotions_of(content: Content) -> list[str]:
    """Return the codes of promotions that were typed, parted by commas or spaces."""
    return sorted(set(content.product.get("promotions", "").upper().replace(",", " ").split()))
