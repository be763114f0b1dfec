"""What differs between two versions: prices with the change in per cent, terms, services, rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from operational.crm.products.content import Content, Row
from operational.crm.products.versions import Version
from operational.kernel.money import round_half_up

_HEAD: Final = ("valid_from", "valid_to", "period_months", "guarantee_months", "floor_pln_per_mwh", "variant")


@dataclass(frozen=True, slots=True)
class Difference:
    """One item: ``part`` price, head, formula, component, rule or leaving; ``change_pct`` of prices only.

    ``name`` is a code (charge, field) and ``detail`` what it is about (group and zone, code of a service).
    """

    part: str
    name: str
    detail: tuple[str, ...]
    old: Any
    new: Any
    change_pct: Decimal | None
    is_same: bool


def compare(before: tuple[Version, Content], after: tuple[Version, Content]) -> list[Difference]:
    """Compare two versions item by item, prices first; prices as they are on the later one's first day."""
    (old, old_content), (new, new_content) = before, after
    day = max(old.valid_from, new.valid_from)
    found = list(_prices(old_content.prices, new_content.prices, day))
    found += [
        _plain("head", name, (), getattr(old, name), getattr(new, name))
        for name in _HEAD
        if getattr(old, name) != getattr(new, name)
    ]
    for part, key, old_rows, new_rows in (
        ("formula", "index_code", old_content.formulas, new_content.formulas),
        ("component", "code", old_content.components, new_content.components),
        ("leaving", "formula", old_content.leaving, new_content.leaving),
    ):
        found += _rows(part, key, old_rows, new_rows)
    if _shapes(old_content.rules) != _shapes(new_content.rules):
        found.append(_plain("rule", "rules", (), _words(old_content.rules), _words(new_content.rules)))
    return found


def _on(found: Sequence[Row], day: date) -> dict[tuple[str, str, str], Decimal]:
    """Return the price of every item on a day; one that begins later counts from its first price."""
    made: dict[tuple[str, str, str], Decimal] = {}
    for row in sorted(found, key=lambda one: one["valid_from"]):
        key = (row["charge_code"], row["tariff_group"], row["zone_code"])
        if key not in made or row["valid_from"] <= day:
            made[key] = row["price"]
    return made


def _prices(old: Sequence[Row], new: Sequence[Row], day: date) -> Iterable[Difference]:
    before, after = _on(old, day), _on(new, day)
    for key in sorted(before.keys() | after.keys()):
        earlier, later = before.get(key), after.get(key)
        change = None
        if earlier and later is not None:
            change = round_half_up((later - earlier) * 100 / earlier)
        yield Difference("price", key[0], key[1:], earlier, later, change, earlier == later)


def _plain(part: str, name: str, detail: tuple[str, ...], old: Any, new: Any) -> Difference:
    return Difference(part, name, detail, old, new, None, old == new)


def _rows(part: str, key: str, old: Sequence[Row], new: Sequence[Row]) -> Iterable[Difference]:
    before, after = {row[key]: row for row in old}, {row[key]: row for row in new}
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        for column in one or other or {}:
            earlier, later = one and one[column], other and other[column]
            if earlier != later and column not in ("valid_from", "valid_to", "source"):
                yield _plain(part, column, (str(name),), earlier, later)


def _shapes(rules: Sequence[Row]) -> list[tuple[Any, ...]]:
    names = ("segment", "channel", "annual_kwh_from", "annual_kwh_to", "stock")
    return sorted((*(str(row[name]) for name in names), *sorted(row["tariff_groups"])) for row in rules)


def _words(rules: Sequence[Row]) -> str:
    return "; ".join(
        " ".join(part for part in shape if part not in ("", "None", "0")) for shape in _shapes(rules)
    )
