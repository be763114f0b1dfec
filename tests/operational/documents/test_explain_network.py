"""Sentences on network charges, from calculation sheets as the warehouse writes them."""

import pytest

from operational.documents.explain_network import network_steps

REACTIVE = {
    "formula": "quantity * price * factor",
    "factor": 0.077964207707000000000000,
    "network": {
        "origin": "distributor_quantity", "quantity": 9300.000, "own_amount": 1152.87,
        "k": 3.000, "crk": 0.53, "active_kwh": 18500.000, "tg_phi": 0.502703, "tg_phi_limit": 0.400,
    },
}  # fmt: skip
CAPACITY = {
    "factor": 0.83,
    "capacity": {
        "class": "K3", "class_id": 3, "capacity_kwh": 10900.000, "capacity_hours": 300, "other_kwh": 5850.000,
        "other_hours": 180, "share": 0.117949,
    },
}  # fmt: skip
POWER = {
    "network": {
        "exceedance": "ten_largest", "told_amount": 1300.00, "own_amount": 1309.06,
        "surpluses": {"power_kw": 60, "largest_kw": [14, 11, 9, 8, 6, 5, 3, 2, 2, 1], "hours": 12},
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("sheet", "charge", "language", "expected"),
    [
        (
            REACTIVE,
            "reactive_inductive",
            "pl",
            "tg φ = 9 300 kvarh / 18 500 kWh = 0,502703; próg bez opłaty 0,4",
        ),
        (REACTIVE, "reactive_inductive", "en", "k × Crk = 3 × 0.53"),
        (CAPACITY, "capacity_volumetric", "en", "Capacity fee, class K3: factor 0.83"),
        (CAPACITY, "capacity_volumetric", "pl", "11,7949 %"),
        ({}, "capacity_volumetric", "en", "the full fee (class K4)"),
        (POWER, "exceeded_power", "en", "14, 11, 9, 8, 6, 5, 3, 2, 2, 1 kW (hours with a surplus: 12)"),
        (POWER, "exceeded_power", "en", "difference -9.06 PLN"),
        ({"hours": 743}, "gas_network_fixed", "pl", "743 godzin okresu, ze zmianą czasu"),
        ({"factor": 0.15, "attribute_id": 1}, "res_levy", "en", "on 15 % of the energy"),
        (
            {"intervals": {"from": "2026-03-01", "to": "2026-04-01", "days": 31}},
            "energy_active",
            "en",
            "Sum of the interval data of 31 civil days",
        ),
    ],
)
def test_a_sheet_is_told_in_words(sheet: dict, charge: str, language: str, expected: str) -> None:
    told = " | ".join(network_steps(sheet, charge_code=charge, language=language))
    plain = told.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-")
    assert expected in plain


def test_a_line_that_vanished_tells_nothing() -> None:
    assert (
        network_steps({**CAPACITY, "vanished": True}, charge_code="capacity_volumetric", language="pl") == ()
    )
