"""Facts and acts that people and apps write, shown as the sources of the lineage; Dagster does not write
them."""

from collections.abc import Iterable
from typing import Any

from dagster import AssetKey, AssetSpec

from orchestration.dbt_project import IrisTranslator

_ROOMS = {
    "metering": (
        "addresses", "supply_points", "supply_point_terms", "meters", "registers", "meter_installations",
        "files", "rejected_files",
    ),
    "reference": (
        "charges", "dsos", "dso_rates", "statutory_rates", "vat_rates", "excise_rates", "interest_rates",
        "holidays", "gas_conversion_factors", "zone_masks",
    ),
    "crm": ("customers", "contracts", "contract_terms", "contract_supply_points", "notes", "customer_users"),
    "products": ("products", "price_lists", "price_list_items"),
    "billing": ("billing_computations", "number_series"),
    "documents": ("document_renditions",),
    "dunning": ("dunning_steps", "dunning_action_items"),
    "finance": (
        "accounts", "finance_policies", "customer_finance_terms", "instalment_plans", "instalment_items",
        "interest_note_lines", "interest_waivers", "refunds", "write_offs",
    ),
}  # fmt: skip
_ROOM_OF = {table: room for room, tables in _ROOMS.items() for table in tables}


def sources(manifest: dict[str, Any], made: Iterable[AssetKey]) -> list[AssetSpec]:
    """Return a spec for every source of dbt that no asset of ours makes, and for the inbox."""
    translator, known = IrisTranslator(), set(made)
    found = {translator.get_asset_key(props): props for props in manifest["sources"].values()}
    specs = [
        AssetSpec(
            key, description=props["description"],
            group_name=(room := _ROOM_OF.get(props["name"], "operational")),
            kinds={"postgres"}, owners=[f"team:{room}"], tags={"domain": room},
        )
        for key, props in sorted(found.items(), key=lambda pair: tuple(pair[0].path))
        if key not in known
    ]  # fmt: skip
    inboxes = (
        ("readings", "metering", "distributors"),
        ("intervals", "metering", "distributors"),
        ("prices", "metering", "the exchange and the operator"),
        ("factors", "metering", "distributors"),
        ("bank", "finance", "the bank"),
        ("switching", "switching", "distributors and the hub"),
    )
    specs += [
        AssetSpec(
            ["inbox", kind], description=f"Files of {whose}, as they are put into inbox/{kind}.",
            group_name=room, kinds={"file"}, owners=[f"team:{room}"], tags={"domain": room},
        )
        for kind, room, whose in inboxes
    ]  # fmt: skip
    return specs
