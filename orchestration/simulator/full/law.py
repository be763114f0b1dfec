"""Changes of law within the full market: announced in time, or late so that issued bills are corrected.

The changes are invented; rates that hold before them are those of the reference data. They are recorded as
staff would record them, so a reload of the reference data does not undo them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel import db
from operational.kernel.calendar import WARSAW
from orchestration.simulator.changes import OwnChange, PriceChanged, at
from orchestration.simulator.full.customers import FullMarket
from orchestration.simulator.play import Event

SOURCE: Final = "invented act of the simulated market, not official"
_CLERK: Final = "staff:bartek"


@dataclass(frozen=True, slots=True)
class LawChanged(OwnChange):
    """From ``valid_from`` to ``valid_to`` a dated rate of ``table`` is another: ``values`` of its columns.

    ``where`` names the rows that hold so far; they are closed and written again for the days that stay.
    """

    table: str
    where: Mapping[str, Any]
    values: Mapping[str, Any]
    valid_from: date
    valid_to: date | None = None

    def apply(self, session: Session) -> None:
        """Record the change at ``known_at``."""
        db.identify(session, actor=_CLERK)
        wanted = " and ".join(f"{column} = :{column}" for column in self.where)
        old = session.execute(
            text(
                f"update operational.{self.table} set superseded_at = :at where superseded_at is null"
                f" and {wanted} and (valid_to is null or valid_to > :start)"
                " and (cast(:end as date) is null or valid_from < :end) returning *"
            ),
            {**self.where, "at": self.known_at, "start": self.valid_from, "end": self.valid_to},
        )
        for row in old.mappings().all():
            kept = {str(name): value for name, value in row.items() if name not in _OWN}
            for first, end in self._pieces(row["valid_from"], row["valid_to"]):
                changed = dict(self.values) if first >= self.valid_from and first != self.valid_to else {}
                _insert(session, self.table, kept | changed | {
                    "valid_from": first, "valid_to": end, "source": SOURCE if changed else kept["source"],
                    "recorded_at": self.known_at,
                })  # fmt: skip

    def _pieces(self, first: date, end: date | None) -> list[tuple[date, date | None]]:
        cuts = [day for day in (self.valid_from, self.valid_to) if day and first < day < (end or date.max)]
        borders: list[date | None] = [first, *cuts, end]
        return [(start, stop) for start, stop in pairwise(borders) if start is not None]

    def question(self) -> tuple[str, dict[str, object]]:
        """Return the SQL, with its values, that tells whether the change was recorded already."""
        known = f"select from operational.{self.table} where recorded_at = :at and source = :source"
        return f"select exists ({known})", {"at": self.known_at, "source": SOURCE}


@dataclass(frozen=True, slots=True)
class CapProlonged(OwnChange):
    """The price cap of households holds longer than the act said so far."""

    price: Decimal
    valid_from: date
    valid_to: date

    def apply(self, session: Session) -> None:
        """Record the change at ``known_at``."""
        db.identify(session, actor=_CLERK)
        _insert(session, "price_caps", {
            "scope": "household", "category": "standard", "tier": 1, "needs_declaration": False,
            "price": self.price, "valid_from": self.valid_from, "valid_to": self.valid_to, "source": SOURCE,
            "recorded_at": self.known_at,
        })  # fmt: skip

    def question(self) -> tuple[str, dict[str, object]]:
        """Return the SQL, with its values, that tells whether the change was recorded already."""
        return "select exists (select from operational.price_caps where source = :source)", {"source": SOURCE}


_OWN: Final = frozenset({"id", "recorded_at", "superseded_at", "recorded_by", "valid_from", "valid_to"})


def law_events(full: FullMarket) -> list[Event]:
    """Return the changes of law and of prices that become known within the market, by time."""
    new_year, spring = date(2026, 1, 1), date(2026, 4, 1)
    changes: list[OwnChange | PriceChanged] = [
        # Known in time: VAT of electricity is lowered for three months.
        LawChanged(at(date(2026, 3, 10)), "law:vat", "vat_rates", {"medium": "electricity"},
                   {"rate": Decimal("0.08")}, spring, date(2026, 7, 1)),
        # Known late: the levy of January was another, bills of January are corrected.
        LawChanged(at(date(2026, 2, 9)), "law:levy", "statutory_rates",
                   {"charge_code": "res_levy"}, {"price": Decimal("0.0081")}, new_year),
        CapProlonged(at(date(2026, 2, 10)), "law:cap", Decimal("0.5200"), new_year, spring),
        PriceChanged(at(date(2025, 12, 10)), "price:DOM-PLUS", "DOM-PLUS", "G11", "all", Decimal("0.6490"),
                     date(2025, 11, 16)),
    ]  # fmt: skip
    first = datetime.combine(full.market.first, time(0), tzinfo=WARSAW)
    last = datetime.combine(full.market.last, time(0), tzinfo=WARSAW)
    return [(change.known_at, change) for change in changes if first <= change.known_at <= last]


def _insert(session: Session, table: str, values: Mapping[str, Any]) -> None:
    columns = ", ".join(values)
    places = ", ".join(
        f"cast(:{name} as numrange)" if name == "annual_kwh_range" else f":{name}" for name in values
    )
    session.execute(text(f"insert into operational.{table} ({columns}) values ({places})"), dict(values))
