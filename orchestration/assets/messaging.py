"""Messages to customers: delivery of the queue by every channel, and once a day the letters."""

from collections.abc import Iterator
from typing import Any

from dagster import AssetKey, AssetSpec, Config, MaterializeResult, RetryPolicy, asset, multi_asset
from pydantic import Field

from operational.messaging.reconciling import reconcile
from orchestration import delivering
from orchestration.assets.billing import OUTBOX
from orchestration.resources import Iris, refusals_are_final

MESSAGES = AssetKey(["operational", "messages"])
LETTERS = AssetKey(["operational", "letter_batches"])
_KINDS = {"python", "postgres"}


class Delivering(Config):
    """What one run delivers."""

    letters: bool = Field(default=True, description="Print a batch of the letters that are due.")
    limit: int = Field(default=10_000, description="At most so many messages per channel.")


@multi_asset(
    name="deliver_messages",
    specs=[
        AssetSpec(
            MESSAGES,
            deps=[OUTBOX],
            description="Messages of every channel: e-mail, SMS, EBOK, letters.",
            group_name="messaging",
            owners=["team:messaging"],
            kinds=_KINDS,
            tags={"domain": "messaging"},
        ),
        AssetSpec(
            LETTERS,
            deps=[MESSAGES],
            description="Batches of letters: one PDF, its index and manifest, never changed.",
            group_name="messaging",
            owners=["team:messaging"],
            kinds=_KINDS,
            tags={"domain": "messaging"},
        ),
    ],
    retry_policy=RetryPolicy(max_retries=1, delay=30),
    pool="delivery",
)
def deliver_messages(config: Delivering, iris: Iris) -> Iterator[Any]:
    """Deliver what is due and work what came back; nothing is sent twice where the channel lets us know."""
    with refusals_are_final():
        done = delivering.deliver(
            session_factory=iris.sessions("system:deliver"),
            as_of=iris.moment(),
            limit=config.limit,
            with_letters=config.letters,
        )
    told = {
        "ebok": done.portal, "emails": done.emails, "sms": done.sms, "retried": done.retried,
        "failed": done.failed, "replaced": done.replaced, "held": done.held, "throttled": done.throttled,
        "confirmed": done.confirmed, "bounced": done.bounced, "recalled": done.recalled,
    }  # fmt: skip
    yield MaterializeResult(asset_key=MESSAGES, metadata=told)
    yield MaterializeResult(
        asset_key=LETTERS, metadata={"letters": done.letters, "batches": ", ".join(done.letter_batches)}
    )


@asset(
    key=AssetKey(["operational", "message_reconciliations"]),
    deps=[MESSAGES],
    group_name="messaging",
    owners=["team:messaging"],
    kinds=_KINDS,
    tags={"domain": "messaging"},
    retry_policy=RetryPolicy(max_retries=1, delay=30),
    pool="delivery",
)
def message_reports(iris: Iris) -> MaterializeResult[Any]:
    """Ask the gateways what became of messages: bounces, reports of SMS, and what has no answer."""
    with refusals_are_final():
        done = reconcile(session_factory=iris.sessions("system:deliver"), as_of=iris.moment())
    return MaterializeResult(
        metadata={
            "confirmed": done.confirmed, "bounced": done.bounced, "unreported": done.unreported,
            "in_doubt": done.in_doubt, "asks_again": done.asks_again,
        }
    )  # fmt: skip
