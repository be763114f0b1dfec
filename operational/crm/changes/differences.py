"""What an amendment changes, field by field: the words before and after, as they stand on the paper."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from operational.crm.changes.rules import Asked
from operational.crm.changes.versions import ChangeError
from operational.kernel.rows import first, rows

POINT_FIELDS: Final = ("tariff_group", "contracted_power_kw", "phases")


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that changes; ``subject`` is '' for the contract, else the code of a supply point or of a
    component. Values are codes or plain numbers; pages and papers put them into words.
    """

    subject: str
    field: str
    before: str
    after: str

    def as_json(self) -> dict[str, str]:
        """Return what is stored with the amendment."""
        return asdict(self)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, Decimal):
        return str(value)
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def differences(session: Session, *, contract_id: int, on: date, asked: Asked) -> list[Difference]:
    """Return the fields that the amendment changes against what holds on the day; equal values are none."""
    found = _contract(session, contract_id, on, asked) + _points(session, contract_id, on, asked)
    for component in rows(
        session,
        "select code, name_pl, value from operational.contract_components where id = any(:ids) "
        "and contract_id = :contract and superseded_at is null order by code",
        {"ids": list(asked.ends), "contract": contract_id},
    ):
        found.append(Difference(component.code, "component", _named(component.name_pl, component.value), ""))
    found += [Difference(new.code, "component", "", _named(new.name, new.value)) for new in asked.adds]
    return found


def _named(name: str, value: Any) -> str:
    return f"{name} ({_shown(value)})"


def _contract(session: Session, contract_id: int, on: date, asked: Asked) -> list[Difference]:
    now = first(
        session,
        """select l.code || ' ' || l.name as price_list, t.price_list_id, t.cycle_months,
             t.payment_term_days, t.invoicing_rule, k.ends_on, k.period_months, k.continuation,
             u.invoice_channel, coalesce(n.code || ' ' || n.name, '') as new_list
           from operational.contracts c join operational.customers u on u.id = c.customer_id
           join operational.contract_terms t on t.contract_id = c.id and t.superseded_at is null
             and t.valid_from <= :on and (t.valid_to is null or t.valid_to > :on)
           join operational.price_lists l on l.id = t.price_list_id
           left join operational.price_lists n on n.id = :new_list
           left join operational.contract_conditions k on k.contract_id = c.id and k.superseded_at is null
             and k.valid_from <= :on and (k.valid_to is null or k.valid_to > :on)
           where c.id = :contract""",
        {"contract": contract_id, "on": on, "new_list": asked.terms.get("price_list_id")},
    )
    if now is None:
        raise ChangeError("no_terms_that_day", f"The contract has no terms on {on}. Check the day.")
    wanted: Mapping[str, Any] = {**asked.terms, **asked.conditions}
    if "price_list_id" in wanted and not now.new_list:
        raise ChangeError("price_list_unknown", "There is no such price list. Choose one of the list.")
    found = []
    for field, after in wanted.items():
        before = now._mapping[field]
        if field == "price_list_id" and before != after:
            found.append(Difference("", "price_list", now.price_list, now.new_list))
        elif _shown(before) != _shown(after):
            found.append(Difference("", field, _shown(before), _shown(after)))
    return found


def _points(session: Session, contract_id: int, on: date, asked: Asked) -> list[Difference]:
    known = {
        row.id: row
        for row in rows(
            session,
            """select p.id, p.code, t.tariff_group, t.contracted_power_kw, t.phases
               from operational.contract_supply_points k
               join operational.supply_points p on p.id = k.supply_point_id
               join operational.supply_point_terms t on t.supply_point_id = p.id
                 and t.superseded_at is null and t.valid_from <= :on
                 and (t.valid_to is null or t.valid_to > :on)
               where k.contract_id = :contract and k.superseded_at is null and k.valid_from <= :on
                 and (k.valid_to is null or k.valid_to > :on) order by p.code""",
            {"contract": contract_id, "on": on},
        )
    }
    found = []
    for point_id, change in asked.points.items():
        if change and point_id not in known:
            raise ChangeError(
                "point_not_supplied", f"The contract does not supply every chosen point on {on}."
            )
        for field, given in change.items():
            after = Decimal(str(given)) if field == "contracted_power_kw" and given is not None else given
            before = known[point_id]._mapping[field]
            if _shown(before) != _shown(after):
                found.append(Difference(known[point_id].code, field, _shown(before), _shown(after)))
    return found
