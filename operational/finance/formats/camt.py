"""Read camt.052, camt.053 and camt.054 (ISO 20022) of any version into BankStatement objects.

The namespace says the version; only names that all versions share are read. The file is parsed entry by
entry, so a large one does not stand in memory as a tree. Entities, DTDs and the network are closed: a file
with a document type is refused before parsing, because no bank sends one and every XML bomb needs one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from lxml import etree

from operational.finance.formats.description import normal_account
from operational.finance.formats.statements import (
    BankBalance,
    BankFileError,
    BankLine,
    BankStatement,
    EntryTotals,
    StatementKind,
)
from operational.kernel.identifiers import is_valid_nrb

_CONTAINERS = {
    "Rpt": StatementKind.CAMT052,
    "Stmt": StatementKind.CAMT053,
    "Ntfctn": StatementKind.CAMT054,
}
_PREVIEWS = (StatementKind.CAMT052, StatementKind.CAMT054)
_NAMESPACE = re.compile(r"camt\.05[234]\.")
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)")
_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,5})?")
_NO_REFERENCE = frozenset({"", "NOTPROVIDED", "NONREF"})
_SPACES = re.compile(r"\s+")


@dataclass(slots=True)
class _Reader:
    """One file: its name for messages, the namespace, what was read of the statement at hand."""

    file_name: str
    lines: list[BankLine] = field(default_factory=list)

    def error(self, code: str, at: Any, what: str, cure: str) -> BankFileError:
        line_no = None if at is None else at.sourceline
        return BankFileError(code, file_name=self.file_name, line_no=line_no, what=what, cure=cure)

    def broken(self, at: Any, name: str, shown: str) -> BankFileError:
        return self.error(
            "bank_file_field",
            at,
            f"<{name}> holds '{shown[:40]}', which cannot be read.",
            "Download the file again; if it is the same, send it to the bank.",
        )


def looks_like_xml(data: bytes) -> bool:
    """Tell from the first bytes whether a file is XML."""
    return data[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def read_camt(data: bytes, *, file_name: str) -> tuple[BankStatement, ...]:
    """Read all statements (reports, notifications) of a camt file, in its order; amounts are signed Decimals.

    An entry that the bank booked as one sum of several transfers becomes one line for each of them when their
    amounts, in the entry's currency, give the sum; otherwise it stays one line. Entries that are not booked
    yet are left out of a camt.053. Raises BankFileError: bank_file_xml_doctype, bank_file_xml,
    bank_file_not_camt, bank_file_field.
    """
    reader = _Reader(file_name)
    if b"\x00" in data[:4096]:
        data = _as_utf8(reader, data)
    if _DOCTYPE.search(data):
        raise reader.error(
            "bank_file_xml_doctype",
            None,
            "the XML declares a document type or entities, which no statement of a bank does.",
            "Do not import this file; find out where it came from and download the statement from the bank.",
        )
    try:
        found = list(_statements(reader, data))
    except etree.XMLSyntaxError as error:
        raise BankFileError(
            "bank_file_xml",
            file_name=file_name,
            line_no=error.lineno,
            what=f"the XML is damaged or cut off: {error.msg}.",
            cure="Download the file from the bank again.",
        ) from error
    if not found:
        raise reader.error(
            "bank_file_not_camt",
            None,
            "the XML holds no statement of camt.052, camt.053 or camt.054.",
            "Choose camt.053 (or camt.052, camt.054) as the format when exporting from the bank.",
        )
    return tuple(found)


def _as_utf8(reader: _Reader, data: bytes) -> bytes:
    """Return a UTF-16 file as UTF-8, so that the search for a document type sees every byte."""
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise reader.error(
            "bank_file_binary", None, "the file holds NUL bytes and is no UTF-16.", "Export it as UTF-8."
        ) from error
    return re.sub(r"encoding=[\"'][^\"']*[\"']", 'encoding="utf-8"', text, count=1).encode()


def _statements(reader: _Reader, data: bytes) -> Iterator[BankStatement]:
    events = etree.iterparse(
        BytesIO(data), events=("end",), tag=("{*}Ntry", *(f"{{*}}{name}" for name in _CONTAINERS)),
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    for _, element in events:
        namespace, _, name = element.tag.rpartition("}")
        if not _NAMESPACE.search(namespace):
            continue
        path = namespace + "}"
        container = element if name in _CONTAINERS else element.getparent()
        kind = _CONTAINERS.get(etree.QName(container).localname)
        if name == "Ntry" and kind is not None:
            reader.lines.extend(_entry_lines(reader, element, kind, len(reader.lines)))
            element.clear()
            while element.getprevious() is not None and element.getprevious().tag == element.tag:
                del container[container.index(element.getprevious())]
        elif kind is not None:
            yield _statement(reader, element, path, kind)
            reader.lines = []
            element.clear()


def _statement(reader: _Reader, element: Any, path: str, kind: StatementKind) -> BankStatement:
    account = _account(element.find(f"{path}Acct"), path)
    if not account:
        raise reader.error(
            "bank_file_field", element, "the statement has no account (<Acct>).", "Export it again."
        )
    balances = [_balance(reader, found, path) for found in element.findall(f"{path}Bal")]
    by_code = {code: balance for code, balance in reversed(balances) if balance is not None}
    opening = by_code.get("OPBD") or by_code.get("PRCD")
    # Of several closing balances the last one counts.
    closing = next((balance for code, balance in reversed(balances) if code == "CLBD"), None)
    if kind in _PREVIEWS:
        opening, closing = None, None
    currency = _value(element, f"{path}Acct/{path}Ccy") or (opening.currency if opening else None)
    page = _value(element, f"{path}StmtPgntn/{path}PgNb") or _value(element, f"{path}RptPgntn/{path}PgNb")
    is_only = page == "1" and _value(element, f"{path}StmtPgntn/{path}LastPgInd") in ("true", "1")
    reference = _value(element, f"{path}Id")
    return BankStatement(
        account=_polish(account),
        currency=currency or next((line.currency for line in reader.lines), None),
        reference=reference,
        statement_number=_value(element, f"{path}ElctrncSeqNb")
        or _value(element, f"{path}LglSeqNb")
        or reference,
        sequence=int(page) if page.isdigit() and not is_only else None,
        opening=opening,
        closing=closing,
        lines=tuple(reader.lines),
        kind=kind,
        totals=_totals(reader, element.find(f"{path}TxsSummry"), path),
        information=_value(element, f"{path}AddtlStmtInf"),
    )


def _balance(reader: _Reader, element: Any, path: str) -> tuple[str, BankBalance | None]:
    code = _value(element, f"{path}Tp/{path}CdOrPrtry/{path}Cd")
    if code not in ("OPBD", "PRCD", "CLBD"):
        return code, None
    at = element.find(f"{path}Amt")
    amount, currency = _amount(reader, at, element)
    if _value(element, f"{path}CdtDbtInd") == "DBIT":
        amount = 0 - amount
    return code, BankBalance(amount, _day(reader, element.find(f"{path}Dt"), element, path), currency)


def _totals(reader: _Reader, summary: Any, path: str) -> EntryTotals | None:
    if summary is None:
        return None
    sums = []
    for name in ("TtlDbtNtries", "TtlCdtNtries"):
        told = _value(summary, f"{path}{name}/{path}Sum")
        if told and not _AMOUNT.fullmatch(told):
            raise reader.broken(summary, "Sum", told)
        sums.append(Decimal(told) if told else None)
    debit, credit = sums
    return EntryTotals(debit_sum=None if debit is None else 0 - debit, credit_sum=credit)


@dataclass(slots=True)
class _Values:
    """The texts of an element by their path below it, and the single transfers of an entry apart.

    Walking an element once is several times faster than searching it for each name.
    """

    at: Any
    texts: dict[str, str] = field(default_factory=dict)
    details: list[_Values] = field(default_factory=list)

    def walk(self, element: Any, prefix: str = "") -> _Values:
        """Collect the texts of the children; the first of equal names counts, titles are joined."""
        for child in element:
            name = child.tag.rpartition("}")[2]
            if name == "TxDtls":
                self.details.append(_Values(child).walk(child))
                continue
            path = prefix + name
            if len(child):
                self.walk(child, path + "/")
            elif path in _JOINED and path in self.texts:
                self.texts[path] += f" {child.text or ''}"
            elif path not in self.texts:
                self.texts[path] = child.text or ""
            if name == "Amt":
                self.texts.setdefault(path + "@Ccy", child.get("Ccy") or "")
        return self

    def __getitem__(self, path: str) -> str:
        """Return a text with single spaces, empty when it is not there."""
        found = self.texts.get(path)
        return " ".join(found.split()) if found else ""


_JOINED = frozenset({"RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref"})
_NOTHING = _Values(None)


def _entry_lines(reader: _Reader, element: Any, kind: StatementKind, before: int) -> Iterator[BankLine]:
    entry = _Values(element).walk(element)
    status = entry["Sts"] or entry["Sts/Cd"]
    if kind is StatementKind.CAMT053 and status in ("PDNG", "INFO", "FUTR"):
        return
    amount, mark = _value_amount(reader, entry, "Amt"), entry["CdtDbtInd"]
    if mark not in ("CRDT", "DBIT"):
        raise reader.broken(element, "CdtDbtInd", mark)
    parts = _parts(reader, entry, amount, mark) if len(entry.details) > 1 else None
    head = _Head(reader, entry)
    if parts is None:
        yield head.line(before + 1, amount, mark, entry.details, 0)
    else:
        for number, (detail, (part, its_mark)) in enumerate(zip(entry.details, parts, strict=True), start=1):
            yield head.line(before + number, part, its_mark, [detail], number)


def _parts(reader: _Reader, entry: _Values, amount: Decimal, mark: str) -> list[tuple[Decimal, str]] | None:
    """Return amount and mark of every transfer of a sum; None when they do not give the sum."""
    currency, found = entry["Amt@Ccy"], []
    for detail in entry.details:
        for name in ("Amt", "AmtDtls/TxAmt/Amt"):
            if name in detail.texts and detail[f"{name}@Ccy"] == currency:
                found.append((_value_amount(reader, detail, name), detail["CdtDbtInd"] or mark))
                break
    total = sum((part if its_mark == mark else -part for part, its_mark in found), Decimal(0))
    return found if len(found) == len(entry.details) and total == amount else None


class _Head:
    """What all transfers of an entry share: dates, currency, the bank's reference."""

    def __init__(self, reader: _Reader, entry: _Values) -> None:
        self.entry, self.currency = entry, entry["Amt@Ccy"].upper()
        booked, value = (entry[f"{name}/Dt"] or entry[f"{name}/DtTm"] for name in ("BookgDt", "ValDt"))
        self.booked = _date(reader, booked or value, entry.at)
        self.value = _date(reader, value, entry.at) if value else self.booked
        self.reversal = entry["RvslInd"] in ("true", "1")
        self.reference = entry["AcctSvcrRef"]
        self.kind = entry["BkTxCd/Prtry/Cd"] or entry["BkTxCd/Domn/Fmly/SubFmlyCd"]
        self.text = entry["AddtlNtryInf"]

    def line(self, line_no: int, amount: Decimal, mark: str, details: list[_Values], part: int) -> BankLine:
        """Return the line of the entry or, with ``part`` from 1, of one transfer of its sum."""
        detail = details[0] if len(details) == 1 else _NOTHING
        reversal = self.reversal or any(path.startswith("RtrInf") for path in detail.texts)
        # A returned credit still names who had paid it as the debtor.
        incoming = (mark == "CRDT") != reversal
        name, account = _party(detail, "Dbtr" if incoming else "Cdtr")
        own = _account_text(detail, "CdtrAcct") if incoming else ""
        end_to_end = detail["Refs/EndToEndId"]
        title = _title(detail) or self.text
        return BankLine(
            line_no=line_no,
            value_date=self.value,
            booking_date=self.booked,
            amount=amount if mark == "CRDT" else 0 - amount,
            currency=self.currency,
            transaction_type=self.kind or None,
            bank_reference=self._bank_reference(detail, end_to_end, part),
            customer_reference=None if end_to_end.upper() in _NO_REFERENCE else end_to_end,
            title=title,
            payer_name=name or None,
            payer_account=account or None,
            virtual_account=own if own and own != account else None,
            description="\n".join(text for text in (title, end_to_end, self.text) if text),
            reversal=reversal,
            file_line=self.entry.at.sourceline or 0,
        )

    def _bank_reference(self, detail: _Values, end_to_end: str, part: int) -> str | None:
        own = detail["Refs/AcctSvcrRef"]
        if own:
            return own
        if part and self.reference:  # the sum's reference does not tell its parts from each other
            return f"{self.reference}/{detail['Refs/TxId'] or end_to_end or part}"
        return self.reference or None


def _party(detail: _Values, role: str) -> tuple[str, str]:
    """Return name and account of a side; since version 8 the name stands one level deeper."""
    places = (f"{role}/Nm", f"{role}/Pty/Nm", f"Ultmt{role}/Nm", f"Ultmt{role}/Pty/Nm")
    name = next((found for place in places if (found := detail[f"RltdPties/{place}"])), "")
    return name, _account_text(detail, f"{role}Acct")


def _account_text(detail: _Values, name: str) -> str:
    text = detail[f"RltdPties/{name}/Id/IBAN"] or detail[f"RltdPties/{name}/Id/Othr/Id"]
    return normal_account(text) or ""


def _title(detail: _Values) -> str:
    told = (detail["RmtInf/Ustrd"], detail["RmtInf/Strd/CdtrRefInf/Ref"])
    return " ".join(text for text in told if text) or detail["AddtlTxInf"]


def _value_amount(reader: _Reader, values: _Values, name: str) -> Decimal:
    text = values[name]
    if not _AMOUNT.fullmatch(text):
        raise reader.broken(values.at, "Amt", text)
    return Decimal(text)


def _account(element: Any, path: str) -> str:
    return _value(element, f"{path}Id/{path}IBAN") or _value(element, f"{path}Id/{path}Othr/{path}Id")


def _polish(account: str) -> str:
    plain = normal_account(account) or account
    return plain if is_valid_nrb(plain) else account


def _value(element: Any, name: str) -> str:
    if element is None:
        return ""
    return _SPACES.sub(" ", element.findtext(name) or "").strip()


def _amount(reader: _Reader, at: Any, around: Any) -> tuple[Decimal, str]:
    text = "" if at is None else (at.text or "").strip()
    if not _AMOUNT.fullmatch(text):
        raise reader.broken(around, "Amt", text)
    return Decimal(text), (at.get("Ccy") or "").upper()


def _day(reader: _Reader, element: Any, around: Any, path: str) -> date:
    return _date(reader, _value(element, f"{path}Dt") or _value(element, f"{path}DtTm"), around)


def _date(reader: _Reader, text: str, around: Any) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise reader.broken(around, "Dt", text) from error
