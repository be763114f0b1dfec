"""Merging two customers who are one:
the old number stays with its history and leads to the number that is kept.

Documents, postings, payments and open items are never moved:
they were made out to the old number and the ledger must say so.
So a merge is allowed only when nothing under the old number is still moving:
no open amount, no contract in force that was billed, no case of dunning, plan, refund or deposit.
Contracts that were never billed move to the kept number (billing reads a contract's customer and follows by
itself). Why a merge is refused is told with the cure.
A late payment to the old own account is still booked under the old number and shown with the kept one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.customers import consents
from operational.crm.customers.people import ChangedMeanwhile
from operational.kernel.errors import DomainError
from operational.kernel.rows import one, rows


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why two customers cannot be merged now; `what` names the record (amount, number) when there is one."""

    code: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What a merge would do: the contracts that move, or the obstacles that forbid it."""

    obstacles: tuple[Obstacle, ...]
    moved_contracts: tuple[str, ...]


class MergeRefused(DomainError):
    """A merge that would make the ledger or a bill wrong; `obstacles` say why."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        named = "; ".join(f"{obstacle.code} {obstacle.what}".strip() for obstacle in obstacles)
        super().__init__("merge_refused", f"These customers cannot be merged yet: {named}.")
        self.obstacles = tuple(obstacles)


_STATE = """
  with open_amounts as (
    select o.amount
      - coalesce((select sum(x.amount) from operational.allocations x where x.debt_item_id = o.id), 0)
      + coalesce((select sum(x.amount) from operational.allocations x
        where x.credit_item_id = o.id), 0) as open
    from operational.open_items o where o.customer_id = :merged),
  supplied as (
    select c.number, c.id from operational.contracts c
    where c.customer_id = :merged and (
      not exists (select from operational.contract_supply_points k
        where k.contract_id = c.id and k.superseded_at is null)
      or exists (select from operational.contract_supply_points k where k.contract_id = c.id
        and k.superseded_at is null and (k.valid_to is null or k.valid_to > :today))))
  select
    (select coalesce(sum(abs(open)), 0) from open_amounts) as open_amount,
    (select coalesce(sum(case when debit_account = 'receivable' then amount else -amount end), 0)
       from operational.ledger_transfers
       where customer_id = :merged and 'receivable' in (debit_account, credit_account)) as balance,
    array(select number from supplied s where exists (select from operational.billing_scopes b
      where b.contract_id = s.id) order by number) as billed,
    array(select number from supplied s where not exists (select from operational.billing_scopes b
      where b.contract_id = s.id) order by number) as unbilled,
    (select count(*) from operational.billing_runs
      where status in ('computed', 'approved', 'issuing')) as runs,
    (select count(*) from operational.dunning_cases
      where customer_id = :merged and closed_on is null) as cases,
    array(select number from operational.instalment_plans
      where customer_id = :merged and status in ('active', 'breached') order by number) as plans,
    (select count(*) from operational.refunds
      where customer_id = :merged and status in ('requested', 'approved')) as refunds,
    array(select number from operational.switching_cases
      where customer_id = :merged and closed_on is null and status <> 'ACTIVE' order by number) as switching,
    (select count(*) from operational.contract_drafts
      where customer_id = :merged and status in ('open', 'waiting')) as drafts,
    (select coalesce(sum(amount), 0) from operational.deposit_entries
      where customer_id = :merged) as deposit"""

_PEOPLE = """
  select id, customer_number, nip, pesel, merged_into_id, row_version from operational.customers
  where id in (:kept, :merged) order by id {lock}"""


def plan(session: Session, *, kept_id: int, merged_id: int, as_of: date) -> MergePlan:
    """Say what merging `merged_id` into `kept_id` on a day would do, or what stands in the way."""
    return _plan(session, kept_id, merged_id, as_of, lock="")[0]


def _plan(
    session: Session, kept_id: int, merged_id: int, as_of: date, *, lock: str
) -> tuple[MergePlan, dict[int, Any]]:
    given = {"kept": kept_id, "merged": merged_id, "today": as_of}
    both = {row.id: row for row in rows(session, _PEOPLE.format(lock=lock), given)}
    if len(both) != 2:
        return MergePlan((Obstacle("two_customers_needed"),), ()), both
    found, state = _identity(both[kept_id], both[merged_id]), one(session, _STATE, given)
    if state.open_amount or state.balance:
        found.append(Obstacle("open_amount", _pln(state.open_amount or state.balance)))
    if state.deposit:
        found.append(Obstacle("open_deposit", _pln(state.deposit)))
    found += [Obstacle("billed_contract", number) for number in state.billed]
    found += [Obstacle("plan_in_force", number) for number in state.plans]
    found += [Obstacle("open_switching_case", number) for number in state.switching]
    if state.drafts:
        found.append(Obstacle("open_draft"))
    if state.cases:
        found.append(Obstacle("open_dunning_case"))
    if state.refunds:
        found.append(Obstacle("pending_refund"))
    if state.unbilled and state.runs:
        found.append(Obstacle("billing_run_open", ", ".join(state.unbilled)))
    return MergePlan(tuple(found), tuple(state.unbilled)), both


def _identity(kept: Any, merged: Any) -> list[Obstacle]:
    """Two numbers that both are there and differ are two persons or firms, whatever the names say."""
    found = [
        Obstacle("other_number", name.upper())
        for name in ("nip", "pesel")
        if getattr(kept, name) and getattr(merged, name) and getattr(kept, name) != getattr(merged, name)
    ]
    found += [Obstacle("merged_already", row.customer_number) for row in (kept, merged) if row.merged_into_id]
    return found


def _pln(amount: Decimal) -> str:
    return f"{amount:.2f}"


def merge(
    session: Session,
    *,
    kept_id: int,
    merged_id: int,
    reason: str,
    row_versions: tuple[int, int],
    as_of: date,
    actor: str,
) -> tuple[str, ...]:
    """Merge a customer into another; return the numbers of the contracts that moved.

    `row_versions`: of the kept and of the merged customer as the form saw them.
    What the kept one lacks (NIP, PESEL, e-mail, telephone, people, newer consents) is taken over, and the
    log-ins of the portal open the kept one from now on.
    Raises MergeRefused with every obstacle, ChangedMeanwhile, and DomainError without a reason.
    """
    if not reason.strip():
        raise DomainError("reason_missing", "Say why these two are one customer; the reason is kept.")
    found, both = _plan(session, kept_id, merged_id, as_of, lock="for update")
    if found.obstacles:
        raise MergeRefused(found.obstacles)
    if (both[kept_id].row_version, both[merged_id].row_version) != row_versions:
        raise ChangedMeanwhile("One of the two customers")
    given = {
        "kept": kept_id, "merged": merged_id, "day": as_of, "reason": reason.strip()[:500], "actor": actor,
        "contracts": list(found.moved_contracts),
    }  # fmt: skip
    session.execute(text("select set_config('app.reason', :reason, true)"), {"reason": given["reason"]})
    for statement in _MOVES:
        used = text(statement)
        session.execute(used, {name: given[name] for name in used._bindparams})
    _take_consents(session, kept_id, merged_id, both[merged_id].customer_number)
    return found.moved_contracts


_MOVES = (
    """update operational.contracts set customer_id = :kept, row_version = row_version + 1
       where customer_id = :merged and number = any(:contracts)""",
    # Earlier merges into the merged number lead to the kept one at once.
    "update operational.customers set merged_into_id = :kept where merged_into_id = :merged",
    """update operational.customers set merged_into_id = :kept, row_version = row_version + 1
       where id = :merged""",
    """update operational.customers k set nip = coalesce(k.nip, m.nip), pesel = coalesce(k.pesel, m.pesel),
         regon = coalesce(k.regon, m.regon), email = coalesce(k.email, m.email), phone = coalesce(k.phone,
           m.phone),
         customer_since = least(k.customer_since, m.customer_since), row_version = k.row_version + 1
       from operational.customers m where k.id = :kept and m.id = :merged""",
    """insert into operational.customer_roles (customer_id, supply_point_id, contract_id, role, person_name,
      position,
         phone, email, note, valid_from, valid_to)
       select :kept, supply_point_id, contract_id, role, person_name, position, phone, email, note,
         valid_from, valid_to
       from operational.customer_roles m where m.customer_id = :merged and m.superseded_at is null
         and (m.valid_to is null or m.valid_to > :day)
         and not exists (select from operational.customer_roles k where k.customer_id = :kept
           and k.superseded_at is null and k.role = m.role and operational.plain(k.person_name)
             = operational.plain(m.person_name))""",
    # Log-ins go where the contracts went; whoever is logged in under the merged number logs in again.
    """update operational.customer_users set customer_id = :kept, row_version = row_version + 1
       where customer_id = :merged""",
    """update sec.web_sessions set revoked_at = now() where customer_id = :merged and revoked_at is null""",
    """insert into operational.customer_merges (kept_id, merged_id, merged_on, reason, moved_contracts)
       values (:kept, :merged, :day, :reason, :contracts)""",
    """update operational.duplicate_pairs set state = 'merged', decided_at = now(), decided_by = :actor,
         note = :reason, row_version = row_version + 1
       where state = 'open' and :merged in (one_id, other_id)""",
)


def _take_consents(session: Session, kept_id: int, merged_id: int, number: str) -> None:
    """The newest decision of the two counts, so a withdrawal under the old number is not lost."""
    own = consents.in_force(session, customer_id=kept_id)
    for kind, taken in consents.in_force(session, customer_id=merged_id).items():
        if kind not in own or own[kind].given_on < taken.given_on:
            consents.give(
                session,
                customer_id=kept_id,
                kind=kind,
                channel=taken.channel,
                granted=taken.granted,
                given_on=taken.given_on,
                source=f"{number}: {taken.source}",
            )
