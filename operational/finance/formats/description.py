"""Read field :86: of a statement line: who paid, from which account, with which text, to which virtual
account.

Four Polish dialects are known, and the German one they come from:

* `~NN`, `<NN`, `^NN`, `?NN`: numbered sub-fields behind a mark that differs by bank (`>NN` is the Dutch
  variant);
* free text with labels: `911 TRANSAKCJA COLLECT; ID IPH: ...; Z RACH.: ...; OD: ...; TYT.: ...; TNR: ...`;
* anything else is kept whole as the title.

The virtual account of a mass payment is taken only from places the bank fills in, never from the payer's
text, so that nobody can direct a payment by writing an account number into the title.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from operational.kernel.identifiers import is_valid_nrb, nrb_check_digits

_CODED = re.compile(r"^(?:[0-9]{3})?\s{0,3}([~<^?>])(?=[0-9]{2})")
_KNOWN_CODES = frozenset({"00", "10", *(f"{n:02d}" for n in range(20, 40)), *(f"{n}" for n in range(60, 66))})
# Sub-fields a bank fills in itself; title, name and address (20-33, 38, 60-63) are the payer's words.
_BANK_CODES = ("00", "10", "26", "34", "35", "36", "37", "39", "64", "65")
_FILLER = frozenset({"ÿ", "˙"})
_NRB_DIGITS = 26
_GAPS = re.compile(r"[\s-]")
_POLISH_ACCOUNT = re.compile(r"(?:PL)?([0-9]{26})(?:[A-Z]{3})?")
_SORT_CODE, _NUMBER = re.compile(r"[0-9]{8}"), re.compile(r"[0-9]{16}")
# One pattern for each mark: the mark ahead of a number of two digits.
_CUTS = {mark: re.compile(re.escape(mark) + r"(?=[0-9]{2})") for mark in "~<^?>"}
_SHORT_CHUNK, _LONG_CHUNK = 27, 35

_LABELS = (
    "ID IPH",
    "Z RACH.",
    "NA RACH.",
    "OD",
    "DLA",
    "TYT.",
    "TNR",
    "WALUTA",
    "KWOTA",
    "KURS",
    "REF. KLIENTA",
    "NAZWA ZOBOW.",
    "RODZAJ SKŁADKI",
    "DEKLARACJA",
    "NIP",
    "ID UZUP.",
    "SYMBOL FORM.",
    "OKRES",
)
_LABEL = re.compile(r"(?:^|;\s*|(?<=\s))(" + "|".join(re.escape(label) for label in _LABELS) + r"):(?:\s+|$)")
_LABEL_AFTER_SEMICOLON = re.compile(
    r";\s*(" + "|".join(re.escape(label) for label in _LABELS) + r"):(?:\s+|$)"
)
_LABELLED = re.compile(r"(?:^|;\s*|\s)(?:ID IPH|Z RACH\.|NA RACH\.|OD|DLA|TYT\.|TNR):(?:\s|$)")
_IPH = re.compile(r"\bID IPH: ?([0-9A-Za-z]{6,34})")


@dataclass(frozen=True, slots=True)
class Description:
    """What field :86: says; `payer_*` is the other side of the movement, `dialect` the way it was written."""

    title: str = ""
    payer_name: str | None = None
    payer_address: str | None = None
    payer_account: str | None = None
    virtual_account: str | None = None
    dialect: str = "free"


def parse_description(values: Sequence[str]) -> Description:
    """Read one or more values of :86: (lines joined by a line break) of one statement line. Never raises.

    Of several values the first that says something wins for each part; titles are joined.
    """
    parts = [_parse_one(value) for value in values if value.strip()]
    if not parts:
        return Description()
    coded = [part for part in parts if part.dialect != "free"]
    titles = [part.title for part in (coded or parts) if part.title]
    return Description(
        title=" ".join(titles),
        payer_name=_first(part.payer_name for part in parts),
        payer_address=_first(part.payer_address for part in parts),
        payer_account=_first(part.payer_account for part in parts),
        virtual_account=_first(part.virtual_account for part in parts),
        dialect=(coded or parts)[0].dialect,
    )


def normal_account(text: str | None) -> str | None:
    """Return a Polish account as its 26 digits, any other one without spaces, nothing as None.

    The check digits are not tested: real files hold accounts that fail them.
    """
    if text is None:
        return None
    if len(text) == _NRB_DIGITS and text.isascii() and text.isdigit():
        return text
    compact = _GAPS.sub("", text).strip("/").upper()
    polish = _POLISH_ACCOUNT.fullmatch(compact)
    if polish:
        return polish[1]
    return compact or None


def _parse_one(value: str) -> Description:
    value = value.lstrip()
    coded = _CODED.match(value)
    if coded:
        return _parse_coded(value[coded.start(1) :], coded[1])
    if _LABELLED.search(value):
        return _parse_labelled(_clean(value))
    return Description(title=_clean(value))


def _parse_coded(text: str, mark: str) -> Description:
    fields = _sub_fields(text, mark)
    german = mark in "?>"
    title_codes = [f"{n}" for n in range(20, 30 if german else 26)]
    title = _join(fields, [*title_codes, *(("60", "61", "62", "63") if german else ())])
    name = _join(fields, ["32", "33"])
    account = _account(fields)
    if not german and not name:
        name = _join(fields, ["27", "28", "29"])
    address = "" if german else _join(fields, ["60", "61", "62", "63"])
    return Description(
        title=title,
        payer_name=name or None,
        payer_address=address or None,
        payer_account=account,
        virtual_account=_virtual_account(fields, account),
        dialect=f"{mark}NN",
    )


def _sub_fields(text: str, mark: str) -> dict[str, list[str]]:
    """Cut at every mark with a known number; line breaks are the bank's wrapping, not part of the text."""
    fields: dict[str, list[str]] = {}
    code = ""
    for piece in _CUTS[mark].split(text.replace("\n", "")):
        number, content = piece[:2], piece[2:]
        if number in _KNOWN_CODES:
            code = number
            fields.setdefault(code, []).append("" if content.strip() in _FILLER else content)
        elif code:
            fields[code][-1] += mark + piece
    return fields


def _join(fields: dict[str, list[str]], codes: Iterable[str]) -> str:
    """Join the chunks of a text: a full chunk goes on without a space, a shorter one was a line of its
    own."""
    chunks = [chunk for code in codes for chunk in fields.get(code, []) if chunk.strip()]
    if not chunks:
        return ""
    longest = max(len(chunk) for chunk in chunks)
    width = _SHORT_CHUNK if longest <= _SHORT_CHUNK else max(longest, _LONG_CHUNK)
    return _clean("".join(chunk if len(chunk) >= width else chunk + " " for chunk in chunks))


def _account(fields: dict[str, list[str]]) -> str | None:
    """Find the other side's account: sub-field 38, or sort code and number in 30 and 31, or 29."""
    values = {
        code: normal_account("".join(fields[code])) for code in ("29", "30", "31", "38") if code in fields
    }
    sort_code, number = values.get("30") or "", values.get("31") or ""
    if values.get("38"):
        return values["38"]
    if _SORT_CODE.fullmatch(sort_code) and _NUMBER.fullmatch(number):
        return nrb_check_digits(sort_code + number) + sort_code + number
    if number:
        return number
    last = values.get("29") or ""
    return last if re.fullmatch(r"[0-9]{26}", last) else None


def _virtual_account(fields: dict[str, list[str]], payer_account: str | None) -> str | None:
    for code in _BANK_CODES:
        text = "".join(fields[code]) if code in fields else ""
        if not text:
            continue
        iph = _IPH.search(text) if "ID IPH" in text else None
        if iph:
            return normal_account(iph[1])
        if is_valid_nrb(text) and normal_account(text) != payer_account:
            return normal_account(text)
    return None


def _parse_labelled(text: str) -> Description:
    """Read `LABEL: value;` pairs; what the payer wrote (TYT.) ends only at a semicolon and a label."""
    head, parts = _labelled_parts(text)
    own_text = min(
        (text.find(f"{label}:") for label in ("OD", "DLA", "TYT.") if label in parts), default=len(text)
    )
    iph = _IPH.search(text[:own_text])
    return Description(
        title=parts.get("TYT.") or head,
        payer_name=parts.get("OD") or parts.get("DLA") or None,
        payer_account=normal_account(parts.get("Z RACH.") or parts.get("NA RACH.")),
        virtual_account=normal_account(iph[1]) if iph else None,
        dialect="labels",
    )


def _labelled_parts(text: str) -> tuple[str, dict[str, str]]:
    first = _LABEL.search(text)
    if first is None:
        return text, {}
    head = text[: first.start()].rstrip("; ")
    parts: dict[str, str] = {}
    match: re.Match[str] | None = first
    while match is not None:
        following = _LABEL_AFTER_SEMICOLON.search(text, match.end() - 1)
        value = text[match.end() : following.start() if following else len(text)].strip(" ;")
        parts.setdefault(match[1], value)
        match = following
    return head, parts


def _clean(text: str) -> str:
    return " ".join(text.split())


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)
