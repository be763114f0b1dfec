"""Find the one customer a clerk means by a number: customer, account, NIP, document or note."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.suspense import PaymentError
from operational.kernel.identifiers import digits

_BY_NUMBER = text("""
  select id from operational.customers
  where customer_number = upper(:words) or virtual_account = :digits or nip = :digits and :digits <> ''
  union
  select customer_id from operational.documents where number = upper(:words)
  union
  select customer_id from operational.interest_notes where number = upper(:words)
  limit 2""")


def customer_by_words(session: Session, *, words: str) -> int:
    """Return the id of the customer with this number, own account, NIP, number of a document or note.

    Raises PaymentError unknown_customer when there is none, or two.
    """
    given = words.partition("·")[0].strip()
    plain = digits(given).removeprefix("PL")
    found: list[int] = list(
        session.execute(_BY_NUMBER, {"words": given, "digits": plain if plain.isdigit() else ""}).scalars()
    )
    if len(found) != 1:
        raise PaymentError(
            "unknown_customer", f"There is no customer {given[:40]}. Choose one from the search."
        )
    return int(found[0])
