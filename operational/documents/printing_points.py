"""The part of a printed document that belongs to one supply point: facts, readings, lines, past use."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from operational.documents import rules
from operational.documents.sheet import Line, Point, Sheet
from operational.kernel.presentation import formatting as fmt

ZERO = Decimal(0)
_CHART_PERIODS = 13
_LONG_QUANTITY = Decimal(10) ** 4

Words = dict[str, str]


def point(found: Point, sheet: Sheet, words: Words) -> dict[str, Any]:
    """Return the texts of one supply point."""
    language = sheet.language
    return {
        "medium": found.medium,
        "label": words[f"point_{found.medium}"],
        "code": fmt.supply_point_code(found.code),
        "address": f"{found.street_line}, {found.city_line}",
        "facts": _facts(found, words, language),
        "readings": [_reading(row, words, language) for row in found.readings],
        "volumes": [_volume(row, words, language) for row in found.volumes],
        "gas": [_gas(row, language) for row in found.gas],
        "sections": _sections(found, sheet, words),
        "summary": [
            fmt.supply_point_code(found.code),
            f"{found.street_line}, {found.city_line}",
            found.tariff_group or fmt.EMPTY,
            fmt.EMPTY
            if sheet.forecast and sheet.forecast.is_forecast
            else fmt.energy(found.energy_kwh, language),
            fmt.number(sum((line.net_difference for line in found.lines), ZERO), 2, language),
        ],
        "use": _use(found, sheet, words),
    }


def _facts(found: Point, words: Words, language: str) -> list[list[str]]:
    facts = [
        [words[f"point_{found.medium}"], fmt.supply_point_code(found.code)],
        [words["point_address"], f"{found.street_line}, {found.city_line}"],
        [words["tariff"], found.tariff_group or fmt.EMPTY],
        [words["dso"], found.dso_name],
    ]
    if found.contracted_power_kw is not None:
        facts.insert(3, [words["power"], f"{fmt.number(found.contracted_power_kw, language=language)} kW"])
    return facts


def _zone(code: str, words: Words) -> str:
    return words.get(f"zone_{code}", code) if code else ""


def _reading(row: Any, words: Words, language: str) -> list[Any]:
    def mark(day: date | None, value: Decimal | None, kind: str) -> dict[str, Any]:
        moment = f"{fmt.civil_date(day, 'medium', language)}, " if day else ""
        return {
            "value": fmt.number(value, language=language),
            "note": f"{moment}{words[f'kind_{kind}']}",
            "is_estimated": kind in {"estimated", "substitute"},
        }

    used = fmt.EMPTY
    if row.used is not None:
        used = f"{fmt.number(row.used, language=language)} {words[f'unit_{row.unit}']}"
    return [
        row.meter_serial,
        _zone(row.zone_code, words),
        mark(row.start_date, row.start_value, row.start_kind),
        mark(row.end_date, row.end_value, row.end_kind),
        fmt.number(row.multiplier, language=language),
        used,
    ]


def _volume(row: Any, words: Words, language: str) -> list[str]:
    quality = words["estimated_legend"] if row.quality == "estimated" else words["actual"]
    quantity = f"{fmt.number(row.quantity, language=language)} {words[f'unit_{row.unit}']}"
    return [
        _zone(row.zone_code, words),
        fmt.day_range(row.period_from, row.period_to, language),
        quality,
        quantity,
    ]


def _gas(row: Any, language: str) -> list[str]:
    factor = fmt.EMPTY if row.factor is None else f"{fmt.number(row.factor, 3, language)} kWh/m³"
    return [f"{fmt.number(row.m3, language=language)} m³", factor, fmt.energy(row.energy_kwh, language)]


def _sections(found: Point, sheet: Sheet, words: Words) -> list[dict[str, Any]]:
    """Return the lines by section, sale first; a correction shows what it changes, in three rows each."""
    made = []
    is_correction = sheet.kind == "correction"
    for section in ("sale", "distribution"):
        lines = [line for line in found.lines if line.section == section]
        shown = [line for line in lines if not is_correction or rules.is_changed(line)]
        if not lines:
            continue
        total = sum((line.net_difference for line in lines), ZERO)
        made.append(
            {
                "title": words[f"section_{section}"],
                "rows": [_line(line, found, is_correction, words, sheet.language) for line in shown],
                "total": fmt.number(total, 2, sheet.language),
                "hidden": len(lines) - len(shown),
            }
        )
    return made


def _line(line: Line, found: Point, is_correction: bool, words: Words, language: str) -> dict[str, Any]:
    name = line.name_en if language == "en" else line.name_pl
    zone = _zone(line.zone_code, words) if line.zone_code not in {"", "all"} else ""
    whole = (line.period_from, line.period_to) == (found.period_from, found.period_to)
    made: dict[str, Any] = {
        "name": name,
        "zone": zone,
        "period": "" if whole else _short_range(line.period_from, line.period_to),
        "vat": fmt.percent(line.vat_rate, 0, language),
        "is_estimated": line.is_estimated,
        "factor": "" if line.factor in (None, Decimal(1)) else fmt.number(line.factor, 4, language),
    }
    after = _amounts((line.quantity_after, line.price_after, line.net_after), line, words, language)
    if not is_correction:
        return made | {"amounts": [["", *after]]}
    before = _amounts((line.quantity_before, line.price_before, line.net_before), line, words, language)
    difference = [
        _quantity(line.quantity_after - line.quantity_before, line, words, language),
        "",
        fmt.number(line.net_difference, 2, language),
    ]
    rows = [[words["before"], *before], [words["after"], *after], [words["difference"], *difference]]
    return made | {"amounts": rows}


def _amounts(amounts: tuple[Decimal, Decimal, Decimal], line: Line, words: Words, language: str) -> list[str]:
    quantity, price, net = amounts
    plain = fmt.unit_price(price, language=language).partition("\u00a0zł")[0]
    return [_quantity(quantity, line, words, language), plain, fmt.number(net, 2, language)]


def _quantity(quantity: Decimal, line: Line, words: Words, language: str) -> str:
    places = (
        None
        if line.unit == "kwh" or abs(quantity) >= _LONG_QUANTITY or quantity == quantity.to_integral()
        else 6
    )
    return f"{fmt.number(quantity, places, language)} {words[f'unit_{line.unit}']}"


def _short_range(first: date, end: date) -> str:
    last = end - timedelta(days=1)
    return f"{first:%d.%m.%y}–{last:%d.%m.%y}"


def _use(found: Point, sheet: Sheet, words: Words) -> dict[str, Any]:
    """Return the chart of past periods and the comparison with a year earlier."""
    shown = [use for use in found.history if use.period_from <= found.period_from][-_CHART_PERIODS:]
    top = max((use.energy_kwh for use in shown), default=ZERO)
    days = max((found.period_to - found.period_from).days, 1)
    language = sheet.language
    return {
        "bars": [
            {
                "label": fmt.month_short(use.period_from, language),
                "year": str(use.period_from.year),
                "text": fmt.number(use.energy_kwh, 0, language),
                "share": float(use.energy_kwh / top) if top else 0.0,
                "is_estimated": use.is_estimated,
                "is_current": use.period_from == found.period_from,
            }
            for use in shown
        ],
        "total": fmt.energy(found.energy_kwh, language),
        "zones": _zones(found, words, language),
        "average": f"{fmt.number(found.energy_kwh / days, 1, language)} kWh",
        "comparison": _comparison(found, words, language),
    }


def _zones(found: Point, words: Words, language: str) -> list[list[str]]:
    """Return the use by zone when there is more than one."""
    zones: dict[str, Decimal] = {}
    for line in found.lines:
        if line.energy_kwh_after:
            zones[line.zone_code] = zones.get(line.zone_code, ZERO) + line.energy_kwh_after
    return (
        [[_zone(code, words), fmt.energy(use, language)] for code, use in zones.items()]
        if len(zones) > 1
        else []
    )


def _comparison(found: Point, words: Words, language: str) -> str:
    """Say how the use compares with the same period a year earlier; empty without data."""
    earlier = found.year_before
    if earlier is None or not earlier.energy_kwh:
        return ""
    change = (found.energy_kwh - earlier.energy_kwh) / earlier.energy_kwh
    share = fmt.percent(abs(change), 1, language)
    verdict = words["same"] if not change else f"{share} {words['more' if change > 0 else 'less']}"
    return f"{words['year_before']}: {fmt.energy(earlier.energy_kwh, language)} ({verdict})"
