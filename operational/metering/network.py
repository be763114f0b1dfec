"""What is special about the network charges of a supply point, by date.

Share of the energy that bears the renewable energy levy (energy-intensive users, Renewable Energy Act
art. 53-54) and the limit of tg phi in the connection conditions. What is not recorded is ordinary.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError


class NetworkAttributesError(DomainError):
    """Attributes that cannot hold; the message names the number and its bounds."""


@dataclass(frozen=True, slots=True)
class NetworkAttributes:
    """Attributes on days [valid_from, valid_to); ``tg_phi_limit`` None: that of the tariff holds."""

    oze_base_factor: Decimal
    tg_phi_limit: Decimal | None
    valid_from: date
    valid_to: date | None
    source: str


def network_attributes(session: Session, *, supply_point_id: int) -> list[NetworkAttributes]:
    """Return the attributes of a point as they are known now, newest first."""
    rows = session.execute(
        text(
            "select oze_base_factor, tg_phi_limit, valid_from, valid_to, source"
            " from operational.network_attributes where supply_point_id = :point and superseded_at is null"
            " order by valid_from desc"
        ),
        {"point": supply_point_id},
    )
    return [
        NetworkAttributes(row.oze_base_factor, row.tg_phi_limit, row.valid_from, row.valid_to, row.source)
        for row in rows
    ]


def record_network_attributes(
    session: Session, *, supply_point_id: int, attributes: NetworkAttributes, as_of: datetime
) -> None:
    """Let attributes hold from their first day on; what was known for those days is closed, not changed.

    ``oze_base_factor`` is a share above 0 up to 1 (0.15, 0.60, 0.80 or 1), ``tg_phi_limit`` lies between 0
    and 1. Raises NetworkAttributesError otherwise. Issued bills of those days are corrected by the next run.
    """
    share, limit = attributes.oze_base_factor, attributes.tg_phi_limit
    if not (0 < share <= 1) or (limit is not None and not 0 <= limit <= 1):
        raise NetworkAttributesError(
            "network_attributes_out_of_bounds",
            f"The share {share} must be above 0 and at most 1, the limit {limit} between 0 and 1. "
            "Correct the numbers.",
        )
    known = [
        found
        for found in network_attributes(session, supply_point_id=supply_point_id)
        if found.valid_to is None or found.valid_to > attributes.valid_from
    ]
    session.execute(
        text(
            "update operational.network_attributes set superseded_at = :at where supply_point_id = :point"
            " and superseded_at is null and (valid_to is null or valid_to > :first_day)"
        ),
        {"at": as_of, "point": supply_point_id, "first_day": attributes.valid_from},
    )
    kept = [
        NetworkAttributes(
            row.oze_base_factor, row.tg_phi_limit, row.valid_from, attributes.valid_from, row.source
        )
        for row in known
        if row.valid_from < attributes.valid_from
    ]
    session.execute(
        text(
            "insert into operational.network_attributes (supply_point_id, oze_base_factor, tg_phi_limit,"
            " valid_from, valid_to, source, recorded_at)"
            " values (:point, :share, :limit, :first, :end, :source, :at)"
        ),
        [
            {
                "point": supply_point_id, "share": row.oze_base_factor, "limit": row.tg_phi_limit,
                "first": row.valid_from, "end": row.valid_to, "source": row.source, "at": as_of,
            }
            for row in [*kept, attributes]
        ],
    )  # fmt: skip
