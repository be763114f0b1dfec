"""Where the customer's own changes of supplier stand; row-level security shows own rows only."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from operational.kernel.rows import rows

# What a customer is told: four stations of the way, or that something waits or has ended.
STATIONS: Final = ("prepared", "reported", "confirmed", "active")
_STATION: Final = {
    "DRAFT": "prepared", "DOCS_INCOMPLETE": "prepared", "READY": "prepared", "SENT": "reported",
    "RESENT": "reported", "ACK": "reported", "VERIFIED_OK": "confirmed", "SCHEDULED": "confirmed",
    "ACTIVE": "active", "REJECTED": "reported", "COLLISION": "reported",
}  # fmt: skip
_STILL_SHOWN = 60


@dataclass(frozen=True, slots=True)
class SwitchCard:
    """A change of supplier of one supply point. ``station`` is ''
    when the customer leaves or it has ended.
    """

    number: str
    medium: str
    point_code: str
    dso_name: str
    direction: str
    status: str
    wanted_start: date
    confirmed_start: date | None
    end_on: date | None
    lacks_papers: bool

    @property
    def station(self) -> str:
        """Return how far the way has come."""
        return _STATION.get(self.status, "") if self.direction == "in" else ""

    def mark(self, station: str) -> str:
        """Return whether a station is d(one), n(ow) or nothing yet."""
        if not self.station:
            return ""
        here, at = STATIONS.index(self.station), STATIONS.index(station)
        if at == here:
            return "d" if self.station == "active" else "n"
        return "d" if at < here else ""


def switches(session: Session, *, customer_id: int, today: date) -> list[SwitchCard]:
    """Return the customer's changes of supplier, the newest first; finished ones for some weeks."""
    found = rows(
        session,
        """select c.number, c.medium, coalesce(p.code, '') as point_code, d.name, c.direction, c.status,
             c.wanted_start, c.confirmed_start, c.end_on, cardinality(c.missing) > 0
           from operational.switching_cases c join operational.dsos d on d.code = c.dso_code
           left join operational.supply_points p on p.id = c.supply_point_id
           where c.customer_id = :customer and (c.closed_on is null or c.closed_on > cast(:today as date) -
           :shown) and (c.status <> 'ACTIVE' or c.changed_on > cast(:today as date) - :shown) order by c.id
           desc""",
        {"customer": customer_id, "today": today, "shown": _STILL_SHOWN},
    )
    return [SwitchCard(*row) for row in found]
