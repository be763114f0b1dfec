"""The transfer code of the bank association on pages: always over what is still to pay, never the whole
invoice.
"""

from decimal import Decimal

from markupsafe import Markup

from operational.crm.portal.queries import Profile
from operational.kernel.presentation.transfer_qr import transfer_payload, transfer_qr_svg
from operational.kernel.settings import get_settings


def qr(profile: Profile, *, amount: Decimal, title: str) -> Markup | None:
    """Return the code as inline SVG, or None when nothing is to pay or the amount is above the limit of the
    code.
    """
    settings = get_settings()
    payload = transfer_payload(
        account_number=profile.virtual_account,
        amount=amount,
        recipient=settings.seller_brand,
        title=title,
        tax_number=settings.seller_nip,
    )
    return transfer_qr_svg(payload) if payload else None
