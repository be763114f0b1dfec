"""Sentences that explain what a formula alone does not.

Interval data, classes of the capacity fee, reactive energy, exceeded power, amounts of the distributor: they
read the calculation sheet only, so the explanation of an old document never changes.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from operational.kernel.presentation import formatting

_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "intervals": (
        "Suma danych godzinowych i 15-minutowych z {days} dób: {period}, doby 23- i 25-godzinne włącznie",
        "Sum of the interval data of {days} civil days, {period}, days of 23 and 25 hours included",
    ),
    "hours": (
        "{hours} godzin okresu, ze zmianą czasu",
        "{hours} hours of the period, with the change of the clock",
    ),
    "class": (
        "Opłata mocowa, grupa {code}: współczynnik {factor}",
        "Capacity fee, class {code}: factor {factor}",
    ),
    "class_share": (
        "{peak} kWh / {peak_hours} h opłaty, {other} kWh / {other_hours} h poza nimi, dni robocze: {share} %",
        "{peak} kWh / {peak_hours} h of the fee, {other} kWh / {other_hours} other working-day h: {share} %",
    ),
    "class_without": (
        "W pozostałych godzinach dni roboczych zużycie wyniosło 0,000 MWh",
        "0.000 MWh were used in the other hours of working days",
    ),
    "class_unknown": (
        "Bez danych o pozostałych godzinach dni roboczych: pełna opłata (grupa K4)",
        "Without data on the other hours of working days: the full fee (class K4)",
    ),
    "levy": (
        "Odbiorca przemysłowy: opłata od {share} % energii",
        "Energy-intensive user: the levy is charged on {share} % of the energy",
    ),
    "tg_phi": (
        "tg φ = {kvarh} kvarh / {kwh} kWh = {tg}; próg bez opłaty {limit}",
        "tg φ = {kvarh} kvarh / {kwh} kWh = {tg}; limit without charge {limit}",
    ),
    "tg_formula": (
        "k × Crk = {k} × {crk}; współczynnik (√((1 + tg²φ) / (1 + tg²φ₀)) − 1) × kWh / kvarh = {factor}",
        "k × Crk = {k} × {crk}; factor (√((1 + tg²φ) / (1 + tg²φ₀)) − 1) × kWh / kvarh = {factor}",
    ),
    "no_active": (
        "Bez poboru energii czynnej opłata należy się za każdą kvarh: k × Crk = {k} × {crk}",
        "Without active energy every kvarh is charged: k × Crk = {k} × {crk}",
    ),
    "capacitive": (
        "Cena za każdą kvarh oddaną do sieci: k × Crk = {k} × {crk}",
        "Price of every kvarh fed into the network: k × Crk = {k} × {crk}",
    ),
    "ten_largest": (
        "Suma dziesięciu największych nadwyżek godzinowych",
        "Sum of the ten largest hourly surpluses",
    ),
    "all_hourly": ("Suma wszystkich nadwyżek godzinowych", "Sum of all hourly surpluses"),
    "max_times_10": ("Dziesięciokrotność największej nadwyżki", "Ten times the largest surplus"),
    "max": ("Największa nadwyżka", "The largest surplus"),
    "surpluses": (
        "{rule} ponad moc umowną: {largest} kW (godzin z przekroczeniem: {hours})",
        "{rule} above the contracted power: {largest} kW (hours with a surplus: {hours})",
    ),
    "told": (
        "Kwota rozliczona przez operatora sieci: {amount} zł",
        "Amount settled by the distributor: {amount} PLN",
    ),
    "own": (
        "Nasze przeliczenie: {amount} zł, różnica {difference} zł",
        "Our own calculation: {amount} PLN, difference {difference} PLN",
    ),
}


def network_steps(sheet: Mapping[str, Any], *, charge_code: str, language: str) -> tuple[str, ...]:
    """Return the sentences of a line's calculation sheet in pl or en; none for lines without such parts."""
    if sheet.get("vanished"):
        return ()
    speak = _Speaker(language)
    found = [*_energy(sheet, speak), *_capacity(sheet, charge_code, speak)]
    if sheet.get("network"):
        found += _network(sheet, charge_code, speak)
    return tuple(found)


class _Speaker:
    """Says a text in a language; numbers are written the way of the language."""

    def __init__(self, language: str) -> None:
        self.language = "en" if language == "en" else "pl"

    def say(self, key: str, **values: Any) -> str:
        text = _TEXTS[key][self.language == "en"]
        return text.format(**{name: self._shown(value) for name, value in values.items()})

    def _shown(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        exact = Decimal(str(value)).normalize()
        places = min(8, max(0, -int(exact.as_tuple().exponent)))
        return formatting.number(exact.quantize(Decimal(1).scaleb(-places)), places, self.language)


def _energy(sheet: Mapping[str, Any], speak: _Speaker) -> Iterator[str]:
    if sheet.get("intervals"):
        found = sheet["intervals"]
        first, end = date.fromisoformat(found["from"]), date.fromisoformat(found["to"])
        yield speak.say(
            "intervals", days=found["days"], period=formatting.day_range(first, end, speak.language)
        )
    if sheet.get("hours") is not None:
        yield speak.say("hours", hours=sheet["hours"])
    if sheet.get("attribute_id") is not None:
        yield speak.say("levy", share=Decimal(str(sheet["factor"])) * 100)


def _capacity(sheet: Mapping[str, Any], charge_code: str, speak: _Speaker) -> Iterator[str]:
    found = sheet.get("capacity")
    if not found:
        if charge_code == "capacity_volumetric":
            yield speak.say("class_unknown")
        return
    yield speak.say("class", code=str(found["class"]), factor=sheet["factor"])
    if found.get("share") is None:
        yield speak.say("class_without")
        return
    yield speak.say(
        "class_share",
        peak=found["capacity_kwh"], peak_hours=found["capacity_hours"], other=found["other_kwh"],
        other_hours=found["other_hours"], share=round(Decimal(str(found["share"])) * 100, 4),
    )  # fmt: skip


def _network(sheet: Mapping[str, Any], charge_code: str, speak: _Speaker) -> Iterator[str]:
    found = sheet["network"]
    known = {key: found[key] for key in ("k", "crk") if key in found}
    if charge_code == "reactive_inductive" and found.get("tg_phi") is not None:
        yield speak.say(
            "tg_phi", kvarh=found["quantity"], kwh=found["active_kwh"], tg=found["tg_phi"],
            limit=found["tg_phi_limit"],
        )  # fmt: skip
        if sheet.get("factor") is not None:
            yield speak.say("tg_formula", factor=round(Decimal(str(sheet["factor"])), 8), **known)
    elif charge_code == "reactive_inductive" and len(known) == 2:
        yield speak.say("no_active", **known)
    elif charge_code == "reactive_capacitive" and len(known) == 2:
        yield speak.say("capacitive", **known)
    if found.get("surpluses"):
        surpluses = found["surpluses"]
        yield speak.say(
            "surpluses", rule=speak.say(found["exceedance"]), hours=surpluses["hours"],
            largest=", ".join(str(value) for value in surpluses["largest_kw"]),
        )  # fmt: skip
    if found.get("told_amount") is not None:
        told = Decimal(str(found["told_amount"]))
        yield speak.say("told", amount=told)
        if found.get("own_amount") is not None:
            own = Decimal(str(found["own_amount"]))
            yield speak.say("own", amount=own, difference=told - own)
