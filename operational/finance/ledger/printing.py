"""Interest notes and confirmations of a balance as PDF, from stored rows, in the customer's language.

The same rows give the same bytes: the day printed is the day of issue or the day asked for, never today.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.documents.rendering import render_letter
from operational.finance import queries
from operational.kernel.errors import DomainError
from operational.kernel.presentation import formatting as fmt
from operational.kernel.settings import Settings

_WORDS: dict[str, dict[str, str]] = {
    "pl": {
        "interest_note": "Nota odsetkowa",
        "compensation_note": "Nota za koszty odzyskiwania należności",
        "debit_note": "Nota obciążeniowa",
        "transfer_note": "Nota przeniesienia salda",
        "debit_note_cut": "Korekta noty obciążeniowej",
        "basis_debit_note": "Kara umowna za rozwiązanie umowy przed końcem czasu, na jaki ją zawarto."
        " Poza VAT.",
        "basis_transfer_note": "Przeniesienie należności na innego klienta za zgodą stron"
        " (art. 519 Kodeksu cywilnego).",
        "subject": "Dotyczy",
        "reason": "Powód",
        "credit_note": "Nota odsetkowa w minus",
        "confirmation": "Potwierdzenie salda",
        "seller": "Sprzedawca",
        "buyer": "Nabywca",
        "mailing": "Adres do korespondencji",
        "issued": "Data wystawienia",
        "due": "Termin płatności",
        "account": "Rachunek do wpłaty",
        "customer": "Numer klienta",
        "through": "Odsetki liczone do",
        "document": "Dokument",
        "days": "Dni",
        "number_of_days": "Liczba dni",
        "principal": "Zaległość",
        "rate": "Stopa",
        "amount": "Kwota",
        "total": "Do zapłaty",
        "credit": "Do zwrotu",
        "adjustment": "korekta wcześniejszych not",
        "eur": "Kwota EUR",
        "eur_rate": "Kurs NBP",
        "basis": "Odsetki za opóźnienie: zaległość × stopa roczna × liczba dni / 365,"
        " od dnia po terminie płatności do dnia"
        " wskazanego wyżej. Jedno zaokrąglenie dla dokumentu.",
        "basis_compensation": "Rekompensata za koszty odzyskiwania należności, art. 10 ustawy"
        " z 8 marca 2013 r. o"
        " przeciwdziałaniu nadmiernym opóźnieniom w transakcjach handlowych.",
        "balance": "Saldo",
        "on": "Stan na dzień",
        "owed": "do zapłaty na rzecz sprzedawcy",
        "overpaid": "nadpłata klienta",
        "even": "konto rozliczone",
        "confirm": "Prosimy o potwierdzenie salda albo podanie przyczyn niezgodności.",
        "open": "Na saldo składają się:",
        "date": "Data",
        "payment": "Wpłata",
        "invoice": "Faktura",
        "correction": "Korekta",
        "refund": "Zwrot",
        "write_off": "Odpis",
        "small_difference": "Drobna różnica",
        "open_amount": "Pozostało",
        "nip": "NIP",
    },
    "en": {
        "interest_note": "Interest note",
        "compensation_note": "Note of recovery costs",
        "debit_note": "Debit note",
        "transfer_note": "Note of a moved balance",
        "debit_note_cut": "Correction of a debit note",
        "basis_debit_note": "Contract penalty for ending the contract before its fixed term was over."
        " Outside VAT.",
        "basis_transfer_note": "Debts moved to another customer with the agreement of all parties"
        " (Civil Code art. 519).",
        "subject": "Concerns",
        "reason": "Reason",
        "credit_note": "Interest note in minus",
        "confirmation": "Confirmation of balance",
        "seller": "Seller",
        "buyer": "Buyer",
        "mailing": "Address for correspondence",
        "issued": "Issued",
        "due": "Due",
        "account": "Account to pay to",
        "customer": "Customer number",
        "through": "Interest through",
        "document": "Document",
        "days": "Days",
        "number_of_days": "Number of days",
        "principal": "Arrears",
        "rate": "Rate",
        "amount": "Amount",
        "total": "To pay",
        "credit": "To give back",
        "adjustment": "adjustment of earlier notes",
        "eur": "EUR",
        "eur_rate": "NBP rate",
        "basis": "Interest for delay: arrears × yearly rate × days / 365,"
        " from the day after the due date to the day above."
        " Rounded once for a document.",
        "basis_compensation": "Compensation for recovery costs, art. 10 of the Act of 8 March 2013"
        " on combating excessive"
        " delays in commercial transactions.",
        "balance": "Balance",
        "on": "As of",
        "owed": "owed to the seller",
        "overpaid": "overpaid by the customer",
        "even": "settled",
        "confirm": "Please confirm the balance, or tell us why it differs.",
        "open": "The balance consists of:",
        "date": "Date",
        "payment": "Payment",
        "invoice": "Invoice",
        "correction": "Correction",
        "refund": "Refund",
        "write_off": "Write-off",
        "small_difference": "Small difference",
        "open_amount": "Still open",
        "nip": "NIP",
    },
}


class LetterError(DomainError):
    """There is nothing to print."""


def note_pdf(session: Session, *, public_id: str, settings: Settings) -> tuple[str, bytes]:
    """Return number and PDF of an interest or compensation note; raise LetterError when there is none."""
    note = session.execute(
        text("""select n.*, c.id as owner from operational.interest_notes n
                join operational.customers c on c.id = n.customer_id where n.public_id::text = :id"""),
        {"id": public_id},
    ).one_or_none()
    if note is None:
        raise LetterError("note_unknown", "There is no such note. Open the list of notes again.")
    customer = _customer(session, note.owner, note.issue_date)
    language, words = customer.language, _WORDS[customer.language]
    lines = session.execute(
        text("""select l.*, d.number from operational.interest_note_lines l
                left join operational.open_items i on i.id = l.open_item_id
                left join operational.documents d on d.id = i.document_id
                where l.note_id = :id order by l.line_no"""),
        {"id": note.id},
    ).all()
    if note.kind in {"debit_note", "transfer_note"}:
        return note.number, _plain_note(note, lines, customer, settings)
    is_interest = note.kind == "interest_note"
    title = words["credit_note"] if note.amount < 0 else words[note.kind]
    columns = [
        _column(words["document"], wide=True),
        _column(words["days"]),
        _column(words["principal"], right=True),
    ]
    if is_interest:
        columns += [_column(words["number_of_days"], right=True), _column(words["rate"], right=True)]
    else:
        columns += [_column(words["eur"], right=True), _column(words["eur_rate"], right=True)]
    data = _letter(customer, settings, language) | {
        "title": title,
        "number": note.number,
        "facts": [
            [words["issued"], fmt.civil_date(note.issue_date, "long", language)],
            [words["due"], fmt.civil_date(note.due_date, "long", language)],
            [words["customer"], customer.customer_number],
            [words["account"], fmt.bank_account(customer.virtual_account)],
        ],
        "before": [words["basis"] if is_interest else words["basis_compensation"]],
        "columns": [*columns, _column(words["amount"], right=True)],
        "rows": [_note_row(line, words, language, is_interest=is_interest) for line in lines],
        "sums": [
            [words["total"] if note.amount > 0 else words["credit"], fmt.money(abs(note.amount), language)]
        ],
        "after": [],
    }
    return note.number, render_letter(data, day=note.issue_date)


def _plain_note(note: Row[Any], lines: Sequence[Row[Any]], customer: Row[Any], settings: Settings) -> bytes:
    """Print a note whose lines name what they are for: a contract's penalty, a moved debt."""
    language, words = customer.language, _WORDS[customer.language]
    is_cut = note.kind == "debit_note" and note.amount < 0
    facts = [
        [words["issued"], fmt.civil_date(note.issue_date, "long", language)],
        [words["due"], fmt.civil_date(note.due_date, "long", language)],
        [words["customer"], customer.customer_number],
        [words["account"], fmt.bank_account(customer.virtual_account)],
    ]
    data = _letter(customer, settings, language) | {
        "title": words["debit_note_cut"] if is_cut else words[note.kind],
        "number": note.number,
        "facts": facts + ([[words["reason"], note.reason]] if note.reason else []),
        "before": [words[f"basis_{note.kind}"]],
        "columns": [
            _column(words["subject"], wide=True),
            _column(words["days"]),
            _column(words["amount"], right=True),
        ],
        "rows": [
            [
                line.words,
                fmt.day_range(line.period_from, line.period_to, language),
                fmt.money(line.amount, language),
            ]
            for line in lines
        ],
        "sums": [
            [words["total"] if note.amount > 0 else words["credit"], fmt.money(abs(note.amount), language)]
        ],
        "after": [],
    }
    return render_letter(data, day=note.issue_date)


def _note_row(line: Row[Any], words: dict[str, str], language: str, *, is_interest: bool) -> list[str]:
    days = fmt.day_range(line.period_from, line.period_to, language)
    if is_interest and line.kind == "adjustment":
        return [f"{line.number}: {words['adjustment']}", days, "", "", "", fmt.money(line.amount, language)]
    if is_interest:
        shown = [str((line.period_to - line.period_from).days), f"{_plain(line.rate_pct)} %"]
    else:
        shown = [_plain(line.eur), _plain(line.eur_rate, 4)]
    return [
        line.number or "",
        days,
        fmt.money(line.principal, language),
        *shown,
        fmt.money(line.amount, language),
    ]


def _plain(value: Decimal, places: int = 2) -> str:
    return f"{value:.{places}f}".replace(".", ",")


def confirmation_pdf(session: Session, *, customer_id: int, on: date, settings: Settings) -> bytes:
    """Return a confirmation of the customer's balance at the end of a day with the items it consists of, as
    PDF."""
    customer = _customer(session, customer_id, on)
    language, words = customer.language, _WORDS[customer.language]
    balance = queries.balance(session, customer_id=customer_id, on=on)
    items = queries.open_items(session, customer_id=customer_id, on=on)
    state = "owed" if balance > 0 else "overpaid" if balance < 0 else "even"
    data = _letter(customer, settings, language) | {
        "title": words["confirmation"],
        "number": fmt.civil_date(on, "long", language),
        "facts": [
            [words["on"], fmt.civil_date(on, "long", language)],
            [words["customer"], customer.customer_number],
            [words["balance"], f"{fmt.money(abs(balance), language)}, {words[state]}"],
            [words["account"], fmt.bank_account(customer.virtual_account)],
        ],
        "before": [words["open"]] if items else [],
        "columns": [
            _column(words["document"], wide=True),
            _column(words["date"]),
            _column(words["due"]),
            _column(words["amount"], right=True),
            _column(words["open_amount"], right=True),
        ],
        "rows": [
            [
                f"{words.get(item.kind, item.kind)} {item.reference}".strip(),
                fmt.civil_date(item.business_date, "day", language),
                fmt.civil_date(item.due_date, "day", language) if item.amount > 0 else "",
                fmt.money(item.amount, language),
                fmt.money(item.open_amount, language),
            ]
            for item in items
        ],
        "sums": [[words["balance"], fmt.money(balance, language)]],
        "after": [words["confirm"]],
    }
    return render_letter(data, day=on)


def _customer(session: Session, customer_id: int, on: date) -> Row[Any]:
    found = session.execute(
        text("""select c.*, a.street || ' ' || a.building || case a.flat when '' then '' else '/' || a.flat
          end as street_line,
                  a.postal_code || ' ' || a.city as city_line,
                  m.street || ' ' || m.building || case m.flat when '' then '' else '/' || m.flat end || ', '
                    || m.postal_code || ' ' || m.city as mailing
                from operational.customers c join operational.addresses a on a.id = c.address_id
                left join operational.addresses m
                  on m.id = operational.mailing_address(c.id, :on, 'correspondence')
                where c.id = :id"""),
        {"id": customer_id, "on": on},
    ).one_or_none()
    if found is None:
        raise LetterError("customer_unknown", "There is no such customer.")
    return found


def _letter(customer: Row[Any], settings: Settings, language: str) -> dict[str, Any]:
    words = _WORDS[language]
    nip = f"{words['nip']} {customer.nip}" if customer.nip else ""
    mailing = f"{words['mailing']}: {customer.mailing}" if customer.mailing else ""
    return {
        "language": language,
        "brand": settings.seller_brand,
        "seller_label": words["seller"],
        "buyer_label": words["buyer"],
        "seller": {
            "name": settings.seller_name,
            "lines": [
                settings.seller_street,
                f"{settings.seller_postal_code} {settings.seller_city}",
                f"{words['nip']} {settings.seller_nip}",
            ],
        },
        "buyer": {
            "name": customer.name,
            "lines": [line for line in (customer.street_line, customer.city_line, nip, mailing) if line],
        },
        "footer": " · ".join(
            (
                f"{settings.seller_name}, {settings.seller_address}",
                settings.seller_email,
                settings.seller_phone,
            )
        ),
    }


def _column(name: str, *, right: bool = False, wide: bool = False) -> dict[str, Any]:
    return {"name": name, "right": right, "wide": wide}
