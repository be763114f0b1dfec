"""Attributes of network charges: versions by date, refusals."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.metering.network import (
    NetworkAttributes,
    NetworkAttributesError,
    network_attributes,
    record_network_attributes,
)

NOW = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def point(session: Session) -> int:
    session.execute(
        text("insert into operational.dsos (code, name, medium) values ('dso-x', 'X', 'electricity')")
    )
    return int(
        session.execute(
            text(
                "with address as (insert into operational.addresses (street, building, postal_code, city)"
                " values ('Przykładowa', '1', '00-950', 'Warszawa') returning id)"
                " insert into operational.supply_points (code, medium, dso_code, address_id)"
                " select '590310600000123459', 'electricity', 'dso-x', id from address returning id"
            )
        ).scalar_one()
    )


def record(session: Session, point: int, share: str, start: date, limit: str | None = None) -> None:
    record_network_attributes(
        session,
        supply_point_id=point,
        attributes=NetworkAttributes(
            Decimal(share), Decimal(limit) if limit else None, start, None, "decision 1/2026"
        ),
        as_of=NOW,
    )


def test_new_attributes_end_the_old_ones_and_keep_their_past(session: Session, point: int) -> None:
    record(session, point, "0.15", date(2026, 1, 1))
    record(session, point, "0.6", date(2026, 7, 1), "0.3")
    found = network_attributes(session, supply_point_id=point)
    assert [(row.oze_base_factor, row.tg_phi_limit, row.valid_from, row.valid_to) for row in found] == [
        (Decimal("0.6"), Decimal("0.3"), date(2026, 7, 1), None),
        (Decimal("0.15"), None, date(2026, 1, 1), date(2026, 7, 1)),
    ]
    versions = session.execute(
        text("select count(*), count(superseded_at) from operational.network_attributes")
    ).one()
    assert tuple(versions) == (3, 1)


@pytest.mark.parametrize(("share", "limit"), [("0", None), ("1.2", None), ("0.15", "1.5")])
def test_numbers_out_of_bounds_are_refused(
    session: Session, point: int, share: str, limit: str | None
) -> None:
    with pytest.raises(NetworkAttributesError) as caught:
        record(session, point, share, date(2026, 1, 1), limit)
    assert caught.value.code == "network_attributes_out_of_bounds"
    assert network_attributes(session, supply_point_id=point) == []
