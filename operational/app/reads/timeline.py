"""The timeline of a customer: what happened in every room, merged by time, narrowed to groups on demand.

Each source gives its newest entries only, so the work is that of a page however long the history is.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from operational.kernel.rows import rows


@dataclass(frozen=True, slots=True)
class Event:
    """One entry: what it is, when, a number or name, a code or text, the page it leads to, PLN if any."""

    kind: str
    happened_at: datetime
    title: str
    detail: str
    public_id: str
    amount: Decimal | None


_OF = """= any(array(select f.id from operational.customers f where f.id = :id or f.merged_into_id = :id))"""

# group -> sources; each gives kind, moment, title, detail, public id, amount of at most :limit newest entries
_SOURCES: Final[dict[str, tuple[str, ...]]] = {
    "contacts": (
        f"""select 'note', noted_at, noted_by, body, '', null::numeric from operational.notes
            where customer_id {_OF} order by noted_at desc limit :limit""",
        f"""select 'activity_' || kind, case when happened_on = created_at::date then created_at
              else happened_on + interval '12 hours' end, subject, left(body, 200), public_id::text,
                null::numeric
            from operational.activities where customer_id {_OF}
              order by happened_on desc, id desc limit :limit""",
        f"""select 'message', coalesce(m.delivered_at, m.sent_at, m.created_at), case :language when 'en'
              then t.name_en else t.name_pl end, m.channel || ' ' || m.status, m.public_id::text,
                null::numeric
            from operational.messages m join operational.message_templates t on t.code = m.template_code
            where m.customer_id {_OF} order by m.created_at desc limit :limit""",
    ),
    "money": (
        f"""select 'document', issue_date + interval '10 hours', number, kind, public_id::text, gross_amount
            from operational.documents where customer_id {_OF}
              order by issue_date desc, id desc limit :limit""",
        f"""select 'payment', booked_on + interval '12 hours', '', coalesce(matched_by, ''),
          public_id::text, amount
            from operational.payments where customer_id {_OF} order by booked_on desc limit :limit""",
    ),
    "dunning": (
        f"""select 'dunning', e.happened_on + interval '11 hours', e.kind, c.stage, c.public_id::text,
          a.total_amount
            from operational.dunning_cases c join operational.dunning_events e on e.case_id = c.id
            left join operational.dunning_actions a on a.id = e.action_id
            where c.customer_id {_OF} order by e.id desc limit :limit""",
    ),
    "contracts": (
        f"""select 'contract', signed_on + interval '9 hours', number, kind, public_id::text, null::numeric
            from operational.contracts where customer_id {_OF} order by signed_on desc limit :limit""",
        f"""select 'amendment', coalesce(applied_at, created_at), number, state, public_id::text,
          null::numeric
            from operational.amendments where customer_id {_OF} order by id desc limit :limit""",
        f"""select 'termination', coalesce(confirmed_at, created_at), number, state, public_id::text,
              nullif(penalty_amount, 0)
            from operational.terminations where customer_id {_OF} order by id desc limit :limit""",
        """select 'merge', recorded_at, c.customer_number, reason, c.public_id::text, null::numeric
            from operational.customer_merges x join operational.customers c on c.id = x.merged_id
            where x.kept_id = :id order by recorded_at desc limit :limit""",
    ),
    "switching": (
        f"""select 'switching', e.recorded_at, s.number, coalesce(e.to_status, e.kind), s.public_id::text,
          null::numeric
            from operational.switching_cases s join operational.switching_events e on e.case_id = s.id
            where s.customer_id {_OF} order by e.id desc limit :limit""",
    ),
    "cases": (
        f"""select 'complaint', created_at, number, subject, public_id::text, claimed_amount
            from operational.complaints where customer_id {_OF} order by id desc limit :limit""",
        f"""select 'exception', opened_at, code, message, '', amount_at_stake
          from operational.billing_exceptions
            where customer_id {_OF} order by opened_at desc limit :limit""",
    ),
    "changes": (
        """select 'change', changed_at, actor, (select string_agg(key, ', ' order by key)
              from jsonb_object_keys(before) key
                where key not in ('row_version', 'search_name')), '', null::numeric
            from operational.audit_trail where table_name = 'customers' and row_id = cast(:id as text)
            order by id desc limit :limit""",
        """select 'consent', recorded_at, kind, case when granted then 'granted' else 'withdrawn' end, '',
          null::numeric
            from operational.consents where customer_id = :id order by id desc limit :limit""",
    ),
}
GROUPS: Final[tuple[str, ...]] = tuple(_SOURCES)


def timeline(
    session: Session, *, customer_id: int, show: str = "", language: str = "pl", limit: int = 14
) -> list[Event]:
    """Return the newest events of a customer, of numbers merged into it too.

    `show`: one of GROUPS, anything else means all of them.
    """
    chosen = _SOURCES.get(show) or tuple(source for group in _SOURCES.values() for source in group)
    union = " union all ".join(f"({source})" for source in chosen)
    found = rows(
        session,
        f"select * from ({union}) as events (kind, at, title, detail, public_id, amount)"
        " where detail is not null order by at desc limit :limit",
        {"id": customer_id, "limit": limit} | ({"language": language} if ":language" in union else {}),
    )
    return [Event(*row) for row in found]
