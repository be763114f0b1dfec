"""Segment rules: conditions from a fixed list of fields and operators, kept as JSON, turned into bound SQL.

Nothing a person types becomes part of a statement: a field is looked up here, an operator is one of the
field's own, a value is a bound parameter of the field's type.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from operational.crm.sales.rules import SalesError, amount
from operational.kernel.rows import one

MOST_CONDITIONS = 10
OPERATORS: Final[Mapping[str, str]] = {
    "is": "=", "is_not": "<>", "at_least": ">=", "at_most": "<=", "starts_with": "like",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a rule: what it is in SQL, its operators, the codes it may hold (empty: free text)."""

    sql: str
    kind: str
    operators: tuple[str, ...]
    codes: tuple[str, ...] = ()


_TEXT = ("is", "is_not", "starts_with")
_CODE = ("is", "is_not")
_NUMBER = ("at_least", "at_most")
_KINDS = ("household", "business", "public")
_POINT = """exists (select 1 from operational.contracts k
    join operational.contract_supply_points s on s.contract_id = k.id and s.superseded_at is null
     and s.valid_from <= :on and (s.valid_to is null or s.valid_to > :on)
    join operational.supply_points p on p.id = s.supply_point_id
    left join operational.supply_point_terms t on t.supply_point_id = p.id and t.superseded_at is null
     and t.valid_from <= :on and (t.valid_to is null or t.valid_to > :on)
   where k.customer_id = c.id and {condition})"""
_ENDS = """(select min(x.ends_on) - cast(:on as date) from operational.contracts k
    join operational.contract_conditions x on x.contract_id = k.id and x.superseded_at is null
     and (x.valid_to is null or x.valid_to > :on)
   where k.customer_id = c.id and x.ends_on >= :on)"""
_KWH = """(select sum(t.annual_kwh) from operational.contracts k
    join operational.contract_supply_points s on s.contract_id = k.id and s.superseded_at is null
     and s.valid_from <= :on and (s.valid_to is null or s.valid_to > :on)
    join operational.supply_point_terms t on t.supply_point_id = s.supply_point_id and t.superseded_at is null
     and t.valid_from <= :on and (t.valid_to is null or t.valid_to > :on) where k.customer_id = c.id)"""
_OVERDUE = """exists (select 1 from operational.open_items o where o.customer_id = c.id and o.amount > 0
    and o.due_date < :on and o.amount > coalesce((select sum(x.amount) from operational.allocations x
      where x.debt_item_id = o.id), 0))"""
_CITY = "lower(public.unaccent({city}))"

FIELDS: Final[Mapping[str, Mapping[str, Field]]] = {
    "customers": {
        "kind": Field("c.kind", "code", _CODE, _KINDS),
        "city": Field(_CITY.format(city="a.city"), "text", _TEXT),
        "postal_code": Field("a.postal_code", "text", _TEXT),
        "medium": Field(_POINT, "point", _CODE, ("electricity", "gas")),
        "tariff_group": Field(_POINT, "point", _TEXT),
        "distributor": Field(_POINT, "point", _CODE),
        "annual_kwh": Field(_KWH, "number", _NUMBER),
        "contract_ends_in_days": Field(_ENDS, "number", _NUMBER),
        "customer_for_days": Field("cast(:on as date) - c.customer_since", "number", _NUMBER),
        "invoice_channel": Field("c.invoice_channel", "code", _CODE, ("ebok", "email", "letter")),
        "overdue": Field(_OVERDUE, "flag", ("is",), ("yes", "no")),
    },
    "leads": {
        "kind": Field("c.kind", "code", _CODE, _KINDS),
        "city": Field(_CITY.format(city="c.city"), "text", _TEXT),
        "medium": Field("c.medium", "code", _CODE, ("electricity", "gas")),
        "tariff_group": Field("c.tariff_group", "text", _TEXT),
        "annual_kwh": Field("c.annual_kwh", "number", _NUMBER),
        "stage": Field("c.stage", "code", _CODE, ("new", "contacted", "qualified", "offered", "lost")),
        "source": Field(
            "c.source",
            "code",
            _CODE,
            ("web", "phone", "branch", "agent", "referral", "fair", "portal", "other"),
        ),
    },
}
_POINT_COLUMNS: Final = {"medium": "p.medium", "tariff_group": "t.tariff_group", "distributor": "p.dso_code"}
# Whom a channel may reach: who consented to it last, and has an address for it.
_PEOPLE: Final = {
    "customers": """
      select c.id as customer_id, cast(null as bigint) as lead_id, c.customer_number as key,
             coalesce((select n.granted from operational.consents n
                where n.customer_id = c.id and n.kind = 'marketing_' || :channel and n.superseded_at is null
                  and n.given_on <= :on), false) as consents,
             coalesce(case :channel when 'email' then c.email else c.phone end, '') <> '' as has_address
        from operational.customers c join operational.addresses a on a.id = c.address_id
       where c.merged_into_id is null""",
    "leads": """
      select cast(null as bigint) as customer_id, c.id as lead_id, 'L' || c.id as key,
             :channel = any(c.may_contact) as consents,
             coalesce(case :channel when 'email' then c.email else c.phone end, '') <> '' as has_address
        from operational.leads c
       where c.stage <> 'won' and c.customer_id is null""",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """How many people a rule finds, and how many of them may be contacted; the rest by the reason why not."""

    people: int
    allowed: int
    no_consent: int
    no_address: int


def clean(audience: str, conditions: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return the conditions of a rule as they are kept; raise SalesError naming the one that is wrong."""
    if audience not in FIELDS:
        raise SalesError("segment_audience", "A campaign is for customers or for leads.")
    if len(conditions) > MOST_CONDITIONS:
        raise SalesError("segment_long", f"A rule has at most {MOST_CONDITIONS} conditions.")
    kept = []
    for number, condition in enumerate(conditions, 1):
        name, operator, value = (str(condition.get(part, "")).strip() for part in ("field", "op", "value"))
        field = FIELDS[audience].get(name)
        if field is None or operator not in field.operators:
            raise SalesError(
                "segment_field", f"Condition {number}: choose a field and an operator of the list."
            )
        if not value or len(value) > 100 or (field.codes and value not in field.codes):
            raise SalesError(
                "segment_value", f"Condition {number}: the value is missing or not one of the list."
            )
        if field.kind == "number" and value != "0" and amount(value) is None:
            raise SalesError("segment_number", f"Condition {number}: write a number.")
        kept.append({"field": name, "op": operator, "value": value})
    return kept


def people_sql(
    audience: str, conditions: Sequence[Mapping[str, str]], *, channel: str, on: date
) -> tuple[str, dict[str, Any]]:
    """Return the statement of the people a rule finds, and its parameters."""
    parts, given = [_PEOPLE[audience]], {"channel": channel, "on": on}
    for number, condition in enumerate(clean(audience, conditions)):
        part, value = _condition(FIELDS[audience][condition["field"]], condition, f"value_{number}")
        parts.append(f"and {part}")
        if value is not None:
            given[f"value_{number}"] = value
    return "\n".join(parts), given


def _condition(field: Field, condition: Mapping[str, str], parameter: str) -> tuple[str, Any]:
    operator, value = OPERATORS[condition["op"]], condition["value"]
    if field.kind == "flag":
        return (field.sql if value == "yes" else f"not {field.sql}"), None
    if field.kind == "number":
        return f"{field.sql} {operator} :{parameter}", Decimal(0) if value == "0" else amount(value)
    if operator == "like":
        value = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    wanted = (
        f"lower(public.unaccent(cast(:{parameter} as text)))" if "unaccent" in field.sql else f":{parameter}"
    )
    if field.kind == "point":
        # "Is not" of a point means that no point is: a customer with G11 and C11 is not one without C11.
        is_not = operator == "<>"
        column = _POINT_COLUMNS[condition["field"]]
        found = field.sql.format(condition=f"{column} {'=' if is_not else operator} {wanted}")
        return (f"not {found}" if is_not else found), value
    return f"{field.sql} {operator} {wanted}", value


def size(
    session: Session, *, audience: str, conditions: Sequence[Mapping[str, str]], channel: str, on: date
) -> Size:
    """Count the people of a rule on a day, in one statement."""
    people, given = people_sql(audience, conditions, channel=channel, on=on)
    row = one(
        session,
        "select count(*) as people, count(*) filter (where consents and has_address) as allowed,"
        " count(*) filter (where not consents) as no_consent,"
        f" count(*) filter (where consents and not has_address) as no_address from ({people}) found",
        given,
    )
    return Size(row.people, row.allowed, row.no_consent, row.no_address)
