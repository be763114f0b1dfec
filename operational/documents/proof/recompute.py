"""Computes a bill anew from the files beside this script and compares every amount: `python recompute.py`.

With a file of many documents (one JSON object a line) all of them: `python recompute.py FILE`.

Needs Python 3.9 or newer and nothing else. It reads `document.json` (what was issued) and `inputs.json` (the
readings, prices and rates it was made from), and ends with 0 when every amount comes out to the grosz, with 1
when one does not. It knows nothing of the system that made the bill.
"""

from __future__ import annotations

import ast
import hashlib
import json
import math
import operator
import sys
from collections.abc import Iterator
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

Row = dict[str, Any]
_OPERATORS: dict[type, Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


def number(value: Any) -> Fraction:
    """Return an exact number of a text such as '0.5020'."""
    return Fraction(str(value))


def rounded(value: Fraction) -> Decimal:
    """Round half up to grosze, once; decided on the exact fraction, away from zero."""
    grosze = math.floor(abs(value) * 100 + Fraction(1, 2))
    return Decimal(grosze if value >= 0 else -grosze).scaleb(-2)


def half_up(value: Fraction, places: int) -> Fraction:
    """Round half up, away from zero, to some places."""
    scale = 10**places
    whole = math.floor(abs(value) * scale + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole, scale)


def evaluated(formula: str, names: dict[str, Fraction]) -> Fraction:
    """Compute a formula of names, numbers, + - * / and brackets exactly."""

    def value(node: ast.AST) -> Fraction:
        if isinstance(node, ast.Expression):
            return value(node.body)
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            return Fraction(_OPERATORS[type(node.op)](value(node.left), value(node.right)))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -value(node.operand)
        if isinstance(node, ast.Constant):
            return number(node.value)
        if isinstance(node, ast.Name) and node.id in names:
            return names[node.id]
        raise ValueError(f"the formula '{formula}' names something that the sheet does not give")

    return value(ast.parse(formula, mode="eval"))


def named_values(line: Row, price: Any) -> dict[str, Fraction]:
    """Return what the formula of a line may name: columns of the line and figures of its sheet."""
    sheet = line["calculation"]
    names = {"quantity": number(line["quantity_after"]), "price": number(price), "factor": Fraction(1)}
    for key, found in sheet.items():
        if isinstance(found, dict):
            names.update({f"{key}_{name}": number(part) for name, part in found.items() if is_number(part)})
        elif is_number(found):
            names[key] = number(found)
    if sheet.get("months"):
        names["months"] = sum((Fraction(days, length) for days, length in sheet["months"]), Fraction(0))
    return names


def is_number(value: Any) -> bool:
    """Tell whether a value of the sheet is a number."""
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list)):
        return False
    try:
        Fraction(str(value))
    except ValueError:
        return False
    return True


def rate_of(line: Row, inputs: Row) -> Row:
    """Return the row of prices or rates that the sheet names, empty when it names none that is here."""
    rate = line["calculation"].get("rate") or {}
    found: Row = inputs["rates"].get(f"{rate.get('table')}:{rate.get('id')}") or {}
    return found


def price_of(line: Row, inputs: Row) -> Fraction:
    """Return the price of a line from the row behind it.

    It may be capped by statute, or be k times Crk of the rule of the network.
    """
    sheet, row = line["calculation"], rate_of(line, inputs)
    if row.get("price") is not None:
        price = number(row["price"])
        cap = sheet.get("cap")
        return min(price, number(cap["price"]) + number(cap["excise"])) if cap else price
    if row.get("value") is not None:  # a component of the contract; a discount is given positive
        return number(row["value"]) * (-1 if str(row.get("kind", "")).startswith("discount") else 1)
    network = sheet.get("network") or {}
    if network.get("k") is not None and network.get("told_amount") is None:
        return number(network["k"]) * number(network["crk"])
    return number(line["price_after"])


def amount_of(line: Row, inputs: Row) -> Fraction:
    """Return the unrounded net amount of a line, computed from its sheet and the rate behind it."""
    sheet = line["calculation"]
    if sheet.get("vanished"):
        return Fraction(0)
    names = named_values(line, price_of(line, inputs))
    if line["charge_code"] == "reactive_inductive" and "factor" in names:
        names["factor"] = reactive_factor(line, inputs)
    return evaluated(sheet.get("formula", "quantity * price"), names)


def reactive_factor(line: Row, inputs: Row) -> Fraction:
    """Return the charged part of reactive energy: (sqrt((1 + tg^2) / (1 + limit^2)) - 1) * kWh / kvarh."""
    network = line["calculation"]["network"]
    active, quantity = number(network["active_kwh"]), number(line["quantity_after"])
    if not active:
        return Fraction(1)
    rule: Row = next(
        (row for row in inputs.get("network_rules", []) if row["id"] == str(network["rule_id"])), {}
    )
    tangent, limit = quantity / active, number(network["tg_phi_limit"])
    if rule.get("tg_phi_decimals") is not None:
        tangent = half_up(tangent, int(rule["tg_phi_decimals"]))
    if tangent <= limit:
        return Fraction(0)
    square = (1 + tangent * tangent) / (1 + limit * limit)
    with localcontext() as context:
        context.prec = 60
        root = (Decimal(square.numerator) / Decimal(square.denominator)).sqrt()
    return (Fraction(root) - 1) * active / quantity


def used_between(pair: list[int], inputs: Row) -> Fraction:
    """Return the use between two readings of a register, its passing of zero and multiplier included."""
    start, end = (inputs["readings"][str(key)] for key in pair)
    span = 10 ** int(end["digits"])
    difference = number(end["value"]) - number(start["value"])
    if number(start["value"]) > span * Fraction(9, 10) and number(end["value"]) < span * Fraction(1, 10):
        difference += span
    return difference * number(end["multiplier"])


def measured(line: Row, inputs: Row) -> Fraction | None:
    """Return the quantity that the facts behind a line give, None where they are shared with other lines."""
    sheet = line["calculation"]
    if any(sheet.get(key) for key in ("split", "estimate", "vanished", "cap")):
        return None
    if line["charge_code"] == "energy_dynamic":
        return half_up(sum((number(day[1]) for day in sheet["days"]), Fraction(0)), 3)
    if line["charge_code"] == "exceeded_power":
        return largest_surpluses(sheet)
    if line["unit"] != "kwh":
        return None
    if sheet.get("gas"):
        return sum(
            (half_up(number(step["m3"]) * factor_of(step, inputs), 0) for step in sheet["gas"]), Fraction(0)
        )
    if sheet.get("volumes"):
        rows = {int(row["id"]): row for row in inputs["volumes"]}
        return sum((number(rows[key]["quantity"]) for key in sheet["volumes"]), Fraction(0))
    pairs = sheet.get("readings")
    if not pairs or any(str(key) not in inputs["readings"] for pair in pairs for key in pair):
        return None
    return sum((used_between(pair, inputs) for pair in pairs), Fraction(0))


def largest_surpluses(sheet: Row) -> Fraction | None:
    """Return the power charged above the contract, by the rule of the tariff, from the largest surpluses."""
    network = sheet.get("network") or {}
    found = network.get("surpluses") or {}
    largest = [number(one) for one in found.get("largest_kw") or []]
    if not largest or network.get("told_amount") is not None:
        return None
    rule = network.get("exceedance")
    if rule == "all_hourly" and int(found["hours"]) > len(largest):
        return None  # the sheet keeps the ten largest only
    return {"max": largest[0], "max_times_10": 10 * largest[0]}.get(str(rule), sum(largest, Fraction(0)))


def factor_of(step: Row, inputs: Row) -> Fraction:
    """Return the kWh per cubic metre of a step of the conversion."""
    rows = {int(row["id"]): row for row in inputs["gas_conversion_factors"]}
    return number(rows[int(step["factor_id"])]["factor_kwh_per_m3"])


def check_lines(document: Row, inputs: Row) -> Iterator[str]:
    """Yield what differs on the lines: amounts, prices, VAT rates, and quantities that the facts give."""
    for line in document["lines"]:
        place = f"line {line['line_no']} ({line['name_pl']})"
        wanted = rounded(amount_of(line, inputs))
        if wanted != Decimal(line["net_after"]):
            yield f"{place}: {line['net_after']} PLN on the document, {wanted} computed"
        if line["calculation"].get("vanished"):
            continue
        quantity = measured(line, inputs)
        if quantity is not None and quantity != number(line["quantity_after"]):
            yield f"{place}: quantity {line['quantity_after']}, the facts give {shown(quantity)}"
        yield from (f"{place}: {sentence}" for sentence in check_sources(line, inputs))


def check_sources(line: Row, inputs: Row) -> Iterator[str]:
    """Yield where the line does not say what the rows behind it say: price, VAT rate, cap, index."""
    sheet = line["calculation"]
    price = price_of(line, inputs)
    if line["charge_code"] != "energy_dynamic" and price != number(line["price_after"]):
        yield f"price {line['price_after']}, its source says {shown(price)}"
    rates = [row for row in inputs.get("vat_rates", []) if row["id"] == str(sheet.get("vat_rate_id"))]
    if rates and number(rates[0]["rate"]) != number(line["vat_rate"]):
        yield f"VAT rate {line['vat_rate']}, its source says {rates[0]['rate']}"
    cap = sheet.get("cap") or {}
    caps = [row for row in inputs.get("price_caps", []) if row["id"] == str(cap.get("id"))]
    if caps and number(caps[0]["price"]) != number(cap["price"]):
        yield f"capped at {cap['price']}, the act says {caps[0]['price']}"
    if line["charge_code"] == "energy_dynamic":
        value = sum((number(day[2]) for day in sheet["days"]), Fraction(0))
        if value != number(sheet["index"]["value"]):
            yield f"value by the index {sheet['index']['value']}, the days make {shown(value)}"


def shown(value: Fraction) -> str:
    """Write a number with the digits it needs."""
    return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"


def check_vat(document: Row) -> Iterator[str]:
    """Yield what differs in VAT: once per rate on the sums of the chain, less what was charged before."""
    rates = {row["vat_rate"] for row in document["vat"]}
    for rate in sorted(rates):
        charged = [*document["charged_before"], *taken_off(document)]
        before = [row for row in charged if Decimal(row["vat_rate"]) == Decimal(rate)]
        net = sum(
            (
                Decimal(line["net_after"]) - Decimal(line["net_before"])
                for line in document["lines"]
                if Decimal(line["vat_rate"]) == Decimal(rate)
            ),
            Decimal(0),
        )
        whole = net + sum((Decimal(row["net_amount"]) for row in before), Decimal(0))
        wanted = rounded(number(whole) * number(rate)) - sum(
            (Decimal(row["vat_amount"]) for row in before), Decimal(0)
        )
        told = next(row for row in document["vat"] if row["vat_rate"] == rate)
        if (Decimal(told["net_amount"]), Decimal(told["vat_amount"])) != (net, wanted):
            yield f"VAT {rate}: {told['net_amount']} + {told['vat_amount']}, computed {net} + {wanted}"


def taken_off(document: Row) -> list[Row]:
    """Return forecast instalments that the document takes off: charged already, with their own VAT."""
    return [
        {
            "vat_rate": line["vat_rate"],
            "net_amount": Decimal(line["net_before"]) - Decimal(line["net_after"]),
            "vat_amount": Decimal(str(line["calculation"]["forecast"]["vat"]))
            - Decimal(str(line["calculation"]["forecast"]["vat_before"])),
        }
        for line in document["lines"]
        if line["charge_code"] == "forecast_deduction"
    ]


def check_forecast(document: Row) -> Iterator[str]:
    """Yield what differs in forecasts: instalments make the document; used less billed makes a settlement."""
    content = document["content"] or {}
    for name in ("net", "vat", "gross"):
        told = Decimal(document["head"][f"{name}_amount"])
        parts = [Decimal(str(one[name])) for one in (content.get("forecast") or {}).get("instalments", [])]
        if parts and sum(parts, Decimal(0)) != told:
            yield f"{name} of the instalments: {sum(parts, Decimal(0))}, the document says {told}"
        settled = content.get("settled_forecasts")
        if settled and Decimal(str(settled["used"][name])) - Decimal(str(settled["billed"][name])) != told:
            yield f"{name}: what was used less the forecasts is not {told}"


def check_totals(document: Row) -> Iterator[str]:
    """Yield what differs in the sums of the document."""
    for name in ("net_amount", "vat_amount", "gross_amount"):
        total = sum((Decimal(row[name]) for row in document["vat"]), Decimal(0))
        if total != Decimal(document["head"][name]):
            yield f"{name}: {document['head'][name]} on the document, the VAT rows make {total}"


def check_seal(document: Row) -> Iterator[str]:
    """Yield what differs in the seal: the hash taken when the document was issued."""
    head = document["head"]
    lines = "\n".join(document["sealed_lines"])
    digest = hashlib.sha256(lines.encode()).hexdigest()
    parts = [head[name] for name in (
        "number", "issue_date", "period_from", "period_to", "due_date",
        "net_amount", "vat_amount", "gross_amount",
    )]  # fmt: skip
    text = "|".join([*parts, digest, document["sealed_content"]])
    if hashlib.sha256(text.encode()).hexdigest() != head["content_hash"]:
        yield "the seal of the document does not fit its content"


def check_deposit(document: Row) -> Iterator[str]:
    """Yield what differs in the part that a prosumer's deposit pays: what is left to pay of the gross sum."""
    deposit = (document["content"] or {}).get("deposit")
    if not deposit:
        return
    signs = {"use": 1, "return": -1}
    used = sum((signs[one["kind"]] * number(one["amount"]) for one in deposit["entries"]), Fraction(0))
    wanted = number(document["head"]["gross_amount"]) - used
    if wanted != number(deposit["to_pay"]):
        yield f"to pay after the deposit: {deposit['to_pay']} on the document, {shown(wanted)} computed"


def differences(document: Row, inputs: Row) -> list[str]:
    """Return a sentence for everything that does not come out as it stands on the document."""
    return [
        *check_lines(document, inputs),
        *check_vat(document),
        *check_totals(document),
        *check_deposit(document),
        *check_forecast(document),
        *check_seal(document),
    ]


def say(text: str) -> None:
    """Write a line of the only output of this script."""
    sys.stdout.write(text + "\n")


def main(folder: Path) -> int:
    """Check the bundle of a folder; print each difference and a last line with the verdict."""
    document = json.loads((folder / "document.json").read_text(encoding="utf-8"))
    inputs = json.loads((folder / "inputs.json").read_text(encoding="utf-8"))
    wrong = differences(document, inputs)
    for sentence in wrong:
        say(sentence)
    head = document["head"]
    verdict = "DIFFERS" if wrong else "proved"
    say(f"{head['number']}: {len(document['lines'])} lines, {head['gross_amount']} PLN gross: {verdict}")
    return 1 if wrong else 0


def many(file: Path) -> int:
    """Check many documents, on each line a JSON object of one; print what differs and a last line of sums."""
    documents = lines = wrong = 0
    gross = Decimal(0)
    with file.open(encoding="utf-8") as rows:
        for row in rows:
            found = json.loads(row)
            sentences = differences(found["document"], found["inputs"])
            head = found["document"]["head"]
            for sentence in sentences:
                say(f"{head['number']}: {sentence}")
            documents, lines, wrong = (
                documents + 1,
                lines + len(found["document"]["lines"]),
                wrong + bool(sentences),
            )
            gross += Decimal(head["gross_amount"])
    say(f"{documents} documents, {lines} lines, {gross} PLN gross: {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(many(Path(sys.argv[1])) if len(sys.argv) > 1 else main(Path(__file__).resolve().parent))
