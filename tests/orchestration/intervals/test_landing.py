"""Wrong rows go to quarantine with their code, the rest goes on; versions, days of 23 and 25 hours."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy.orm import Session

from orchestration.intervals.determining import determine
from orchestration.intervals.landing import land_intervals_file
from orchestration.intervals.results import LakeResult
from tests.orchestration.intervals.conftest import AS_OF, BUSINESS, HOME, Market

HEADER = "supply_point_code,starts_at,minutes,channel,value,unit,quality,version"
LATER = AS_OF + timedelta(days=1)


def _quarters(
    code: str, start: datetime, count: int, *, value: str = "0.25", more: str = "kWh,actual,1"
) -> list[str]:
    return [
        f"{code},{start + timedelta(minutes=15 * place):%Y-%m-%dT%H:%M:%S}Z,15,import,{value},{more}"
        for place in range(count)
    ]


def _land(session: Session, folder: Path, name: str, lines: list[str], *, again: bool = False) -> LakeResult:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return land_intervals_file(session, path=path, as_of=AS_OF, again=again)


def test_each_wrong_row_has_its_code_and_the_rest_goes_on(
    session: Session, market: Market, tmp_path: Path
) -> None:
    midnight = datetime(2026, 3, 9, 23, tzinfo=UTC)
    good = _quarters(HOME, midnight, 96)
    wrong = [
        f"{BUSINESS},2026-03-10T00:00:00,15,import,1,kWh,actual,1",
        "590310600000000999,2026-03-10T00:00:00Z,15,import,1,kWh,actual,1",
        f"{BUSINESS},yesterday,15,import,1,kWh,actual,1",
        f"{BUSINESS},2026-03-10T00:07:00Z,15,import,1,kWh,actual,1",
        f"{BUSINESS},2026-03-10T00:00:00Z,20,import,1,kWh,actual,1",
        f"{BUSINESS},2026-03-10T00:15:00Z,15,sideways,1,kWh,actual,1",
        f"{BUSINESS},2026-03-10T00:30:00Z,15,import,1,m3,actual,1",
        f"{BUSINESS},2026-03-10T00:45:00Z,15,import,many,kWh,actual,1",
        f"{BUSINESS},2026-03-10T01:00:00Z,15,export,-1,kWh,actual,1",
        f"{BUSINESS},2026-03-10T01:15:00Z,15,import,1,kWh,actual,first",
        f"{BUSINESS},2026-03-10T01:30:00Z,15",
    ]
    found = _land(session, tmp_path, "bad.csv", [HEADER, *good, *wrong, good[0]])
    assert [entry.code for entry in found.entries] == [
        "offset_missing", "unknown_supply_point", "time_unreadable", "off_grid", "minutes_unknown",
        "channel_unknown",
        "unit_unknown", "value_unreadable", "negative_value", "version_unreadable", "line_broken",
    ]  # fmt: skip
    assert found.entries[0].row_no == 98
    assert found.entries[0].content == wrong[0]
    assert (found.rows_accepted, found.rows_rejected, found.rows_duplicate) == (96, 11, 1)
    determine(session, as_of=LATER)
    assert market.days(HOME) == {"2026-03-10": (96, 96)}


def test_contradictions_and_mixed_series_are_refused(
    session: Session, market: Market, tmp_path: Path
) -> None:
    midnight = datetime(2026, 3, 9, 23, tzinfo=UTC)
    home = _quarters(HOME, midnight, 96)
    home.append(home[0].replace("0.25", "0.75"))
    mixed = _quarters(BUSINESS, midnight, 48) + _quarters(
        BUSINESS, midnight + timedelta(hours=12), 48, more="MWh,actual,1"
    )
    found = _land(session, tmp_path, "mixed.csv", [HEADER, *home, *mixed])
    codes = {entry.code for entry in found.entries}
    assert codes == {"conflict_in_file", "mixed_units", "interval_gap"}
    assert (found.rows_accepted, found.rows_rejected) == (95, 98)


def test_correction_gap_and_version_conflict(session: Session, market: Market, tmp_path: Path) -> None:
    midnight = datetime(2026, 3, 9, 23, tzinfo=UTC)
    day = _quarters(HOME, midnight, 96)
    assert [entry.code for entry in _land(session, tmp_path, "gap.csv", [HEADER, *day[:90]]).entries] == [
        "interval_gap"
    ]
    determine(session, as_of=LATER)
    assert market.days(HOME) == {"2026-03-10": (90, 96)}
    assert market.codes() == ["interval_gap"]

    _land(session, tmp_path, "rest.csv", [HEADER, *day[90:]])
    determine(session, as_of=LATER)
    assert market.days(HOME) == {"2026-03-10": (96, 96)}
    assert market.sums(HOME, "energy", zones="all") == {"all": 24}
    assert "interval_gap" not in market.codes()

    conflict = _land(session, tmp_path, "conflict.csv", [HEADER, day[0].replace("0.25", "9"), day[1]])
    assert (conflict.rows_rejected, conflict.rows_duplicate, conflict.entries[0].code) == (
        1,
        1,
        "version_conflict",
    )
    corrected = _land(
        session,
        tmp_path,
        "correction.csv",
        [HEADER, day[0].replace("0.25", "9").replace("actual,1", "actual,2")],
    )
    assert corrected.rows_accepted == 1
    changed = determine(session, as_of=LATER)
    assert changed.written.superseded == changed.written.inserted > 0
    assert market.sums(HOME, "energy", zones="all") == {"all": Decimal("32.75")}
    assert determine(session, as_of=LATER + timedelta(days=1)).written.inserted == 0


def test_same_file_twice_and_again_after_the_point_was_added(
    session: Session, market: Market, tmp_path: Path
) -> None:
    lines = [HEADER, *_quarters("590310600000000999", datetime(2026, 3, 9, 23, tzinfo=UTC), 96)]
    first = _land(session, tmp_path, "new.csv", lines)
    assert (first.rows_accepted, [(entry.code, entry.rows) for entry in first.entries]) == (
        0,
        [("unknown_supply_point", 96)],
    )
    assert _land(session, tmp_path, "new.csv", lines).status == "already_loaded"
    market.point("590310600000000999")
    second = _land(session, tmp_path, "new.csv", lines, again=True)
    assert (second.status, second.rows_accepted) == ("loaded", 96)


def _hours(day: str, code: str, count: int, *, unit: str = "kWh", value: str = "1,5") -> str:
    return f"{code};{day};pobór;{unit};" + ";".join([value] * count + [""] * (25 - count))


def test_days_of_23_and_25_hours_in_columns(session: Session, market: Market, tmp_path: Path) -> None:
    header = "Kod PPE;Data;Kierunek;Jednostka;" + ";".join(str(hour) for hour in range(1, 26))
    lines = [
        header,
        _hours("28.03.2026", HOME, 24), _hours("29.03.2026", HOME, 23), _hours("30.03.2026", HOME, 24),
        _hours("25.10.2025", BUSINESS, 24, unit="MWh", value="0,0015"),
        _hours("26.10.2025", BUSINESS, 25, unit="MWh", value="0,0015"),
        _hours("29.03.2026", BUSINESS, 24, unit="MWh"), _hours("27.10.2025", BUSINESS, 25, unit="MWh"),
        _hours("31.03.2024", HOME, 24),
    ]  # fmt: skip
    path = tmp_path / "hours.csv"
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("cp1250"))
    found = land_intervals_file(session, path=path, as_of=AS_OF)
    wrong = [(entry.row_no, entry.code) for entry in found.entries if entry.code != "interval_gap"]
    assert wrong == [(7, "day_hours_wrong"), (8, "day_hours_wrong"), (9, "day_hours_wrong")]
    determine(session, as_of=LATER)
    assert market.days(HOME) == {"2026-03-28": (24, 24), "2026-03-29": (23, 23), "2026-03-30": (24, 24)}
    assert market.days(BUSINESS) == {"2025-10-25": (24, 24), "2025-10-26": (25, 25)}
    assert market.sums(BUSINESS, "energy", zones="all") == {"all": Decimal("73.5")}
