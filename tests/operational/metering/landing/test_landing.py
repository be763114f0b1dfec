"""The gate of distributors' files: what becomes a fact, what waits, and that order does not matter."""

import itertools
import time
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel import db
from operational.kernel.identifiers import gsrn_check_digit
from operational.metering import queries
from operational.metering.operations import (
    land_readings_file,
    resolve_rejected_row,
    retry_rejected_rows,
)
from operational.metering.quarantine import NotWaiting
from tests.operational.metering.landing.market import (
    AS_OF,
    Place,
    make_place,
    reading,
    readings_file,
    readings_state,
    volume,
    volumes_file,
    volumes_state,
)

JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


def land(session: Session, content: bytes, name: str = "readings.csv"):
    return land_readings_file(session, content=content, name=name, as_of=AS_OF)


def test_good_rows_become_facts_with_file_line_and_moment(session: Session) -> None:
    place = make_place(session, 1)
    result = land(session, readings_file([reading(place, JANUARY, "100"), reading(place, FEBRUARY, "150.5")]))
    assert (result.status, result.kind, result.format) == ("loaded", "register_readings", "iris_readings")
    assert (result.rows_read, result.rows_accepted, result.rows_rejected, result.rows_duplicate) == (
        2,
        2,
        0,
        0,
    )
    assert result.is_clean
    found = session.execute(
        text("select value, file_id, row_no, recorded_at, recorded_by from operational.readings order by id")
    ).all()
    assert [tuple(row) for row in found] == [
        (Decimal("100.000"), result.file_id, 2, AS_OF, "test"),
        (Decimal("150.500"), result.file_id, 3, AS_OF, "test"),
    ]


def test_the_same_file_again_writes_nothing_and_says_so(session: Session) -> None:
    content = readings_file([reading(make_place(session, 1), JANUARY, "100")])
    first, again = land(session, content), land(session, content, "other name.csv")
    assert (again.status, again.file_id, again.rows_accepted) == ("already_loaded", first.file_id, 1)
    assert session.execute(text("select count(*) from operational.readings")).scalar_one() == 1


def test_a_reading_known_from_another_file_is_a_duplicate(session: Session) -> None:
    place = make_place(session, 1)
    land(session, readings_file([reading(place, JANUARY, "100")]))
    result = land(session, readings_file([reading(place, JANUARY, "100"), reading(place, FEBRUARY, "120")]))
    assert (result.rows_accepted, result.rows_duplicate, result.rows_rejected) == (1, 1, 0)


def test_the_higher_version_holds_also_when_the_lower_one_comes_later(session: Session) -> None:
    place = make_place(session, 1)
    land(session, readings_file([reading(place, JANUARY, "110", version=2)]))
    land(session, readings_file([reading(place, JANUARY, "100", version=1)]))
    land(session, readings_file([reading(place, JANUARY, "115", version=3)]))
    found = session.execute(
        text("select version, superseded_at is null from operational.readings order by version")
    ).all()
    assert [tuple(row) for row in found] == [(1, False), (2, False), (3, True)]


def test_the_same_version_with_another_value_waits_in_quarantine(session: Session) -> None:
    place = make_place(session, 1)
    land(session, readings_file([reading(place, JANUARY, "100")]))
    result = land(session, readings_file([reading(place, JANUARY, "101")]))
    assert [row.code for row in result.rejected] == ["version_conflict"]
    assert "100.000 actual_remote" in result.rejected[0].reason
    assert "higher version" in result.rejected[0].cure


def test_a_file_that_contradicts_itself_gets_both_rows_back(session: Session) -> None:
    place = make_place(session, 1)
    result = land(session, readings_file([reading(place, JANUARY, "100"), reading(place, JANUARY, "101")]))
    assert [(row.row_no, row.code) for row in result.rejected] == [
        (2, "conflict_in_file"),
        (3, "conflict_in_file"),
    ]
    assert readings_state(session) == set()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"supply_point_code": "590543570000000998"}, "unknown_supply_point"),
        ({"meter_serial": "M77"}, "unknown_meter"),
        ({"zone_code": "night"}, "unknown_register"),
        ({"reading_date": date(2024, 12, 30)}, "meter_not_at_point"),
        ({"reading_date": date(2026, 5, 5)}, "date_in_future"),
        ({"value": Decimal(1000000)}, "reading_exceeds_register"),
    ],
)
def test_a_row_that_means_nothing_to_us_is_refused_with_reason_and_cure(
    session: Session, change: dict[str, object], code: str
) -> None:
    from dataclasses import replace

    place = make_place(session, 1)
    result = land(session, readings_file([replace(reading(place, JANUARY, "100"), **change)]))  # type: ignore[arg-type]
    assert [row.code for row in result.rejected] == [code]
    assert "{" not in result.rejected[0].reason + result.rejected[0].cure
    assert not result.is_clean


def test_the_day_before_the_installation_is_the_first_that_counts(session: Session) -> None:
    place = make_place(session, 1)
    assert land(session, readings_file([reading(place, date(2024, 12, 31), "0")])).rows_accepted == 1


def test_a_value_below_its_last_reading_is_left_to_billing_when_nothing_follows(session: Session) -> None:
    place = make_place(session, 1)
    assert land(
        session, readings_file([reading(place, JANUARY, "100"), reading(place, FEBRUARY, "90")])
    ).is_clean


def test_a_value_outside_two_neighbours_that_agree_is_refused(session: Session) -> None:
    place = make_place(session, 1)
    land(session, readings_file([reading(place, JANUARY, "100"), reading(place, MARCH, "120")]))
    below = land(session, readings_file([reading(place, FEBRUARY, "90")]))
    above = land(session, readings_file([reading(place, FEBRUARY, "900")]))
    assert [below.rejected[0].code, above.rejected[0].code] == ["reading_below_last"] * 2
    assert "100.000 on 2026-01-31 and 120.000 on 2026-03-31" in below.rejected[0].reason


def test_a_rollover_between_neighbours_is_accepted(session: Session) -> None:
    place = make_place(session, 1)
    rows = [
        reading(place, JANUARY, "999000"),
        reading(place, FEBRUARY, "999900"),
        reading(place, MARCH, "120"),
    ]
    assert land(session, readings_file(rows)).is_clean


def test_estimates_neither_judge_nor_are_judged(session: Session) -> None:
    place = make_place(session, 1)
    rows = [
        reading(place, JANUARY, "100"),
        reading(place, FEBRUARY, "300", kind="estimated"),
        reading(place, MARCH, "120"),
    ]
    assert land(session, readings_file(rows)).is_clean


def test_a_broken_file_is_refused_as_a_whole_and_once(session: Session) -> None:
    for _ in range(2):
        result = land(session, b"what;is;this\n1;2;3\n", "odd.csv")
        assert (result.status, result.code) == ("refused", "meter_format_not_recognised")
        assert "odd.csv" in result.message
    refused = queries.rejected_files(session)
    assert [(row.name, row.code) for row in refused] == [("odd.csv", "meter_format_not_recognised")]


def test_a_row_that_cannot_be_read_waits_as_it_came(session: Session) -> None:
    place = make_place(session, 1)
    content = (
        readings_file([reading(place, JANUARY, "100")])
        + b"590543570000000099,M1,all,2026-02-28,12,actual_remote,periodic,1\n"
    )
    result = land(session, content)
    waiting = queries.rejected_rows(session, file_id=result.file_id or 0)
    assert [(row.row_no, row.code) for row in waiting] == [(3, "wrong_check_digit")]
    assert waiting[0].content == "590543570000000099,M1,all,2026-02-28,12,actual_remote,periodic,1"


def test_a_quarantined_row_is_accepted_once_its_point_is_there_without_the_file(session: Session) -> None:
    known = make_place(session, 1)
    missing = Place(0, "590543570000000023", "M2", 0)
    missing = Place(0, missing.code[:17] + gsrn_check_digit(missing.code[:17]), "M2", 0)
    content = readings_file(
        [reading(known, JANUARY, "100"), reading(missing, JANUARY, "1234.5", kind="actual_manual")],
        "dso_semicolon_readings",
    )
    file_id = land(session, content).file_id
    assert retry_rejected_rows(session, file_id=file_id, as_of=AS_OF).rows_accepted == 0
    assert make_place(session, 2).code == missing.code
    result = retry_rejected_rows(session, file_id=file_id, as_of=AS_OF + timedelta(days=1))
    assert (result.rows_tried, result.rows_accepted, result.rejected) == (1, 1, ())
    found = session.execute(
        text("select value, kind, file_id, row_no, recorded_at from operational.readings where row_no = 3")
    ).one()
    assert tuple(found) == (Decimal("1234.500"), "actual_manual", file_id, 3, AS_OF + timedelta(days=1))
    assert queries.rejected_rows(session) == []
    assert [row.resolution for row in queries.rejected_rows(session, with_resolved=True)] == ["accepted"]
    assert retry_rejected_rows(session, as_of=AS_OF).rows_tried == 0


def test_a_code_with_a_wrong_check_digit_is_accepted_once_a_person_has_entered_it(session: Session) -> None:
    place = make_place(session, 1)
    odd = place.code[:17] + str((int(place.code[17]) + 1) % 10)
    row = reading(Place(0, odd, place.serial, 0), JANUARY, "100")
    assert [bad.code for bad in land(session, readings_file([row])).rejected] == ["wrong_check_digit"]
    session.execute(
        text("update operational.supply_points set code = :odd where id = :id"),
        {"odd": odd, "id": place.point_id},
    )
    assert retry_rejected_rows(session, as_of=AS_OF).rows_accepted == 1


def test_a_person_can_dismiss_a_row_once(session: Session) -> None:
    file_id = land(
        session, readings_file([reading(Place(0, "590543570000000011", "M1", 0), JANUARY, "1")])
    ).file_id
    row_id = queries.rejected_rows(session, file_id=file_id or 0)[0].id
    resolve_rejected_row(session, row_id=row_id, resolution="dismissed", as_of=AS_OF)
    with pytest.raises(NotWaiting):
        resolve_rejected_row(session, row_id=row_id, resolution="dismissed", as_of=AS_OF)
    assert queries.rejected_rows(session, with_resolved=True)[0].resolved_by == "test"


def test_rows_refused_by_an_earlier_check_go_to_quarantine(session: Session) -> None:
    from operational.metering.formats.readings import RejectedRow

    place = make_place(session, 1)
    content = readings_file([reading(place, JANUARY, "100"), reading(place, FEBRUARY, "150")])
    refusals = {3: RejectedRow(3, "", "expectation_failed", "Not expected.", "Ask.")}
    result = land_readings_file(session, content=content, name="r.csv", as_of=AS_OF, refusals=refusals)
    assert (result.rows_accepted, [row.code for row in result.rejected]) == (1, ["expectation_failed"])
    assert result.rejected[0].content.endswith("150,actual_remote,periodic,1")


def test_volumes_replace_by_version_and_may_not_overlap(session: Session) -> None:
    place = make_place(session, 1)
    first, half = date(2026, 1, 1), date(2026, 1, 16)
    february, march = date(2026, 2, 1), date(2026, 3, 1)
    land(session, volumes_file([volume(place, first, march, "500")]))
    overlapping = volumes_file([volume(place, february, march, "260")])
    assert [row.code for row in land(session, overlapping).rejected] == ["period_overlap"]
    shorter = land(session, volumes_file([volume(place, first, february, "240", version=2)]))
    assert shorter.is_clean
    assert retry_rejected_rows(session, as_of=AS_OF).rows_accepted == 1
    both = volumes_file(
        [volume(place, first, half, "1", version=3), volume(place, date(2026, 1, 10), february, "2")]
    )
    assert [row.code for row in land(session, both).rejected] == ["period_overlap"] * 2
    holding = {(row[2], row[5]) for row in volumes_state(session) if row[6]}
    assert holding == {(first, Decimal("240.000")), (february, Decimal("260.000"))}


def test_a_refused_shortening_leaves_the_old_period_standing(session: Session) -> None:
    place = make_place(session, 1)
    january, february, march = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
    land(session, volumes_file([volume(place, january, march, "500")]))
    rows = [
        volume(place, january, february, "240", version=2),
        volume(place, date(2026, 1, 10), date(2026, 1, 20), "5"),
        volume(place, february, march, "260"),
    ]
    result = land(session, volumes_file(rows))
    assert [row.code for row in result.rejected] == ["period_overlap"] * 3
    assert {row[2:6] for row in volumes_state(session) if row[6]} == {(january, march, 1, Decimal("500.000"))}


def test_cubic_metres_of_electricity_are_refused(session: Session) -> None:
    place, gas = make_place(session, 1), make_place(session, 2, medium="gas")
    rows = [volume(where, date(2026, 1, 1), date(2026, 2, 1), "50", unit="m3") for where in (place, gas)]
    assert [(row.row_no, row.code) for row in land(session, volumes_file(rows)).rejected] == [
        (2, "unit_mismatch")
    ]


_LOST = """
select count(*) from raw.files f
where f.rows_read <> (select count(*) from raw.register_readings r where r.file_id = f.id)
  + (select count(*) from raw.rejected_rows q where q.file_id = f.id)"""

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(1, 3)), min_size=1, max_size=14)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, cut=st.integers(0, 14), seed=st.randoms())
def test_files_in_any_order_in_halves_and_twice_lead_to_the_same_facts(
    session: Session, rows: list[tuple[int, int, int]], cut: int, seed: object
) -> None:
    with session.begin_nested() as attempt:
        places = [make_place(session, 1), make_place(session, 2)]
        made = [
            reading(
                places[where],
                date(2026, 1, 1) + timedelta(days=10 * day),
                str(100 * day + version),
                version=version,
            )
            for where, day, version in rows
        ]
        made.append(reading(Place(0, "590543570000000882", "M1", 0), JANUARY, "5"))
        states = []
        shuffled = list(made)
        seed.shuffle(shuffled)  # type: ignore[attr-defined]
        ways = (
            [made],
            [made[:cut], made[cut:]],
            [made[cut:], made[:cut], made],
            [shuffled[cut:], made, shuffled[:cut]],
        )
        for files in ways:
            with session.begin_nested() as way:
                for number, file in enumerate([*files, files[0]]):
                    land(session, readings_file(file), f"{number}.csv")
                states.append(readings_state(session))
                lost = session.execute(text(_LOST)).scalar_one()
                assert lost == 0
                way.rollback()
        assert all(state == states[0] for state in states)
        newest = {key: max(row[2] for row in group) for key, group in _by_key(states[0])}
        assert all(row[5] == (row[2] == newest[row[:2]]) for row in states[0])
        attempt.rollback()


def _by_key(state: set[tuple[object, ...]]):
    ordered = sorted(state, key=repr)
    return [(key, list(group)) for key, group in itertools.groupby(ordered, key=lambda row: row[:2])]


@pytest.mark.slow
def test_a_hundred_thousand_rows_take_seconds(database: str) -> None:
    with db.open_session("app", actor="test", database=database) as session:
        places = [make_place(session, number) for number in range(1, 3)]
        session.execute(
            text(
                "with m as (insert into operational.meters (serial, medium)"
                "  select 'L' || n, 'electricity' from generate_series(1, 50000) n returning id, serial),"
                " p as (insert into operational.supply_points (code, medium, dso_code, address_id)"
                "  select 'PL' || lpad(n::text, 14, '0'), 'electricity', s.dso_code, s.address_id"
                "  from generate_series(1, 50000) n, operational.supply_points s where s.id = :id"
                "  returning id, code),"
                " r as (insert into operational.registers (meter_id, zone_code, unit)"
                "  select id, 'all', 'kwh' from m)"
                " insert into operational.meter_installations (meter_id, supply_point_id, valid_from)"
                " select m.id, p.id, '2025-01-01' from m join p"
                "  on substr(p.code, 3)::bigint = substr(m.serial, 2)::bigint"
            ),
            {"id": places[0].point_id},
        )
        rows = [
            reading(Place(0, f"PL{number:014d}", f"L{number}", 0), day, value)
            for day, value in ((JANUARY, "100"), (FEBRUARY, "200"))
            for number in range(1, 50001)
        ]
        content = readings_file(rows)
    with db.open_session("app", actor="test", database=database) as session:
        started = time.monotonic()
        result = land(session, content)
        took = time.monotonic() - started
    assert result.rows_accepted == 100000, result.rejected[:2]
    print(f"100 000 rows in {took:.1f} s")  # noqa: T201  the figure is what this test is for
    assert took < 60  # seconds of a busy machine; an idle one needs a few
