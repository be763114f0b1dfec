"""Explains every line of a document from the ids in its calculation sheet, and computes its amount anew.

Only immutable rows are read - readings, volumes, rates, factors, each by id - so the explanation of an old
document never changes. It works under the portal's row-level security; there the names of source files stay
empty.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.documents.explain_network import network_steps
from operational.documents.explanation import (
    Estimate,
    GasStep,
    LineExplanation,
    RateUsed,
    ReadingUsed,
    Split,
    VolumeUsed,
)
from operational.kernel.money import to_decimal
from operational.kernel.presentation import formatting

_LINES = text("""
    select l.*, d.kind as document_kind, c.name_pl, c.name_en, c.legal_basis, coalesce(v.source, '') as
      vat_source,
           x.price_pln_per_kwh as excise_price, coalesce(x.source, '') as excise_source
      from operational.document_lines l
      join operational.documents d on d.id = l.document_id
      join operational.charges c on c.code = l.charge_code
      left join operational.vat_rates v on v.id = (l.calculation ->> 'vat_rate_id')::bigint
      left join operational.excise_rates x on x.id = (l.calculation ->> 'excise_rate_id')::bigint
     where l.document_id = :document_id and (cast(:line_no as integer) is null or l.line_no = :line_no)
     order by l.line_no""")
_READINGS = """
    select r.id, r.reading_date, r.value, r.kind, g.zone_code, g.unit, g.digits, g.multiplier, m.serial,
      {file} as source
      from operational.readings r
      join operational.registers g on g.id = r.register_id
      join operational.meters m on m.id = g.meter_id {join}
     where r.id = any (:ids)"""
_VOLUMES = """
    select r.id, r.zone_code, r.period_from, r.period_to, r.quantity, r.unit, r.quality, {file} as source
      from operational.billed_volumes r {join}
     where r.id = any (:ids)"""
_FACTORS = """
    select id, factor_kwh_per_m3 as factor, source
      from operational.gas_conversion_factors where id = any (:ids)"""
_RATES: Final[Mapping[str, str]] = {
    "dso_rates": """select r.id, o.name as owner, r.unit, r.price, r.valid_from, r.valid_to, r.source
        from operational.dso_rates r join operational.dsos o on o.code = r.dso_code
         where r.id = any (:ids)""",
    "statutory_rates": """select r.id, '' as owner, r.unit, r.price, r.valid_from, r.valid_to, r.source
        from operational.statutory_rates r where r.id = any (:ids)""",
    "price_list_items": """select r.id, l.name as owner, r.unit, r.price, r.valid_from, r.valid_to, r.source
        from operational.price_list_items r join operational.price_lists l on l.id = r.price_list_id
        where r.id = any (:ids)""",
    "price_formulas": """select r.id, l.name || ', ' || r.determinant_index as owner, 'kwh' as unit,
          r.margin as price, r.valid_from, r.valid_to, r.source
        from operational.price_formulas r join operational.price_lists l on l.id = r.price_list_id
        where r.id = any (:ids)""",
    "contract_components": """select r.id, c.number as owner, 'piece' as unit, r.value as price, r.valid_from,
          r.valid_to, '' as source
        from operational.contract_components r join operational.contracts c on c.id = r.contract_id
        where r.id = any (:ids)""",
}
# Rows whose price is not the price of the line: margins, discounts, prices under a cap.
_PARTS_OF_PRICES: Final = ("price_formulas", "contract_components")
_ROLLOVER_FROM, _ROLLOVER_TO = Decimal("0.9"), Decimal("0.1")
_UNITS: Final = {
    "pl": {"month": "mies.", "kw_month": "kW × mies.", "pln": "zł", "piece": "szt."},
    "en": {"month": "months", "kw_month": "kW × months", "pln": "PLN", "piece": "pcs"},
}
_SAME_UNITS: Final = {"kwh": "kWh", "kw_hour": "kWh/h × h", "kvarh": "kvarh", "kw": "kW"}


def explain(session: Session, *, document_id: int, language: str = "pl") -> list[LineExplanation]:
    """Return the explanation of each line in the order of the document; empty when the document is not
    visible.
    """
    return _explain(session, document_id, None, language)


def explain_line(
    session: Session, *, document_id: int, line_no: int, language: str = "pl"
) -> LineExplanation | None:
    """Return the explanation of one line, or None when there is no such line."""
    found = _explain(session, document_id, line_no, language)
    return found[0] if found else None


def _explain(session: Session, document_id: int, line_no: int | None, language: str) -> list[LineExplanation]:
    lines = list(session.execute(_LINES, {"document_id": document_id, "line_no": line_no}))
    sheets = [line.calculation for line in lines]
    sources = _Sources(session, sheets)
    return [_line(line, sources, "en" if language == "en" else "pl") for line in lines]


class _Sources:
    """The immutable rows that some calculation sheets refer to, by id."""

    def __init__(self, session: Session, sheets: list[Mapping[str, Any]]) -> None:
        has_files = bool(session.execute(text("select has_schema_privilege('raw', 'usage')")).scalar())
        pairs = {key for sheet in sheets for pair in sheet.get("readings") or [] for key in pair}
        files = {"file": "coalesce(f.name, '')", "join": "left join raw.files f on f.id = r.file_id"}
        traced = files if has_files else {"file": "''", "join": ""}
        self.readings = _by_id(session, _READINGS.format(**traced), pairs)
        volumes = {key for sheet in sheets for key in sheet.get("volumes") or []}
        self.volumes = _by_id(session, _VOLUMES.format(**traced), volumes)
        factors = {step.get("factor_id") for sheet in sheets for step in sheet.get("gas") or []}
        self.factors = _by_id(session, _FACTORS, factors)
        self.rates = {}
        for table, query in _RATES.items():
            wanted = {sheet["rate"]["id"] for sheet in sheets if sheet.get("rate", {}).get("table") == table}
            for key, row in _by_id(session, query, wanted).items():
                self.rates[table, key] = RateUsed(
                    table, key, row.owner, row.unit, row.price, row.valid_from, row.valid_to, row.source
                )


def _by_id(session: Session, query: str, ids: Iterable[int | None]) -> dict[int, Any]:
    wanted = sorted(key for key in ids if key is not None)
    return {row.id: row for row in session.execute(text(query), {"ids": wanted})} if wanted else {}


def _line(line: Any, sources: _Sources, language: str) -> LineExplanation:
    sheet = line.calculation
    is_vanished = bool(sheet.get("vanished"))
    rate = sources.rates.get((sheet.get("rate", {}).get("table"), sheet.get("rate", {}).get("id")))
    is_own_price = bool(rate and rate.table not in _PARTS_OF_PRICES and not sheet.get("cap"))
    price = rate.price if rate and is_own_price and not is_vanished else line.price_after
    months = tuple((int(days), int(length)) for days, length in sheet.get("months") or [])
    power, factor = _number(sheet.get("power_kw")), _number(sheet.get("factor"))
    parts = _parts(line, sheet, price, months)
    formula_text = _index_text(line, sheet, language) or _formula_text(parts, months, language)
    return LineExplanation(
        line_no=line.line_no, charge_code=line.charge_code,
        name_pl=sheet.get("name_pl") or line.name_pl, name_en=sheet.get("name_en") or line.name_en,
        legal_basis=line.legal_basis, section=line.section, zone_code=line.zone_code,
        period_from=line.period_from, period_to=line.period_to, unit=line.unit, quantity=line.quantity_after,
        quantity_text=_quantity_text(line.quantity_after, line.unit, language),
        readings=tuple(_readings(sheet, sources)),
        volumes=tuple(_volumes(sheet, sources)),
        split=_split(sheet), estimate=_estimate(sheet), gas=tuple(_gas(sheet, sources)),
        months=months, power_kw=power, factor=factor, rate=rate,
        formula=sheet.get("formula", ""), formula_text=formula_text,
        unrounded=_product(parts), net_after=line.net_after,
        quantity_before=line.quantity_before, price_before=line.price_before, net_before=line.net_before,
        vat_rate=line.vat_rate, vat_source=line.vat_source,
        excise_price=line.excise_price, excise_source=line.excise_source,
        is_estimated=line.is_estimated, is_vanished=is_vanished,
        is_correction=line.document_kind == "correction",
        steps=network_steps(sheet, charge_code=line.charge_code, language=language),
    )  # fmt: skip


def _parts(
    line: Any, sheet: Mapping[str, Any], price: Decimal, months: tuple[tuple[int, int], ...]
) -> list[tuple[str, Fraction]]:
    """Return the factors that the formula names, each with its exact value."""
    if sheet.get("vanished"):
        return [("quantity", Fraction(0)), ("price", Fraction(price))]
    known = {
        "quantity": Fraction(line.quantity_after),
        "months": sum((Fraction(days, length) for days, length in months), Fraction(0)),
        "power_kw": Fraction(_number(sheet.get("power_kw")) or 0),
        "price": Fraction(price),
        "hours": Fraction(_number(sheet.get("hours")) or 0),
        "factor": Fraction(str(sheet.get("factor", 1))),
    }
    if sheet.get("index"):
        return [("amount", _index_amount(line, sheet))]
    names = [name.strip() for name in sheet.get("formula", "quantity * price").split("*")]
    return [(name, known[name]) for name in names]


def _index_amount(line: Any, sheet: Mapping[str, Any]) -> Fraction:
    """Return sum of kWh x index, times the multiplier, plus kWh x (margin + excise); exact."""
    value, multiplier, margin, excise = (
        Fraction(Decimal(str(found)))
        for found in (sheet["index"]["value"], sheet["multiplier"], sheet["margin"], sheet["excise"])
    )
    return value * multiplier + Fraction(line.quantity_after) * (margin + excise)


def _index_text(line: Any, sheet: Mapping[str, Any], language: str) -> str:
    """Return the formula of a line priced by an index with its numbers; empty for other lines."""
    if not sheet.get("index") or sheet.get("vanished"):
        return ""
    value, multiplier, margin, excise, quantity, amount = (
        _plain(Fraction(found), language)
        for found in (
            Decimal(str(sheet["index"]["value"])), Decimal(str(sheet["multiplier"])),
            Decimal(str(sheet["margin"])), Decimal(str(sheet["excise"])), line.quantity_after,
            _index_amount(line, sheet),
        )
    )  # fmt: skip
    return f"{value} × {multiplier} + {quantity} × ({margin} + {excise}) = {amount}"


def _product(parts: list[tuple[str, Fraction]]) -> Fraction:
    product = Fraction(1)
    for _, value in parts:
        product *= value
    return product


def _formula_text(
    parts: list[tuple[str, Fraction]], months: tuple[tuple[int, int], ...], language: str
) -> str:
    """Return the formula with numbers, e.g. '101 × 0,6212 = 62,7412'."""
    fractions = " + ".join(f"{days}/{length}" for days, length in months)
    shown_months = f"({fractions})" if len(months) > 1 else fractions
    shown = [shown_months if name == "months" else _plain(value, language) for name, value in parts]
    return f"{' × '.join(shown)} = {_plain(_product(parts), language)}"


def _quantity_text(quantity: Decimal, unit: str, language: str) -> str:
    return f"{_plain(Fraction(quantity), language)} {_SAME_UNITS.get(unit) or _UNITS[language][unit]}"


def _plain(value: Fraction, language: str) -> str:
    """Write a number with the decimals it needs, at most eight."""
    exact = to_decimal(value).quantize(Decimal("1.00000000")).normalize()
    places = max(0, -int(exact.as_tuple().exponent))
    return formatting.number(exact, places, language)


def _readings(sheet: Mapping[str, Any], sources: _Sources) -> Iterable[ReadingUsed]:
    for start_id, end_id in sheet.get("readings") or []:
        start, end = sources.readings.get(start_id), sources.readings.get(end_id)
        if start is None or end is None:
            continue
        yield ReadingUsed(
            end.serial, end.zone_code, end.unit, end.multiplier, start.reading_date, start.value, start.kind,
            start.source, end.reading_date, end.value, end.kind, end.source,
            used_between(start.value, end.value, digits=end.digits, multiplier=end.multiplier),
        )  # fmt: skip


def used_between(start: Decimal, end: Decimal, *, digits: int, multiplier: Decimal) -> Decimal:
    """Return the use between two states of a register; one that went past its last digit starts again at
    zero.
    """
    span = Decimal(10) ** digits
    is_rollover = start > span * _ROLLOVER_FROM and end < span * _ROLLOVER_TO
    return (end - start + (span if is_rollover else 0)) * multiplier


def _volumes(sheet: Mapping[str, Any], sources: _Sources) -> Iterable[VolumeUsed]:
    for key in sheet.get("volumes") or []:
        row = sources.volumes.get(key)
        if row is not None:
            yield VolumeUsed(
                row.zone_code, row.period_from, row.period_to, row.quantity, row.unit, row.quality, row.source
            )


def _gas(sheet: Mapping[str, Any], sources: _Sources) -> Iterable[GasStep]:
    for step in sheet.get("gas") or []:
        row = sources.factors.get(step.get("factor_id"))
        yield GasStep(
            Decimal(str(step["m3"])),
            row.factor if row else None,
            Decimal(str(step["kwh"])),
            row.source if row else "",
        )


def _split(sheet: Mapping[str, Any]) -> Split | None:
    found = sheet.get("split")
    return (
        Split(int(found["days"]), int(found["of_days"]), Decimal(str(found["interval_kwh"])))
        if found
        else None
    )


def _estimate(sheet: Mapping[str, Any]) -> Estimate | None:
    found = sheet.get("estimate")
    return Estimate(str(found["method"]), Decimal(str(found["daily_kwh"]))) if found else None


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
