"""The content of a version as it is edited: prices, formula, services, sale rules, rule of leaving early.

Each part is a list of rows of one table. Saving closes the rows that are gone and records the new ones; a row
that did not change stays as it is, so every earlier state can be read again (recorded_at, superseded_at).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.rows import rows

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A table of rows that belong to a version (``owner``: the column that says so)."""

    table: str
    owner: str
    columns: tuple[str, ...]


PRICES: Final = Part(
    "price_list_items", "price_list_id",
    ("tariff_group", "charge_code", "zone_code", "unit", "price", "valid_from", "valid_to", "source"),
)  # fmt: skip
FORMULAS: Final = Part(
    "price_formulas", "price_list_id",
    ("index_code", "margin", "multiplier", "floor_pln_per_mwh", "cap_pln_per_mwh", "adds_excise",
     "valid_from", "valid_to", "source"),
)  # fmt: skip
COMPONENTS: Final = Part(
    "product_components", "product_version_id", ("kind", "code", "name_pl", "name_en", "value", "months")
)
RULES: Final = Part(
    "sale_rules", "product_version_id",
    ("segment", "channel", "tariff_groups", "annual_kwh_from", "annual_kwh_to", "valid_from", "valid_to",
     "stock"),
)  # fmt: skip
LEAVING: Final = Part(
    "early_termination_rules", "product_version_id",
    ("formula", "amount", "most_pln", "free_months", "vat", "legal_basis"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a version says besides its head; rows are mappings of the columns of their part."""

    prices: tuple[Row, ...] = ()
    formulas: tuple[Row, ...] = ()
    components: tuple[Row, ...] = ()
    rules: tuple[Row, ...] = ()
    leaving: tuple[Row, ...] = field(default=())


def read(session: Session, *, version_id: int, price_list_id: int | None) -> Content:
    """Return the content of a version that holds now."""
    return Content(
        prices=_current(session, PRICES, price_list_id, "charge_code, tariff_group, zone_code, valid_from"),
        formulas=_current(session, FORMULAS, price_list_id, "valid_from"),
        components=_current(session, COMPONENTS, version_id, "code"),
        rules=_current(session, RULES, version_id, "id"),
        leaving=_current(session, LEAVING, version_id, "id"),
    )


def _current(session: Session, part: Part, owner_id: int | None, order: str) -> tuple[Row, ...]:
    found = rows(
        session,
        f"select {', '.join(part.columns)} from operational.{part.table}"
        f" where {part.owner} = :owner and superseded_at is null order by {order}",
        {"owner": owner_id},
    )
    return tuple(dict(row._mapping) for row in found)


def write(
    session: Session, *, version_id: int, price_list_id: int | None, content: Content, as_of: datetime
) -> int:
    """Bring the parts of a version to ``content``; return how many rows were closed or added."""
    changes = 0
    for part, wanted in (
        (PRICES, content.prices), (FORMULAS, content.formulas), (COMPONENTS, content.components),
        (RULES, content.rules), (LEAVING, content.leaving),
    ):  # fmt: skip
        owner = price_list_id if part.owner == "price_list_id" else version_id
        if owner is not None:
            changes += _replace(session, part, owner, wanted, as_of)
    return changes


def _key(row: Row, part: Part) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value := row.get(name), list) else value for name in part.columns)


def _replace(session: Session, part: Part, owner: int, wanted: Sequence[Row], as_of: datetime) -> int:
    found = rows(
        session,
        f"select id, {', '.join(part.columns)} from operational.{part.table}"
        f" where {part.owner} = :owner and superseded_at is null",
        {"owner": owner},
    )
    current = {_key(dict(row._mapping), part): row.id for row in found}
    keys = {_key(row, part) for row in wanted}
    gone = [row_id for key, row_id in current.items() if key not in keys]
    if gone:
        session.execute(
            text(f"update operational.{part.table} set superseded_at = :at where id = any(:ids)"),
            {"at": as_of, "ids": gone},
        )
    new = [
        {name: row.get(name) for name in part.columns} | {"owner": owner, "at": as_of}
        for row in wanted
        if _key(row, part) not in current
    ]
    if new:
        session.execute(
            text(
                f"insert into operational.{part.table} ({part.owner}, {', '.join(part.columns)}, recorded_at)"
                f" values (:owner, {', '.join(':' + name for name in part.columns)}, :at)"
            ),
            new,
        )
    return len(gone) + len(new)


def moved(content: Content, *, start: date) -> Content:
    """Return the content for a new version from ``start`` on: what ended before is left out, the rest begins
    then at the earliest; sale rules begin on the day.
    """

    def from_start(found: Sequence[Row]) -> tuple[Row, ...]:
        return tuple(
            {**row, "valid_from": max(row["valid_from"], start)}
            for row in found
            if row["valid_to"] is None or row["valid_to"] > start
        )

    return Content(
        prices=from_start(content.prices),
        formulas=from_start(content.formulas),
        components=content.components,
        rules=tuple({**row, "valid_from": start, "valid_to": None} for row in content.rules),
        leaving=content.leaving,
    )
