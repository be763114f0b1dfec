"""One paper as PDF: the frame of the invoice around the blocks of a text; the same input, the same bytes."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from operational.documents.papers.filling import Filling, flat
from operational.documents.papers.markup import parse
from operational.documents.papers.queries import Template
from operational.documents.rendering import render_paper
from operational.kernel.presentation import formatting as fmt
from operational.kernel.settings import get_settings

_WORDS = {
    "pl": ("Sprzedawca", "Klient", "NIP", "Adres do korespondencji"),
    "en": ("Seller", "Customer", "NIP", "Address for correspondence"),
}


def seller_values() -> dict[str, Any]:
    """Return what every paper may say of the seller."""
    given = get_settings()
    return {
        "seller.name": given.seller_name, "seller.brand": given.seller_brand,
        "seller.address": given.seller_address, "seller.city": given.seller_city,
        "seller.nip": given.seller_nip, "seller.krs": given.seller_krs, "seller.phone": given.seller_phone,
        "seller.email": given.seller_email, "seller.website": given.seller_website,
    }  # fmt: skip


def filled(
    template: Template, text: tuple[str, str], values: Mapping[str, Any], *, language: str, day: date
) -> tuple[str, list[dict[str, Any]]]:
    """Return the heading and the blocks of a text (title, body) with values in; raise MissingValue."""
    known = {**seller_values(), **flat(values), "paper.date": day}
    filling = Filling(template.code, language, template.known, known)
    return filling.line(text[0]), filling.blocks(parse(text[1]))


def drawn(
    template: Template, text: tuple[str, str], values: Mapping[str, Any], *, language: str, day: date
) -> tuple[bytes, str]:
    """Return the PDF of a text (title, body) with values in, and its heading; raise MissingValue."""
    heading, blocks = filled(template, text, values, language=language, day=day)
    known = {**seller_values(), **flat(values)}
    seller_label, buyer_label, tax_label, mailing_label = _WORDS[language]
    data = {
        "title": heading,
        "language": language,
        "brand": known["seller.brand"],
        "place": f"{known['seller.city']}, {fmt.civil_date(day, 'long', language)}",
        "seller_label": seller_label,
        "buyer_label": buyer_label,
        "seller": {
            "name": known["seller.name"],
            "lines": [known["seller.address"], f"{tax_label} {fmt.tax_number(known['seller.nip'])}"],
        },
        "buyer": _buyer(known, tax_label, mailing_label),
        "footer": " · ".join(
            str(known[f"seller.{part}"]) for part in ("name", "address", "phone", "email", "website")
        ),
        "blocks": blocks,
    }
    return render_paper(data, day=day), heading


def _buyer(known: Mapping[str, Any], tax_label: str, mailing_label: str) -> dict[str, Any] | None:
    if not known.get("customer.name"):
        return None
    lines = str(known.get("customer.address") or "").split("\n")
    if known.get("customer.nip"):
        lines.append(f"{tax_label} {fmt.tax_number(str(known['customer.nip']))}")
    if known.get("customer.mailing"):
        lines.append(f"{mailing_label}: {known['customer.mailing']}")
    return {"name": str(known["customer.name"]), "lines": [line for line in lines if line]}
