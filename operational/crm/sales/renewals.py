"""Mass renewal offers: one offer for each contract whose fixed term ends in a window, counted by one rule.

Two products are counted per contract (the one that runs and the one offered), so a batch is bounded by
``MOST_CONTRACTS``; a longer window is worked off in several batches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.sales import closing, counting, offers
from operational.crm.sales.profile import PointProfile, profiles
from operational.crm.sales.rules import InvalidSale, SalesError, changed_meanwhile
from operational.crm.sales.terms import term
from operational.kernel.errors import DomainError
from operational.kernel.rows import first, one, rows

MOST_CONTRACTS = 300


@dataclass(frozen=True, slots=True)
class Rule:
    """Which contracts are renewed and with what: fixed terms whose last day is in [ends_from, ends_to]."""

    ends_from: date
    ends_to: date
    medium: str
    price_list_id: int
    segment: str = ""
    promotions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A contract of a renewal: the year counted now and as offered (zloty), or why no offer can be made."""

    contract_id: int
    contract_public_id: str
    contract_number: str
    ends_on: date
    customer_id: int
    customer_name: str
    segment: str
    annual_kwh: Decimal
    gross_before: Decimal | None
    counted: counting.Counted | None
    points: tuple[PointProfile, ...]
    prices: tuple[dict[str, Any], ...] = ()
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a batch would be: contracts with an offer and their money
    a year, and those without, with reasons.
    """

    lines: tuple[Line, ...]
    is_cut: bool

    @property
    def offered(self) -> tuple[Line, ...]:
        """Return the contracts that get an offer."""
        return tuple(line for line in self.lines if line.counted is not None)

    @property
    def refused(self) -> tuple[Line, ...]:
        """Return the contracts that get none, with the reason."""
        return tuple(line for line in self.lines if line.counted is None)

    def total(self, figure: str) -> Decimal:
        """Add up a figure of the offers, zloty a year: gross, seller_net, margin_net ..."""
        return sum((getattr(line.counted, figure) for line in self.offered), Decimal("0.00"))


# Contracts with an open or accepted offer of renewal for the same end are left out: one offer each.
_ENDING = """
  select k.id, k.public_id::text as public_id, k.number, x.ends_on, c.id as customer_id, c.name, c.kind,
         t.price_list_id
    from operational.contract_conditions x
    join operational.contracts k on k.id = x.contract_id
    join operational.customers c on c.id = k.customer_id
    join lateral (
      select price_list_id from operational.contract_terms t
       where t.contract_id = k.id and t.superseded_at is null and t.valid_from <= greatest(:as_of,
       x.valid_from)
       order by t.valid_from desc limit 1) t on true
   where x.superseded_at is null and x.ends_on between :ends_from and :ends_to and x.ends_on >= :as_of
     and (x.valid_to is null or x.valid_to > :as_of) and (:segment = '' or c.kind = :segment)
     and exists (select from operational.contract_supply_points s
                   join operational.supply_points p on p.id = s.supply_point_id
                  where s.contract_id = k.id and s.superseded_at is null and p.medium = :medium
                    and (s.valid_to is null or s.valid_to > :as_of))
     and not exists (select from operational.offers o
                      where o.renewed_contract_id = k.id and o.made_on > :as_of - 365
                        and (o.status = 'accepted'
                             or o.status in ('draft', 'ready', 'sent') and o.valid_until >= :as_of))
   order by x.ends_on, k.id limit :limit"""


def preview(session: Session, *, rule: Rule, as_of: date) -> Preview:
    """Count what a batch would offer without writing anything; raise InvalidSale for a wrong rule.

    A product that the sale rules refuse, a price below the floor or a missing rate leaves that contract out
    and says why; the others are counted.
    """
    wrong = {}
    if rule.ends_to <= rule.ends_from:
        wrong["ends_to"] = "sales_days"
    if not rule.price_list_id:
        wrong["price_list_id"] = "missing_value"
    if wrong:
        raise InvalidSale(wrong)
    found = rows(
        session,
        _ENDING,
        {
            "as_of": as_of, "ends_from": rule.ends_from, "ends_to": rule.ends_to, "medium": rule.medium,
            "segment": rule.segment, "limit": MOST_CONTRACTS + 1,
        },
    )  # fmt: skip
    by_contract: dict[int, list[PointProfile]] = {}
    chosen = found[:MOST_CONTRACTS]
    ids = [row.id for row in chosen]
    for point in profiles(session, on=as_of, contract_ids=ids, medium=rule.medium):
        if point.contract_id is not None:
            by_contract.setdefault(point.contract_id, []).append(point)
    lines = tuple(
        _line(session, row=row, points=tuple(by_contract.get(row.id, ())), rule=rule, as_of=as_of)
        for row in chosen
    )
    return Preview(lines, len(found) > MOST_CONTRACTS)


def _line(session: Session, *, row: Any, points: tuple[PointProfile, ...], rule: Rule, as_of: date) -> Line:
    starts_on = row.ends_on + timedelta(days=1)
    prices: tuple[dict[str, Any], ...] = ()
    counted, before, refusal = None, None, ""
    try:
        if not points:
            raise SalesError("offer_without_use", "Nothing is known of the use of the points.")
        counted = counting.count(
            session, points=points, price_list_id=rule.price_list_id, promotions=rule.promotions,
            segment=row.kind, on=starts_on, sold_on=as_of,
        )  # fmt: skip
        now = _running(session, points=points, price_list_id=row.price_list_id, on=starts_on)
        before, prices = (now.gross if now else None), _prices(now, counted)
        if counted.is_below_floor:
            counted, refusal = None, "offer_below_floor"
    except DomainError as error:
        counted, refusal = None, error.code
    return Line(
        row.id, row.public_id, row.number, row.ends_on, row.customer_id, row.name, row.kind,
        sum((point.annual_kwh for point in points), Decimal(0)), before, counted, points, prices, refusal,
    )  # fmt: skip


def _running(
    session: Session, *, points: Sequence[PointProfile], price_list_id: int, on: date
) -> counting.Counted | None:
    """Count the year on the price list that runs; None when its prices do not reach that far."""
    choice = counting.Choice(price_list_id, None, "", "", None)
    try:
        return counting.counted(session, points=points, choice=choice, promotions=(), on=on)
    except DomainError:
        return None


def _prices(now: counting.Counted | None, then: counting.Counted) -> tuple[dict[str, Any], ...]:
    """Return the seller's prices before and after, charge by charge and zone by zone."""
    before = {
        (line["charge_code"], line["zone_code"]): Decimal(line["price"])
        for line in (now.lines if now else ())
        if line["section"] == "sale"
    }
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for line in then.lines:
        key = (line["charge_code"], line["zone_code"])
        if line["section"] == "sale" and key not in seen:
            seen[key] = {
                "name_pl": line["name_pl"], "name_en": line["name_en"], "zone": line["zone_code"],
                "before": before.get(key), "after": Decimal(line["price"]), "unit": line["unit"],
            }  # fmt: skip
    return tuple(seen.values())


def make_batch(session: Session, *, rule: Rule, name: str, owner: str, as_of: date) -> str:
    """Make the offers of a rule, each with its paper, and return the batch's public id; nothing is sent yet.

    The figures are counted again here. Raises SalesError when no contract gets an offer.
    """
    if not name.strip():
        raise InvalidSale({"name": "missing_value"})
    session.execute(text("select pg_advisory_xact_lock(7401117)"))  # two batches at once see each other
    found = preview(session, rule=rule, as_of=as_of)
    if not found.offered:
        raise SalesError(
            "renewal_empty", "No contract of the window gets an offer. Change the window or the product."
        )
    valid_until = as_of + timedelta(days=int(term(session, code="renewal_validity_days", on=as_of)))
    batch = one(
        session,
        """
        insert into operational.renewal_batches (name, ends_from, ends_to, medium, segment, price_list_id,
               product_version_id, promotions, valid_until)
        values (:name, :ends_from, :ends_to, :medium, :segment, :price_list_id, :version, :promotions, :until)
        returning id, public_id::text as public_id""",
        {
            "name": name.strip()[:120], "ends_from": rule.ends_from, "ends_to": rule.ends_to,
            "medium": rule.medium, "segment": rule.segment, "price_list_id": rule.price_list_id,
            "version": found.offered[0].counted.product_version_id if found.offered[0].counted else None,
            "promotions": list(rule.promotions), "until": valid_until,
        },
    )  # fmt: skip
    for line in found.offered:
        _offer(session, line=line, batch_id=batch.id, valid_until=valid_until, owner=owner, as_of=as_of)
    return str(batch.public_id)


def _offer(
    session: Session, *, line: Line, batch_id: int, valid_until: date, owner: str, as_of: date
) -> None:
    made = offers.open_offer(
        session,
        addressee=offers.Addressee(line.customer_name, line.segment, customer_id=line.customer_id),
        medium=line.points[0].medium, points=line.points, starts_on=line.ends_on + timedelta(days=1),
        owner=owner, as_of=as_of, valid_until=min(valid_until, max(line.ends_on, as_of)),
        batch=(batch_id, line.contract_id),
    )  # fmt: skip
    offers.put_variant(session, offer_id=made.id, position=1, counted=line.counted)
    offer = offers.locked(session, public_id=made.public_id)
    variants = closing.variants_of(session, made.id)
    closing.fill_paper(
        session, offer=offer, variants=variants, template="renewal_offer", as_of=as_of,
        values=_paper(session, line=line, valid_until=offer.valid_until),
    )  # fmt: skip


def _paper(session: Session, *, line: Line, valid_until: date) -> Mapping[str, object]:
    counted = line.counted
    if counted is None:
        raise SalesError("renewal_empty", "No offer without figures.")
    language = session.scalar(
        text("select language from operational.customers where id = :id"), {"id": line.customer_id}
    )
    return {
        "contract": {"number": line.contract_number, "end": line.ends_on},
        "renewal": {
            "product": counted.product_name, "period_months": counted.period_months,
            "start": line.ends_on + timedelta(days=1), "answer_by": valid_until,
            "yearly_before": line.gross_before, "yearly_after": counted.gross, "continuation": "",
        },
        "prices": [
            {**price, "name": price["name_pl" if language == "pl" else "name_en"]} for price in line.prices
        ],
    }  # fmt: skip


def send_batch(session: Session, *, public_id: str, row_version: int, as_of: date, moment: datetime) -> int:
    """Queue every offer of a batch that is ready, in one go; return how many went out.

    A batch that was sent before answers with 0: each offer has one message key. Raises `changed_meanwhile`.
    """
    batch = first(
        session,
        "select * from operational.renewal_batches where public_id = cast(:id as uuid) for update",
        {"id": public_id},
    )
    if batch is None:
        raise SalesError("batch_not_found", "There is no such batch. Open the list and choose one.")
    if batch.status == "sent":
        return 0
    if batch.row_version != row_version:
        raise changed_meanwhile(f"The batch {batch.name}")
    ready = rows(
        session,
        "select * from operational.offers where renewal_batch_id = :id and status = 'ready'"
        " and valid_until >= :as_of order by id for update",
        {"id": batch.id, "as_of": as_of},
    )
    if ready:
        messages = closing.queue_offers(session, offers=ready, moment=moment, template="offer.renewal")
        closing.mark_sent(session, messages=messages, as_of=as_of, note="renewal")
        _tell_the_board(session, offers=ready, as_of=as_of)
    session.execute(
        text(
            "update operational.renewal_batches set status = 'sent', sent_on = :as_of,"
            " row_version = row_version + 1 where id = :id"
        ),
        {"as_of": as_of, "id": batch.id},
    )
    return len(ready)


def _tell_the_board(session: Session, *, offers: Sequence[Any], as_of: date) -> None:
    """Note on the renewal board of the contracts that an offer went out."""
    session.execute(
        text("""
            insert into operational.renewals (contract_id, fixed_until, action, offer_id, is_automatic,
            acted_on)
            values (:contract, :until, 'offer_sent', :offer, false, :as_of)"""),
        [
            {
                "contract": offer.renewed_contract_id, "until": offer.starts_on - timedelta(days=1),
                "offer": offer.id, "as_of": as_of,
            }
            for offer in offers
        ],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch with its offers and their money a year in zloty."""

    id: int
    public_id: str
    name: str
    ends_from: date
    ends_to: date
    medium: str
    product: str
    valid_until: date
    status: str
    sent_on: date | None
    row_version: int
    offers: int
    accepted: int
    gross: Decimal
    margin_net: Decimal


_BATCHES = """
  select b.id, b.public_id::text, b.name, b.ends_from, b.ends_to, b.medium, r.name || ' · ' || l.name,
         b.valid_until, b.status, b.sent_on, b.row_version, count(o.id),
         count(*) filter (where o.status = 'accepted'), coalesce(sum(v.gross), 0),
         coalesce(sum(v.margin_net), 0)
    from operational.renewal_batches b join operational.price_lists l on l.id = b.price_list_id
    join operational.products r on r.id = l.product_id
    left join operational.offers o on o.renewal_batch_id = b.id
    left join operational.offer_variants v on v.offer_id = o.id and v.superseded_at is null and v.position = 1
   where (:id = '' or b.public_id::text = :id)
   group by b.id, r.name, l.name order by b.id desc limit 100"""


def batches(session: Session, *, public_id: str = "") -> list[BatchRow]:
    """Return the batches, newest first, or the one of a public id."""
    return [BatchRow(*row) for row in rows(session, _BATCHES, {"id": public_id})]
