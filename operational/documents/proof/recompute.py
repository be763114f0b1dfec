"""Computes a bill anew from the files beside this script and compares every amount: `python recompute.py`.

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
from decimal import Decimal
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


def named_values(line: Row, price: str) -> dict[str, Fraction]:
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


def amount_of(line: Row, inputs: Row) -> Fraction:
    """Return the unrounded net amount of a line, computed from its sheet and the rate behind it."""
    sheet = line["calculation"]
    if sheet.get("vanished"):
        return Fraction(0)
    rate = sheet.get("rate") or {}
    row = inputs["rates"].get(f"{rate.get('table')}:{rate.get('id')}")
    price = row["price"] if row and row.get("price") is not None else line["price_after"]
    return evaluated(sheet.get("formula", "quantity * price"), named_values(line, price))


def used_between(pair: list[int], inputs: Row) -> Fraction:
    """Return the use between two readings of a register, its passing of zero and multiplier included."""
    start, end = (inputs["readings"][str(key)] for key in pair)
    span = 10 ** int(end["digits"])
    difference = number(end["value"]) - number(start["value"])
    if number(start["value"]) > span * Fraction(9, 10) and number(end["value"]) < span * Fraction(1, 10):
        difference += span
    return difference * number(end["multiplier"])


def measured(line: Row, inputs: Row) -> Fraction | None:
    """Return the quantity that whole readings give, None when the line has only a part of an interval."""
    sheet = line["calculation"]
    if line["unit"] != "kwh" or any(
        sheet.get(key) for key in ("split", "gas", "estimate", "vanished", "volumes")
    ):
        return None
    if (
        not sheet.get("readings")
        or line["charge_code"] not in ("energy_active", "gas_fuel")
        or sheet.get("cap")
    ):
        return None
    if any(str(key) not in inputs["readings"] for pair in sheet["readings"] for key in pair):
        return None
    return sum((used_between(pair, inputs) for pair in sheet["readings"]), Fraction(0))


def check_lines(document: Row, inputs: Row) -> Iterator[str]:
    """Yield what differs on the lines: amounts, and quantities that whole readings give."""
    for line in document["lines"]:
        place = f"line {line['line_no']} ({line['name_pl']})"
        wanted = rounded(amount_of(line, inputs))
        if wanted != Decimal(line["net_after"]):
            yield f"{place}: {line['net_after']} PLN on the document, {wanted} computed"
        quantity = measured(line, inputs)
        if quantity is not None and quantity != number(line["quantity_after"]):
            yield f"{place}: quantity {line['quantity_after']}, the readings give {shown(quantity)}"


def shown(value: Fraction) -> str:
    """Write a number with the digits it needs."""
    return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"


def check_vat(document: Row) -> Iterator[str]:
    """Yield what differs in VAT: once per rate on the sums of the chain, less what was charged before."""
    rates = {row["vat_rate"] for row in document["vat"]}
    for rate in sorted(rates):
        before = [row for row in document["charged_before"] if Decimal(row["vat_rate"]) == Decimal(rate)]
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


def differences(document: Row, inputs: Row) -> list[str]:
    """Return a sentence for everything that does not come out as it stands on the document."""
    return [
        *check_lines(document, inputs),
        *check_vat(document),
        *check_totals(document),
        *check_seal(document),
    ]


def main(folder: Path) -> int:
    """Check the bundle of a folder; print each difference and a last line with the verdict."""
    document = json.loads((folder / "document.json").read_text(encoding="utf-8"))
    inputs = json.loads((folder / "inputs.json").read_text(encoding="utf-8"))
    wrong = differences(document, inputs)
    for sentence in wrong:
        print(sentence)  # noqa: T201 - the only output of this script
    head = document["head"]
    verdict = "DIFFERS" if wrong else "proved"
    print(f"{head['number']}: {len(document['lines'])} lines, {head['gross_amount']} PLN gross: {verdict}")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent))
