"""The sales desk of the demonstration: leads on every stage, a campaign with consents and contacts,
offers.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.customers.consents import give
from operational.crm.sales import campaign_queries, campaigns, closing, counting, leads, offers, queries
from operational.crm.sales.profile import PointProfile, profiles
from operational.crm.sales.rules import SalesError, spread
from operational.kernel.calendar import first_of_next_month

OWNER = "sylwia"
_LEADS = (
    ("household", "Ewa Światło", "601777801", "ewa@example.pl", "Kraków", "2400", "fair", "new"),
    ("household", "Marcin Promyk", "601777802", "marcin@example.pl", "Katowice", "3100", "web", "contacted"),
    ("household", "Zofia Wieczorek", "601777803", "zofia@example.pl", "Gliwice", "1800", "referral",
    "qualified"),
    ("household", "Adam Kaloryfer", "601777804", "adam.k@example.pl", "Wrocław", "2900", "phone", "lost"),
    ("household", "Hanna Iskra", "601777805", "hanna@example.pl", "Opole", "3600", "web", "offered"),
)  # fmt: skip
_CAMPAIGN = {
    "code": "POWROT-1", "name": "Nowa cena dla stałych klientów", "audience": "customers", "channel": "phone",
    "script": "Dzień dobry, dzwonię z nową ceną.", "script_b": "Dzień dobry, czy zna Pan swoje zużycie?",
    "share_b_pct": "50", "budget": "2000", "owner_login": OWNER,
}  # fmt: skip


def tell_story(session: Session, *, as_of: date) -> None:
    """Write the story of the sales desk, once; a database that has leads is left as it is."""
    if session.scalar(text("select count(*) from operational.leads")):
        return
    for kind, name, phone, email, city, kwh, source, stage in _LEADS:
        made = leads.record_lead(
            session,
            given={
                "kind": kind, "name": name, "phone": phone, "email": email, "city": city, "annual_kwh": kwh,
                "medium": "electricity", "dso_code": "tauron", "tariff_group": "G11", "source": source,
                "owner_login": OWNER,
            },
            may_contact=("phone",), as_of=as_of - timedelta(days=20),
        )  # fmt: skip
        if stage in ("contacted", "qualified", "lost"):
            leads.move_lead(
                session, public_id=made.public_id, stage=stage, row_version=1,
                as_of=as_of - timedelta(days=9),
                lost_reason="price" if stage == "lost" else "",
            )  # fmt: skip
        elif stage == "offered":
            whom = offers.Addressee(name, kind, lead_id=made.id)
            annual = Decimal(kwh)
            point = PointProfile(
                None, "", "", "electricity", "tauron", "G11", 1, Decimal(12), spread(annual,
                {"all": Decimal(1)}),
                "entered",
            )  # fmt: skip
            _offer(session, whom=whom, points=(point,), as_of=as_of)
    _campaign(session, as_of=as_of)


def _offer(
    session: Session, *, whom: offers.Addressee, points: Sequence[PointProfile], as_of: date
) -> tuple[str, int] | None:
    """Make an offer of up to two products that may be sold; return it with its first variant."""
    choices = counting.choices(session, points=points, segment=whom.segment, on=as_of)[:2]
    made = offers.open_offer(
        session, addressee=whom, medium="electricity", points=points, starts_on=first_of_next_month(as_of),
        owner=OWNER, as_of=as_of,
    )  # fmt: skip
    first = None
    for position, choice in enumerate(choices, 1):
        counted = counting.counted(
            session, points=points, choice=choice, promotions=(), on=first_of_next_month(as_of)
        )
        variant = offers.put_variant(session, offer_id=made.id, position=position, counted=counted)
        first = first or variant
    if first is None or offers.variants_below_floor(session, offer_id=made.id):
        return None
    closing.finish_offer(session, public_id=made.public_id, row_version=1, as_of=as_of)
    return made.public_id, first


def _campaign(session: Session, *, as_of: date) -> None:
    """Ask customers with consent by telephone; one of the interested takes the offer."""
    # The portfolio knows no telephones; those who consented gave one.
    chosen = session.scalars(
        text("""
            update operational.customers c
               set phone = '6017770' || lpad(n.place::text, 2, '0'), row_version = row_version + 1
              from (select id, row_number() over (order by id) + 10 as place from operational.customers
                     where kind = 'household' and phone is null order by id limit 6) n
             where n.id = c.id returning c.id""")
    ).all()
    for customer_id in chosen:
        give(
            session, customer_id=customer_id, kind="marketing_phone", channel="office", granted=True,
            given_on=as_of - timedelta(days=60), source="umowa",
        )  # fmt: skip
    public_id = campaigns.create_campaign(
        session,
        given={
            **_CAMPAIGN, "starts_on": (as_of - timedelta(days=8)).isoformat(),
            "ends_on": (as_of + timedelta(days=22)).isoformat(),
        },
        conditions=[
            {"field": "kind", "op": "is", "value": "household"},
            {"field": "medium", "op": "is", "value": "electricity"},
        ],
    )  # fmt: skip
    moment = datetime.combine(as_of, time(9), UTC)
    campaigns.start_campaign(session, public_id=public_id, row_version=1, as_of=as_of, moment=moment)
    campaigns.add_cost(session, public_id=public_id, given="640", booked_on=as_of, note="Telefony, 8 godzin")
    found = campaign_queries.campaign(session, public_id=public_id)
    members = campaign_queries.members(session, campaign_id=found.id, which="open") if found else []
    for member, outcome in zip(
        members, ("interested", "not_reached", "not_interested", "reached"), strict=False
    ):
        lead_id = campaigns.record_contact(
            session, member_public_id=member.public_id, outcome=outcome, note="", owner=OWNER, as_of=as_of
        )
        lead = queries.lead(session, public_id=lead_id) if lead_id else None
        if lead is not None and lead.customer_id is not None:
            _take(session, lead=lead, as_of=as_of, moment=moment)


def _take(session: Session, *, lead: queries.Lead, as_of: date, moment: datetime) -> None:
    points = profiles(session, on=as_of, customer_id=lead.customer_id or 0, medium="electricity")
    whom = offers.Addressee(
        lead.name, lead.kind, customer_id=lead.customer_id, lead_id=lead.id, campaign_id=lead.campaign_id,
        campaign_variant=lead.campaign_variant,
    )  # fmt: skip
    try:
        made = _offer(session, whom=whom, points=points, as_of=as_of) if points else None
    except SalesError:
        return
    if made is not None:
        closing.accept_offer(session, public_id=made[0], variant_id=made[1], as_of=as_of, moment=moment)
