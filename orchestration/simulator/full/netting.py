"""Net-metering settled anew, apart from the billing: Renewable Energy Act art. 4, by whole months.

What was fed in lowers, by its ratio, what was taken: in its own zone first, then in the dearest, the oldest
first; what is left waits for twelve months.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from operational.kernel.calendar import add_months

_LIFE = 12


@dataclass(slots=True)
class _Lot:
    month: date
    zone: str
    kwh: Decimal


def settled(
    taken: Mapping[date, Mapping[str, int]],
    fed: Mapping[date, Mapping[str, int]],
    *,
    ratio: Decimal,
    zones: Sequence[str],
) -> Iterator[dict[str, Decimal]]:
    """Yield by month the kWh left to bill in each zone; input in Wh, ``zones`` from the dearest down."""
    bank: list[_Lot] = []
    for month in sorted(taken):
        bank = [lot for lot in bank if add_months(lot.month, _LIFE) > month]
        need = {zone: Decimal(taken[month][zone]) / 1000 for zone in zones}
        bank += [_Lot(month, zone, Decimal(fed[month][zone]) * ratio / 1000) for zone in zones]
        for own in (True, False):
            for zone in zones:
                for lot in bank:
                    if lot.zone == zone or not own:
                        used = min(need[zone], lot.kwh)
                        need[zone] -= used
                        lot.kwh -= used
        yield need
