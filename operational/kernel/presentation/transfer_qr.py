"""The 2D transfer code of the Polish bank association (ZBP, recommendation of 2013).

Nine fields, eight pipes: NIP|PL|NRB|amount in grosze|recipient|title|||. At most 160 characters, UTF-8,
zloty only, error correction L, up to 9 999,99 zl.
"""

from __future__ import annotations

from decimal import Decimal

import segno
from markupsafe import Markup

LARGEST_AMOUNT = Decimal("9999.99")
LONGEST_PAYLOAD = 160


def transfer_payload(
    *, account_number: str, amount: Decimal, recipient: str, title: str, tax_number: str = ""
) -> str | None:
    """Return the text of the code for the amount still to pay, or None when none may be made.

    None means: nothing to pay, above the limit of six digits of grosze, or not a 26-digit account; the page
    then shows the data to copy. Pipes in names are replaced because they separate the fields.
    """
    if not Decimal(0) < amount <= LARGEST_AMOUNT or len(account_number) != 26 or not account_number.isdigit():
        return None
    grosze = int((amount * 100).to_integral_exact())
    fields = [
        tax_number,
        "PL",
        account_number,
        f"{grosze:06d}",
        recipient.replace("|", "/")[:20],
        title.replace("|", "/")[:32],
        "",
        "",
        "",
    ]
    payload = "|".join(fields)
    return payload if len(payload) <= LONGEST_PAYLOAD else None


def transfer_qr_svg(payload: str) -> Markup:
    """Draw the payload as inline SVG (error correction L, size given by the page's CSS)."""
    code = segno.make(payload, error="l", micro=False, boost_error=False)
    return Markup(code.svg_inline(border=2, dark="#12211f", light="#ffffff", omitsize=True))  # noqa: S704  drawn by segno, no text inside
