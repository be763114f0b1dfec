"""What is wrong with the content of a version: holes and overlaps of prices, zones, validity, floors."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Final

from sqlalchemy.orm import Session

from operational.crm.products.content import Content, Row
from operational.crm.products.floors import GroupMargin, margins
from operational.crm.products.purchase import PricingError
from operational.crm.products.rules import BY_INDEX, ENERGY, Head, Problem, ProductKind
from operational.kernel.calendar import add_months
from operational.kernel.rows import rows

_FOREVER: Final = date.max


def zones_by_group(session: Session) -> dict[str, set[str]]:
    """Return the time zones of every tariff group of electricity, over all distributors."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows(
        session,
        "select distinct tariff_group, zone_code from operational.zone_masks"
        " where superseded_at is null and tariff_group <> ''",
    ):
        found[row.tariff_group].add(row.zone_code)
    return dict(found)


def groups_of(session: Session, *, medium: str) -> list[str]:
    """Return the tariff groups that distributors of a medium have rates for."""
    found = rows(
        session,
        "select distinct r.tariff_group from operational.dso_rates r"
        " join operational.dsos d on d.code = r.dso_code"
        " where d.medium = :medium and r.superseded_at is null order by 1",
        {"medium": medium},
    )
    return [row.tariff_group for row in found]


def mistakes(session: Session, *, head: Head, content: Content) -> list[Problem]:
    """Return what no draft may be saved with: wrong zones and groups, prices on the same days, no period."""
    found: list[Problem] = []
    if head.valid_to is not None and head.valid_to <= head.valid_from:
        found.append(Problem("valid_to", "ends_before_it_begins"))
    zones, groups = zones_by_group(session), set(groups_of(session, medium=head.medium))
    for number, row in enumerate(content.prices):
        found += _wrong_price(number, row, head.medium, zones, groups)
    found += _overlaps("prices", content.prices, ("charge_code", "tariff_group", "zone_code"))
    found += _overlaps("formulas", content.formulas, ())
    codes = [row["code"] for row in content.components]
    found += [
        Problem(f"components-{number}-code", "code_twice", {"code": code})
        for number, code in enumerate(codes)
        if code in codes[:number]
    ]
    for number, rule in enumerate(content.rules):
        unknown = sorted(set(rule["tariff_groups"]) - groups)
        if unknown:
            found.append(
                Problem(f"rules-{number}-tariff_groups", "unknown_group", {"group": ", ".join(unknown)})
            )
    return found


def _wrong_price(
    number: int, row: Row, medium: str, zones: Mapping[str, set[str]], groups: set[str]
) -> Iterable[Problem]:
    group, zone = row["tariff_group"], row["zone_code"]
    if row["valid_to"] is not None and row["valid_to"] <= row["valid_from"]:
        yield Problem(f"prices-{number}-valid_to", "ends_before_it_begins")
    if group and group not in groups:
        yield Problem(f"prices-{number}-tariff_group", "unknown_group", {"group": group})
    elif zone and row["unit"] == "kwh":
        allowed = zones.get(group, {"all"}) if group else {"all"}
        if zone not in allowed:
            yield Problem(
                f"prices-{number}-zone_code", "wrong_zone",
                {"zone": zone, "group": group or "-", "zones": ",".join(sorted(allowed))},
            )  # fmt: skip
    if (row["unit"] == "kwh") != (row["charge_code"] in ENERGY.values()):
        yield Problem(f"prices-{number}-charge_code", "wrong_unit", {"unit": row["unit"]})


def _overlaps(part: str, found: Sequence[Row], key: tuple[str, ...]) -> list[Problem]:
    groups: dict[tuple[Any, ...], list[tuple[int, Row]]] = defaultdict(list)
    for number, row in enumerate(found):
        groups[tuple(row[name] for name in key)].append((number, row))
    problems = []
    for group in groups.values():
        ordered = sorted(group, key=lambda one: one[1]["valid_from"])
        for (_first, earlier), (number, later) in pairwise(ordered):
            if (earlier["valid_to"] or _FOREVER) > later["valid_from"]:
                problems.append(
                    Problem(f"{part}-{number}-valid_from", "overlapping_prices", {"day": later["valid_from"]})
                )
    return problems


def shortcomings(session: Session, *, head: Head, content: Content) -> list[Problem]:
    """Return what keeps a draft from being handed in or approved: overlap, holes, floor, nothing to sell."""
    found = _validity(session, head)
    if head.kind == ProductKind.SERVICE:
        if not content.components:
            found.append(Problem("components", "nothing_sold"))
    elif head.kind in BY_INDEX:
        found += _formula_holes(head, content)
    else:
        found += holes(session, head=head, content=content)
    if head.kind == ProductKind.BUNDLE and not content.components:
        found.append(Problem("components", "bundle_without_service"))
    if not content.rules:
        found.append(Problem("rules", "no_sale_rule"))
    try:
        below = [one for one in margins(session, head=head, content=content) if one.is_below]
    except PricingError:
        return [*found, Problem("prices", "no_purchase_cost")]
    if below and not head.below_floor_reason:
        found += [Problem("prices", "below_floor", _below(one)) for one in below]
    return found


def _below(one: GroupMargin) -> dict[str, Any]:
    return {
        "group": one.tariff_group or "-", "margin": one.margin, "floor": one.floor, "day": one.valid_from,
    }  # fmt: skip


def _validity(session: Session, head: Head) -> list[Problem]:
    found = rows(
        session,
        "select v.number, v.valid_from, v.valid_to from operational.product_versions v"
        " where v.product_id = :product and v.id <> :version and v.variant = :variant"
        " and v.status = 'approved' and daterange(v.valid_from, v.valid_to)"
        " && daterange(cast(:start as date), cast(:end as date)) order by v.number",
        {
            "product": head.product_id, "version": head.version_id, "variant": head.variant,
            "start": head.valid_from, "end": head.valid_to,
        },
    )  # fmt: skip
    return [
        Problem(
            "valid_from", "overlapping_version" if row.valid_to else "overlapping_version_open",
            {"number": row.number, "from": row.valid_from, "to": row.valid_to or ""},
        )
        for row in found
    ]  # fmt: skip


def _wanted_until(head: Head) -> date:
    """Return the day up to which prices are needed: a contract signed on the last day runs its period."""
    if head.valid_to is None:
        return _FOREVER
    return add_months(head.valid_to, head.period_months or 12)


def holes(session: Session, *, head: Head, content: Content) -> list[Problem]:
    """Return the days on which a group that may be sold has no price of energy in one of its zones."""
    charge, until = ENERGY[head.medium], _wanted_until(head)
    energy = [row for row in content.prices if row["charge_code"] == charge]
    if not energy:
        return [Problem("prices", "no_energy_price")]
    zones = zones_by_group(session)
    sold = {group for rule in content.rules for group in rule["tariff_groups"]}
    found = []
    for group in sorted(sold | {row["tariff_group"] for row in energy if row["tariff_group"]} or {""}):
        for zone in sorted(zones.get(group, {"all"})):
            fitting = [
                row for row in energy if row["tariff_group"] in ("", group) and row["zone_code"] in ("", zone)
            ]
            found += [
                Problem(
                    "prices", "price_hole" if end < _FOREVER else "price_hole_open",
                    {"group": group or "-", "zone": zone, "from": start, "to": end},
                )
                for start, end in _gaps(fitting, head.valid_from, until)
            ]  # fmt: skip
    return found


def _gaps(found: Sequence[Row], start: date, until: date) -> list[tuple[date, date]]:
    gaps, day = [], start
    for row in sorted(found, key=lambda one: one["valid_from"]):
        if row["valid_from"] > day:
            gaps.append((day, min(row["valid_from"], until)))
        day = max(day, row["valid_to"] or _FOREVER)
        if day >= until:
            return gaps
    gaps.append((day, until))
    return gaps


def _formula_holes(head: Head, content: Content) -> list[Problem]:
    gaps = _gaps(content.formulas, head.valid_from, _wanted_until(head))
    return [
        Problem(
            "formulas", "formula_hole" if end < _FOREVER else "formula_hole_open", {"from": start, "to": end}
        )
        for start, end in gaps
    ]
