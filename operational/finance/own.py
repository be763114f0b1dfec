"""Which accounts of stored statements are ours."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.rules import own_account
from operational.kernel.settings import get_settings


def own_accounts(session: Session, file_id: int | None = None) -> list[str]:
    """Return the accounts of stored statements that are ours by the settings (bank code, listed accounts)."""
    settings = get_settings()
    listed = [item for item in settings.seller_accounts.split(",") if item.strip()]
    found: Sequence[Any] = (
        session.execute(
            text("""select distinct account from raw.bank_statements
                where cast(:file as bigint) is null or file_id = :file order by account"""),
            {"file": file_id},
        )
        .scalars()
        .all()
    )
    return [item for item in found if own_account(item, bank_code=settings.seller_bank_code, listed=listed)]
