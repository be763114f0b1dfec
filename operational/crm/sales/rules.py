"""Pure rules of selling: stages of a lead, checks of a form, sides of an A/B test, spreading of use."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from operational.kernel.errors import DomainError
from operational.kernel.identifiers import digits, is_valid_nip
from operational.kernel.money import round_half_up

KINDS: Final = ("household", "business", "public")
MEDIA: Final = ("electricity", "gas")
STAGES: Final = ("new", "contacted", "qualified", "offered", "won", "lost")
# Where a person may drag a card; `offered` and `won` follow from offers and from the conversion.
MOVES: Final[Mapping[str, tuple[str, ...]]] = {
    "new": ("contacted", "qualified", "lost"),
    "contacted": ("new", "qualified", "lost"),
    "qualified": ("contacted", "lost"),
    "offered": ("qualified", "lost"),
    "lost": ("contacted",),
    "won": (),
}
SOURCES: Final = ("web", "phone", "branch", "agent", "referral", "fair", "campaign", "portal", "other")
LOST_REASONS: Final = (
    "price",
    "competitor",
    "no_answer",
    "not_eligible",
    "credit",
    "moved",
    "duplicate",
    "other",
)
CHANNELS: Final = ("email", "sms", "phone")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class SalesError(DomainError):
    """What the sales room refuses."""


class InvalidSale(SalesError):
    """Mistakes in a form of the sales room; `fields` says which field and with which code."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        named = ", ".join(f"{name} ({code})" for name, code in sorted(fields.items()))
        super().__init__("sales_form", f"The form has mistakes: {named}. Correct these fields.")
        self.fields = dict(fields)


def changed_meanwhile(what: str) -> SalesError:
    """Return the refusal of a record that somebody else changed since the form was drawn."""
    return SalesError("changed_meanwhile", f"{what} was changed meanwhile. Reload it and repeat the change.")


def lead_mistakes(given: Mapping[str, str]) -> dict[str, str]:
    """Return wrong fields of a lead with codes: a name and one way to reach them are needed."""
    wrong: dict[str, str] = {}
    if not given.get("name"):
        wrong["name"] = "missing_value"
    if given.get("kind") not in KINDS:
        wrong["kind"] = "sales_kind"
    if given.get("medium") not in MEDIA:
        wrong["medium"] = "sales_medium"
    if given.get("source") not in SOURCES:
        wrong["source"] = "sales_source"
    if given.get("nip") and not is_valid_nip(digits(given["nip"])):
        wrong["nip"] = "sales_nip"
    if given.get("email") and not _EMAIL.fullmatch(given["email"]):
        wrong["email"] = "sales_email"
    if given.get("phone") and len(phone_digits(given["phone"])) != 9:
        wrong["phone"] = "sales_phone"
    if not given.get("email") and not given.get("phone"):
        wrong.setdefault("phone", "sales_no_contact")
    if given.get("annual_kwh") and amount(given["annual_kwh"]) is None:
        wrong["annual_kwh"] = "sales_number"
    return wrong


def amount(given: str) -> Decimal | None:
    """Read a positive number as a person writes it (`2 400,5`); None when it is none."""
    cleaned = given.replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        found = Decimal(cleaned)
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 < found < Decimal(10) ** 12 else None


def phone_digits(given: str) -> str:
    """Return a Polish telephone number as its nine digits, so that two ways of writing it are equal."""
    found = re.sub(r"\D", "", given).removeprefix("00")
    return found[2:] if len(found) == 11 and found.startswith("48") else found


def side(code: str, key: str, share_b_pct: int) -> str:
    """Return the side of an A/B test: the same person always falls on the same side of a campaign.

    The hash of campaign and person gives 0..9999; the lowest ``share_b_pct`` per cent are B.
    """
    drawn = int.from_bytes(hashlib.sha256(f"{code}:{key}".encode()).digest()[:8], "big") % 10_000
    return "B" if drawn < share_b_pct * 100 else "A"


def spread(annual_kwh: Decimal, shares: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Spread yearly kWh over zones by shares, to three places; the last zone takes what rounding leaves."""
    zones = sorted(shares) or ["all"]
    total = sum(shares.values(), Decimal(0)) or Decimal(1)
    spread_out = {
        zone: round_half_up(annual_kwh * shares.get(zone, Decimal(1)) / total, 3) for zone in zones[:-1]
    }
    spread_out[zones[-1]] = annual_kwh - sum(spread_out.values(), Decimal(0))
    return spread_out


def summed(parts: Sequence[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """Add up figures of several points name by name."""
    names = {name for part in parts for name in part}
    return {name: sum((part.get(name, Decimal(0)) for part in parts), Decimal(0)) for name in sorted(names)}


def frozen(row: Iterable[Any]) -> list[Any]:
    """Return the values of a database row with arrays as tuples, as frozen dataclasses hold them."""
    return [tuple(value) if isinstance(value, list) else value for value in row]
