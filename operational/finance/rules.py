"""Pure rules of the finance room: identity of a bank line, references in a transfer, whose money it is.

No database and no clock. The order of allocation (art. 451 of the Civil Code) is told in ``allocation.py``,
where it runs as SQL over all customers at once.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from operational.finance.formats.statements import BankLine, BankStatement, StatementKind
from operational.kernel.identifiers import digits, is_valid_nip

POSTING_CURRENCY = "PLN"
PREVIEW_PREFIX = "preview:"
COLLECT_PREFIX = "collect:"
COLLECT_ACCOUNT = "COLLECT-"
_PREFIXES = {"ledger": "", "preview": PREVIEW_PREFIX, "collect": COLLECT_PREFIX}
# What the table bank_feeds holds at first.
USUAL_FEEDS: Mapping[str, str] = {
    StatementKind.MT940: "ledger", StatementKind.CAMT053: "ledger", StatementKind.MT942: "preview",
    StatementKind.CAMT052: "preview", StatementKind.CAMT054: "preview", StatementKind.ELIXIR_O: "collect",
    StatementKind.REPORT: "collect",
}  # fmt: skip

# FV/2026/03/000123 with any separators or none; behind a separator people leave out the leading zeros.
# Invoices FV, corrections FK, notes: interest NO, compensation NR, debit NB, moved balance PS;
# without a month agreements on instalments UG. The last two groups are the running number.
_DOCUMENT_NUMBER = re.compile(
    r"(?<![A-Za-z])(?:(F[VK]|N[ORB]|PS)([^0-9A-Za-z]{0,3})(20[0-9]{2})[^0-9A-Za-z]{0,3}(0[1-9]|1[0-2])"
    r"|(UG)[^0-9A-Za-z]{0,3}(20[0-9]{2}))"
    r"(?:[^0-9A-Za-z]{1,3}([0-9]{1,7})|([0-9]{6}))(?![0-9])",
    re.IGNORECASE,
)
# "nr 2026/03/000123" and "invoice no 2026/..." mean "number": without the slash of our numbers NO and NR are
# a note only where the text speaks of one, and an invoice where it speaks of that.
_SPEAKS_OF_NOTE = re.compile(r"\bnot[ay]|odset|rekompens|interest|note\b", re.IGNORECASE)
_SPEAKS_OF_INVOICE = re.compile(r"(?:faktur\w*|fakt|invoice|fv|bill)[\s.:]*$", re.IGNORECASE)
# Our reference of an outgoing refund; it stands in the transfer's title too.
_REFUND_REFERENCE = re.compile(r"(?<![0-9A-Za-z])ZW([0-9]{10})(?![0-9])", re.IGNORECASE)
# 26 digits, alone or in the usual groups; a longer run of digits is no account.
_ACCOUNT = re.compile(r"(?<![0-9])[0-9](?:[ \u00a0-]?[0-9]){25}(?![0-9])")
_NIP = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){9}(?![0-9])")
_FRAGMENT = re.compile(r"[0-9]{3,}")
_NO_REFERENCE = frozenset({"", "NONREF", "NOTPROVIDED", "NONE", "BRAK"})


class MatchedBy(StrEnum):
    """What told whose payment it is."""

    VIRTUAL_ACCOUNT = "virtual_account"
    DOCUMENT_NUMBER = "document_number"
    PAYER_ACCOUNT = "payer_account"
    AMOUNT_AND_NAME = "amount_and_name"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class References:
    """What a transfer names, in the order of the text: customers' accounts (26 digits), and numbers of
    documents, notes, agreements on instalments and refunds that came back."""

    accounts: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """Whose payment it is and what told so."""

    customer_id: int
    matched_by: MatchedBy


def own_account(account: str, *, bank_code: str, listed: Iterable[str] = ()) -> bool:
    """Tell whether a statement's account is the seller's: at the seller's bank code, or listed by number.

    Lists of mass payments are ours when the accounts they name are at a bank where we have an account.
    """
    if account.startswith(COLLECT_ACCOUNT):
        code = account.removeprefix(COLLECT_ACCOUNT)
        return code == bank_code or code in {digits(item).removeprefix("PL")[2:10] for item in listed}
    plain = digits(account).removeprefix("PL")
    if bank_code and len(plain) == 26 and plain[2:].startswith(bank_code):
        return True
    return plain in {digits(item).removeprefix("PL") for item in listed}


def business_keys(
    statements: Sequence[BankStatement], *, feeds: Mapping[str, str] = USUAL_FEEDS
) -> list[list[str]]:
    """Return for every line of every statement the key that is the same whenever the bank tells it again.

    The key is account, day, amount, the bank's reference - or the letters and digits of its text, when
    there is none - and a counter among equal lines of the file: two equal transfers of one day are two, the
    same file read again, cut in halves or in another order is one. A statement repeated whole inside a file
      counts once.
    Lines of a preview come again in the statement of the day, and those of a list of mass payments stand in
    the statement as one sum, so both get keys of their own; ``feeds`` says which format is what.
    """
    seen: Counter[str] = Counter()
    known: dict[tuple[object, ...], list[str]] = {}
    result: list[list[str]] = []
    for statement in statements:
        stems = [_key_stem(statement, line, feeds) for line in statement.lines]
        fingerprint = (statement.account, statement.statement_number, statement.sequence,
                       statement.opening, statement.closing, tuple(stems))  # fmt: skip
        # Without balances nothing tells a repeated statement from a second one like it.
        repeated = known.get(fingerprint) if statement.opening and statement.closing else None
        if repeated is not None:
            result.append(repeated)
            continue
        keys = []
        for stem in stems:
            seen[stem] += 1
            keys.append(f"{stem}:{seen[stem]}")
        known[fingerprint] = keys
        result.append(keys)
    return result


def _key_stem(statement: BankStatement, line: BankLine, feeds: Mapping[str, str]) -> str:
    reference = (line.bank_reference or "").strip().upper()
    if reference in _NO_REFERENCE or not any(char.isdigit() for char in reference):
        told = f"{line.customer_reference or ''}|{line.payer_account or ''}|{line.title}|{line.description}"
        text = "".join(char for char in told.casefold() if char.isalnum())
        reference = "text-" + hashlib.sha256(text.encode()).hexdigest()[:20]
    prefix = _PREFIXES[feeds[statement.kind]]
    account = statement.account.replace(" ", "") or "?"
    return f"{prefix}{account}:{line.booking_date:%Y%m%d}:{line.amount:.2f}:{reference}"


def statement_currency(statement: BankStatement, line: BankLine) -> str:
    """Return the currency of a line; empty when the bank named none."""
    return (line.currency or statement.currency or "").upper()


def too_precise(amount: Decimal) -> bool:
    """Tell whether an amount has more than two decimals, which storing would silently round."""
    return amount != amount.quantize(Decimal("0.01"))


def find_document_numbers(text: str) -> tuple[str, ...]:
    """Return the numbers of our documents, notes and instalment agreements in a text, in canonical form and
    each once, in the order of the text."""
    found = []
    for hit in _DOCUMENT_NUMBER.finditer(text):
        kind, mark, year, month, agreement, agreed, spaced, joined = hit.groups()
        running = f"{spaced or joined:0>6}"
        if agreement:
            found.append(f"UG/{agreed}/{running}")
            continue
        series = kind.upper()
        before = text[: hit.start()]
        if series in ("NO", "NR") and "/" not in mark and not _SPEAKS_OF_NOTE.search(before):
            series = "FV" if _SPEAKS_OF_INVOICE.search(before) else ""
        if series:
            found.append(f"{series}/{year}/{month}/{running}")
    return tuple(dict.fromkeys(found))


def refund_reference(refund_id: int) -> str:
    """Return our reference of an outgoing refund, e.g. ZW0000000012."""
    return f"ZW{refund_id:010}"


def find_refunds(text: str) -> tuple[int, ...]:
    """Return the ids of the refunds whose references stand in a text, each once."""
    return tuple(dict.fromkeys(int(item) for item in _REFUND_REFERENCE.findall(text)))


def find_accounts(text: str) -> tuple[str, ...]:
    """Return the runs of 26 digits in a text, without spaces, each once."""
    return tuple(dict.fromkeys(digits(item) for item in _ACCOUNT.findall(text)))


def find_nips(text: str) -> tuple[str, ...]:
    """Return the tax numbers in a text whose check digit is right, each once."""
    return tuple(dict.fromkeys(plain for item in _NIP.findall(text) if is_valid_nip(plain := digits(item))))


def find_number_fragments(text: str) -> tuple[str, ...]:
    """Return the runs of three and more digits in a title that may be the end of a document number."""
    return tuple(dict.fromkeys(item for item in _FRAGMENT.findall(text) if len(item) <= 12))[:5]


def read_references(*, virtual_account: str, title: str, description: str) -> References:
    """Collect what a transfer names: the mass-payment account first, then what stands in title and
    description."""
    first = digits(virtual_account).removeprefix("PL")
    told = (first,) if len(first) == 26 and first.isdigit() else ()
    text = f"{title}\n{description}"
    joined = description.replace("\n", "")  # an account or number may be broken over two lines of field :86:
    accounts = dict.fromkeys((*told, *find_accounts(text), *find_accounts(joined)))
    returned = (refund_reference(item) for item in (*find_refunds(title), *find_refunds(joined)))
    documents = dict.fromkeys((*find_document_numbers(title), *find_document_numbers(joined), *returned))
    return References(tuple(accounts), tuple(documents))


def match(
    references: References, *, customer_of_account: Mapping[str, int], customer_of_document: Mapping[str, int]
) -> Match | None:
    """Decide whose payment it is: by the customer's own account, else by the documents it names, else
    nobody's.

    Names that point to two customers decide nothing: a person has to look.
    """
    by_account = {customer_of_account[item] for item in references.accounts if item in customer_of_account}
    if by_account:
        return Match(by_account.pop(), MatchedBy.VIRTUAL_ACCOUNT) if len(by_account) == 1 else None
    by_document = {
        customer_of_document[item] for item in references.documents if item in customer_of_document
    }
    if len(by_document) == 1:
        return Match(by_document.pop(), MatchedBy.DOCUMENT_NUMBER)
    return None
