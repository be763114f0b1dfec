"""The editor's form: texts as typed to the head and content of a version, every mistake at its field."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from operational.crm.products.content import Content, Row
from operational.crm.products.rules import CHANNELS, FORMULAS, SEGMENTS, Problem
from operational.crm.products.versions import HeadFields, Version
from operational.kernel.money import InvalidAmount, parse_amount

HEAD_FIELDS: Final = (
    "variant", "valid_from", "valid_to", "period_months", "guarantee_months", "floor_pln_per_mwh",
    "below_floor_reason", "note",
)  # fmt: skip
# The fields of each repeated part; a row counts when one of the fields named first is filled.
PART_FIELDS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "prices": (("price",), ("tariff_group", "charge_code", "zone_code", "valid_from", "valid_to", "source")),
    "formulas": (
        ("index_code",),
        ("margin", "multiplier", "floor_pln_per_mwh", "cap_pln_per_mwh", "adds_excise", "valid_from",
         "valid_to", "source"),
    ),
    "components": (("code", "value"), ("kind", "name_pl", "name_en", "months")),
    "rules": (("valid_from",), ("segment", "channel", "tariff_groups", "annual_kwh_from", "annual_kwh_to",
                                "valid_to", "stock")),
    "leaving": (("formula",), ("amount", "most_pln", "free_months", "vat", "legal_basis")),
}  # fmt: skip
MOST_ROWS: Final = 120

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Given:
    """What was typed: the head, and the rows of each part that count, in the order of the form."""

    head: Texts
    parts: Mapping[str, Sequence[Texts]]


def read_given(text_of: Callable[[str], str]) -> Given:
    """Collect the texts of a form (``text_of`` returns the text of a field, '' when missing)."""
    parts: dict[str, list[Texts]] = {}
    for part, (needed, others) in PART_FIELDS.items():
        parts[part] = []
        for number in range(MOST_ROWS):
            row = {name: text_of(f"{part}-{number}-{name}") for name in (*needed, *others)}
            if any(row[name] for name in needed):
                parts[part].append(row)
    return Given({name: text_of(name) for name in HEAD_FIELDS}, parts)


def as_given(found: Version, content: Content) -> Given:
    """Return the texts of a version as the form shows them."""
    head = {name: _text(getattr(found, name)) for name in HEAD_FIELDS}
    parts = {
        part: [{name: _text(row[name]) for name in (*needed, *others)} for row in getattr(content, part)]
        for part, (needed, others) in PART_FIELDS.items()
    }
    return Given(head, parts)


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}".replace(".", ",")
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)


class _Reader:
    """Reads the cells of one row and notes what is wrong with them."""

    def __init__(self, row: Texts, prefix: str, problems: list[Problem]) -> None:
        self.row, self.prefix, self.problems = row, prefix, problems

    def _wrong(self, name: str, code: str) -> None:
        self.problems.append(Problem(f"{self.prefix}{name}", code))

    def text(self, name: str, *, needed: bool = False) -> str:
        found = self.row.get(name, "").strip()
        if needed and not found:
            self._wrong(name, "missing_value")
        return found

    def word(self, name: str, allowed: Iterable[str]) -> str:
        found = self.text(name)
        if found not in allowed:
            self._wrong(name, "unknown_kind")
        return found

    def number(self, name: str, *, needed: bool = False, least: Decimal | None = None) -> Decimal | None:
        found = self.text(name, needed=needed)
        if not found:
            return None
        try:
            value = parse_amount(found)
        except InvalidAmount:
            self._wrong(name, "not_a_number")
            return None
        if least is not None and value < least:
            self._wrong(name, "below_least")
        if abs(value) >= Decimal(10) ** 9 or -int(value.as_tuple().exponent) > 8:
            self._wrong(name, "not_a_number")
            return None
        return value

    def whole(self, name: str, *, most: int = 120) -> int | None:
        found = self.text(name)
        if not found:
            return None
        if not found.isdecimal() or int(found) > most:
            self._wrong(name, "not_whole")
            return None
        return int(found)

    def day(self, name: str, *, needed: bool = False) -> date | None:
        found = self.text(name, needed=needed)
        if not found:
            return None
        try:
            return date.fromisoformat(found)
        except ValueError:
            self._wrong(name, "not_a_day")
            return None


def parse(
    given: Given, *, units: Mapping[str, str], today: date
) -> tuple[HeadFields, Content, list[Problem]]:
    """Turn texts into values; ``units`` gives the unit of each charge. Wrong cells are in the problems.

    Wrong values are replaced by harmless ones, so that the remaining checks can still look at the rest.
    """
    problems: list[Problem] = []
    head = _Reader(given.head, "", problems)
    fields = HeadFields(
        valid_from=head.day("valid_from", needed=True) or today,
        valid_to=head.day("valid_to"),
        variant=head.text("variant"),
        period_months=head.whole("period_months") or None,
        guarantee_months=head.whole("guarantee_months") or 0,
        floor_pln_per_mwh=head.number("floor_pln_per_mwh"),
        below_floor_reason=head.text("below_floor_reason"),
        note=head.text("note"),
    )

    def part(name: str, read: Callable[[_Reader], Row]) -> tuple[Row, ...]:
        return tuple(
            read(_Reader(row, f"{name}-{number}-", problems)) for number, row in enumerate(given.parts[name])
        )

    start = fields.valid_from
    content = Content(
        prices=part("prices", lambda cells: _price(cells, units, start)),
        formulas=part("formulas", lambda cells: _formula(cells, start)),
        components=part("components", _component),
        rules=part("rules", lambda cells: _rule(cells, start)),
        leaving=part("leaving", _leaving)[:1],
    )
    return fields, content, problems


def _price(cells: _Reader, units: Mapping[str, str], start: date) -> Row:
    charge = cells.word("charge_code", units)
    return {
        "tariff_group": cells.text("tariff_group"), "charge_code": charge,
        "zone_code": cells.text("zone_code") if units.get(charge) == "kwh" else "",
        "unit": units.get(charge, "kwh"),
        "price": cells.number("price", needed=True, least=Decimal(0)) or Decimal(0),
        "valid_from": cells.day("valid_from") or start, "valid_to": cells.day("valid_to"),
        "source": cells.text("source"),
    }  # fmt: skip


def _formula(cells: _Reader, start: date) -> Row:
    return {
        "index_code": cells.text("index_code", needed=True),
        "margin": cells.number("margin") or Decimal(0),
        "multiplier": cells.number("multiplier", least=Decimal("0.000001")) or Decimal(1),
        "floor_pln_per_mwh": cells.number("floor_pln_per_mwh"),
        "cap_pln_per_mwh": cells.number("cap_pln_per_mwh"), "adds_excise": bool(cells.text("adds_excise")),
        "valid_from": cells.day("valid_from") or start, "valid_to": cells.day("valid_to"),
        "source": cells.text("source"),
    }  # fmt: skip


def _component(cells: _Reader) -> Row:
    kind = cells.word(
        "kind", ("service_month", "service_once", "discount_month", "discount_kwh", "discount_percent")
    )
    value = cells.number("value", needed=True, least=Decimal("0.00000001")) or Decimal(1)
    if kind == "discount_percent" and value > 1:
        cells.problems.append(Problem(f"{cells.prefix}value", "share_above_one"))
    return {
        "kind": kind, "code": cells.text("code", needed=True).lower(), "value": value,
        "name_pl": cells.text("name_pl", needed=True), "name_en": cells.text("name_en", needed=True),
        "months": cells.whole("months") or None,
    }  # fmt: skip


def _rule(cells: _Reader, start: date) -> Row:
    groups = [
        part.strip() for part in cells.text("tariff_groups").replace(";", ",").split(",") if part.strip()
    ]
    low = cells.number("annual_kwh_from", least=Decimal(0)) or Decimal(0)
    high = cells.number("annual_kwh_to")
    if high is not None and high <= low:
        cells.problems.append(Problem(f"{cells.prefix}annual_kwh_to", "range_upside_down"))
    first_day, end = cells.day("valid_from") or start, cells.day("valid_to")
    if end is not None and end <= first_day:
        cells.problems.append(Problem(f"{cells.prefix}valid_to", "ends_before_it_begins"))
    return {
        "segment": cells.word("segment", ("", *SEGMENTS)), "channel": cells.word("channel", ("", *CHANNELS)),
        "tariff_groups": sorted(set(groups)), "annual_kwh_from": low, "annual_kwh_to": high,
        "valid_from": first_day, "valid_to": end, "stock": cells.whole("stock", most=10_000_000),
    }  # fmt: skip


def _leaving(cells: _Reader) -> Row:
    formula = cells.word("formula", FORMULAS)
    amount = cells.number("amount", least=Decimal(0)) or Decimal(0)
    if formula == "percent_of_energy_left" and amount > 1:
        cells.problems.append(Problem(f"{cells.prefix}amount", "share_above_one"))
    return {
        "formula": formula, "amount": amount, "most_pln": cells.number("most_pln", least=Decimal(0)),
        "free_months": cells.whole("free_months") or 0, "vat": cells.word("vat", ("outside", "standard")),
        "legal_basis": cells.text("legal_basis"),
    }  # fmt: skip
