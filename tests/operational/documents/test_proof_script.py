"""The script of the proof bundle: it agrees with a right document and names what somebody changed."""

import copy
from fractions import Fraction
from typing import Any

import pytest

from operational.documents.proof import recompute

LINE = {
    "line_no": 1, "name_pl": "Energia czynna", "charge_code": "energy_active", "unit": "kwh",
    "zone_code": "all",
    "quantity_after": "230.000000", "price_after": "0.50200000", "net_before": "0.00", "net_after": "115.46",
    "vat_rate": "0.2300",
    "calculation": {
        "formula": "quantity * price", "readings": [[1, 2]], "rate": {"table": "price_list_items", "id": 7},
    },
}  # fmt: skip
FEE = {
    "line_no": 2, "name_pl": "Opłata stała", "charge_code": "network_fixed", "unit": "month", "zone_code": "",
    "quantity_after": "0.566667", "price_after": "5.50000000", "net_before": "0.00", "net_after": "3.12",
    "vat_rate": "0.2300", "calculation": {"formula": "months * price", "months": [[17, 30]]},
}  # fmt: skip
DOCUMENT: dict[str, Any] = {
    "head": {"net_amount": "118.58", "vat_amount": "27.27", "gross_amount": "145.85"},
    "lines": [LINE, FEE],
    "vat": [{"vat_rate": "0.2300", "net_amount": "118.58", "vat_amount": "27.27", "gross_amount": "145.85"}],
    "charged_before": [],
}
INPUTS = {
    "readings": {
        "1": {"value": "12345", "digits": 5, "multiplier": "1"},
        "2": {"value": "12575", "digits": 5, "multiplier": "1"},
    },
    "rates": {"price_list_items:7": {"price": "0.50200000"}},
}


def found(document: dict[str, Any], inputs: dict[str, Any] | None = None) -> list[str]:
    """Return what the script finds, the seal aside, which stands on a real document only."""
    given = inputs or INPUTS
    return [
        *recompute.check_lines(document, given),
        *recompute.check_vat(document),
        *recompute.check_totals(document),
    ]


def test_a_right_document_is_proved() -> None:
    assert found(DOCUMENT) == []


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("lines", 0, "net_after"), "115.47", "line 1 (Energia czynna): 115.47 PLN on the document, 115.46"),
        (("lines", 0, "quantity_after"), "231.000000", "quantity 231.000000, the facts give 230"),
        (("lines", 1, "calculation", "months"), [[18, 30]], "line 2 (Opłata stała): 3.12"),
        (("vat", 0, "vat_amount"), "27.28", "VAT 0.2300"),
        (("head", "gross_amount"), "145.86", "gross_amount: 145.86"),
    ],
)
def test_whatever_was_changed_is_named(path: tuple[Any, ...], value: Any, sentence: str) -> None:
    changed = copy.deepcopy(DOCUMENT)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert any(sentence in difference for difference in found(changed))


def test_a_price_that_differs_from_the_price_list_shows() -> None:
    inputs = {**INPUTS, "rates": {"price_list_items:7": {"price": "0.51200000"}}}
    assert any("117.76 computed" in difference for difference in found(DOCUMENT, inputs))


def test_a_capped_price_is_the_lower_of_the_contract_and_the_cap_with_excise() -> None:
    cap = {"id": 13, "tier": 1, "price": "0.5", "excise": "0.005", "contract_price": "0.6640"}
    line = {**LINE, "calculation": LINE["calculation"] | {"cap": cap}}  # type: ignore[operator]
    inputs = {**INPUTS, "rates": {"price_list_items:7": {"price": "0.66400000"}}}
    inputs["price_caps"] = [{"id": "13", "price": "0.50000000"}]
    assert recompute.price_of(line, inputs) == Fraction("0.505")
    sentences = list(recompute.check_sources(line, inputs))
    assert sentences == ["price 0.50200000, its source says 0.505"]


def test_reactive_energy_above_the_limit_by_hand() -> None:
    """tg 0.75 against 0.4 in two places: sqrt(1.5625 / 1.16) - 1 = 0.16059..., times 100 kWh / 75 kvarh."""
    network = {"k": "1", "crk": "0.53", "active_kwh": "100", "tg_phi_limit": "0.4", "rule_id": 2}
    line = {
        "charge_code": "reactive_inductive", "unit": "kvarh", "quantity_after": "75", "price_after": "0.53",
        "calculation": {"network": network, "factor": "0.2141", "formula": "quantity * price * factor"},
    }  # fmt: skip
    inputs = {"rates": {}, "network_rules": [{"id": "2", "tg_phi_decimals": "2"}]}
    assert recompute.rounded(recompute.amount_of(line, inputs)) == recompute.rounded(Fraction("8.51"))
    below = {**line, "quantity_after": "40"}
    assert recompute.amount_of(below, inputs) == 0


def test_what_a_deposit_leaves_to_pay_is_checked() -> None:
    deposit = {
        "entries": [{"kind": "use", "amount": 100.5}, {"kind": "return", "amount": 0.5}],
        "to_pay": 45.85,
    }
    document = {"head": {"gross_amount": "145.85"}, "content": {"deposit": deposit}}
    assert list(recompute.check_deposit(document)) == []
    deposit["to_pay"] = 45.84
    assert len(list(recompute.check_deposit(document))) == 1


def test_a_register_that_passed_zero_counts_on() -> None:
    # GC16: 6 digits, 999870 -> 000145 is 275.
    readings = {"readings": {
        "1": {"value": "999870", "digits": 6, "multiplier": "1"},
        "2": {"value": "145", "digits": 6, "multiplier": "1"},
    }}  # fmt: skip
    assert recompute.used_between([1, 2], readings) == 275


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("index_value * multiplier + quantity * (margin + excise)", Fraction("7.2")),
        ("quantity * price * factor", Fraction(0)),
    ],
)
def test_formulas_name_figures_of_the_sheet(formula: str, expected: Fraction) -> None:
    names = recompute.named_values(
        {"quantity_after": "10", "calculation": {
            "index": {"value": "5.2"}, "multiplier": 1, "margin": "0.15", "excise": 0.05, "factor": "0",
        }},
        "1",
    )  # fmt: skip
    assert recompute.evaluated(formula, names) == expected


@pytest.mark.parametrize("formula", ["__import__('os')", "quantity ** 2", "unknown * price", "f(quantity)"])
def test_a_formula_can_do_nothing_but_reckon(formula: str) -> None:
    with pytest.raises(ValueError, match="the formula"):
        recompute.evaluated(formula, {"quantity": Fraction(1), "price": Fraction(1)})


def test_a_half_is_rounded_up_away_from_zero() -> None:
    assert [str(recompute.rounded(Fraction(n, 1000))) for n in (1005, -1005, 1004)] == [
        "1.01",
        "-1.01",
        "1.00",
    ]
