"""Comparison of proposals with what a case expects; every difference is one sentence."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from operational.kernel.money import round_half_up
from orchestration.cases.format import Expectation, ExpectedLine, ExpectedScope

_ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Totals:
    """Net, VAT (once per rate on the sum of nets) and gross of a set of lines, PLN."""

    net: Decimal
    vat: Decimal
    gross: Decimal


def totals_of(lines: Sequence[Any]) -> Totals:
    """Add up lines: VAT = half-up of (sum of nets per rate x rate), VAT Act art. 106e(1)(14)."""
    nets: dict[Decimal, Decimal] = defaultdict(lambda: _ZERO)
    for line in lines:
        nets[line.vat_rate] += line.net_amount
    net = sum(nets.values(), _ZERO)
    vat = sum((round_half_up(amount * rate) for rate, amount in nets.items()), _ZERO)
    return Totals(net, vat, net + vat)


def compare_step(
    *,
    expect: Expectation,
    scopes: Sequence[Any],
    lines: Sequence[Any],
    exceptions: Sequence[Any],
    before: Totals | None,
    point_code: str,
) -> tuple[Totals, list[str]]:
    """Return the totals of a step and the differences from what is expected."""
    differences = _compare_scopes(expect.scopes, scopes, lines)
    differences += _compare_exceptions(expect, scopes, exceptions)
    # A correction is the difference per document, so VAT is rounded per scope and then added up.
    per_scope = [totals_of([line for line in lines if line.scope_key == scope.scope_key]) for scope in scopes]
    totals = Totals(
        sum((found.net for found in per_scope), _ZERO),
        sum((found.vat for found in per_scope), _ZERO),
        sum((found.gross for found in per_scope), _ZERO),
    )
    if expect.correction:
        earlier = before or Totals(_ZERO, _ZERO, _ZERO)
        for name in ("net", "vat", "gross"):
            differences += _different(
                f"correction {name}",
                getattr(expect.correction, name),
                getattr(totals, name) - getattr(earlier, name),
            )
    if expect.supply_point_code:
        differences += _different("supply point code", expect.supply_point_code, point_code)
    return totals, differences


def _compare_scopes(
    expected: Sequence[ExpectedScope], scopes: Sequence[Any], lines: Sequence[Any]
) -> list[str]:
    differences: list[str] = []
    found = {(scope.period_from, scope.period_to): scope for scope in scopes}
    surplus = found.keys() - {(one.period_from, one.period_to) for one in expected}
    differences += [f"bill {first}..{end} was not expected" for first, end in sorted(surplus)]
    for one in expected:
        scope = found.get((one.period_from, one.period_to))
        if scope is None:
            differences.append(f"bill {one.period_from}..{one.period_to} is missing")
            continue
        own = [line for line in lines if line.scope_key == scope.scope_key]
        differences += [f"bill {one.period_from}: {told}" for told in _compare_scope(one, scope, own)]
    return differences


def _compare_scope(expected: ExpectedScope, scope: Any, lines: Sequence[Any]) -> list[str]:
    totals = totals_of(lines)
    differences = _different("billable", expected.billable, scope.is_billable)
    for name, value, found in (
        ("net", expected.net, totals.net),
        ("VAT", expected.vat, totals.vat),
        ("gross", expected.gross, totals.gross),
        ("kWh", expected.energy_kwh, scope.energy_kwh),
        ("estimated", expected.estimated, scope.is_estimated),
    ):
        if value is not None:
            differences += _different(name, value, found)
    differences += _different("net of the scope", totals.net, scope.net_amount)
    if expected.lines is not None:
        differences += _compare_lines(expected.lines, lines)
    return differences


def _compare_lines(expected: Sequence[ExpectedLine], lines: Sequence[Any]) -> list[str]:
    differences: list[str] = []
    left = list(lines)
    for one in expected:
        line = next((line for line in left if _is_meant(one, line)), None)
        if line is None:
            told = f"line {one.charge} {one.zone or ''} {one.period_from or ''} is missing"
            differences.append(" ".join(told.split()))
            continue
        left.remove(line)
        name = f"line {line.line_key}"
        if one.quantity is not None:
            differences += _different(f"{name} quantity", round_half_up(one.quantity, 6), line.quantity)
        if one.price is not None:
            differences += _different(f"{name} price", one.price, line.price)
        if one.net is not None:
            differences += _different(f"{name} net", one.net, line.net_amount)
    differences += [f"line {line.line_key} ({line.net_amount}) was not expected" for line in left]
    return differences


def _is_meant(expected: ExpectedLine, line: Any) -> bool:
    wanted: tuple[tuple[object, object], ...] = (
        (expected.zone, line.zone_code),
        (expected.period_from, line.period_from),
        (expected.period_to, line.period_to),
    )
    return expected.charge == line.charge_code and all(value in (None, found) for value, found in wanted)


def _compare_exceptions(expect: Expectation, scopes: Sequence[Any], exceptions: Sequence[Any]) -> list[str]:
    differences: list[str] = []
    starts: dict[str, date] = {scope.scope_key: scope.period_from for scope in scopes}
    left = list(exceptions)
    for one in expect.exceptions:
        row = next(
            (
                row
                for row in left
                if row.code == one.code
                and one.period_from in (None, starts[row.scope_key])
                and one.message in row.message
            ),
            None,
        )
        if row is None:
            differences.append(f"exception {one.code} {one.period_from or ''} is missing".replace("  ", " "))
        else:
            left.remove(row)
    differences += [f"exception {row.code} was not expected: {row.message}" for row in left]
    return differences


def _different(name: str, expected: object, found: object) -> list[str]:
    return [] if expected == found else [f"{name}: expected {expected}, computed {found}"]
