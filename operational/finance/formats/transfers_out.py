"""Outgoing transfers as files for the bank: Elixir-O (lines of fields, cp1250) and ISO 20022 pain.001.001.03.

Amounts are PLN with two decimals; accounts have 26 digits. What the bank's field cannot hold is cut, quotes
and the line mark are taken out of texts, so that no text can start a new field.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"
_LINE, _LINES = 35, 4


@dataclass(frozen=True, slots=True)
class OutgoingTransfer:
    """One transfer: our reference (up to 35 characters), PLN, account of 26 digits, whose it is, and
    title."""

    reference: str
    amount: Decimal
    account: str
    recipient: str
    title: str


def elixir_o(
    transfers: Sequence[OutgoingTransfer], *, payer_account: str, payer: tuple[str, str], execute_on: date
) -> bytes:
    """Return the file in Elixir-O: sixteen fields a line, amounts in grosze, texts in four times 35
    characters."""
    lines = [
        ",".join(
            (
                "110", f"{execute_on:%Y%m%d}", str(int(item.amount * 100)), payer_account[2:10], "0",
                _quoted(payer_account), _quoted(item.account), _quoted("|".join(_fields(", ".join(payer)))),
                _quoted("|".join(_fields(item.recipient))), "0", item.account[2:10],
                _quoted("|".join(_fields(item.title))), '""', '""', '"51"', _quoted(item.reference),
            )
        )
        for item in transfers
    ]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n").encode("cp1250", errors="replace")


def _quoted(text: str) -> str:
    return f'"{text}"'


def _clean(text: str) -> str:
    kept = "".join(" " if char in '"|\\' or not char.isprintable() else char for char in text)
    return " ".join(kept.split())


def _fields(text: str) -> list[str]:
    return textwrap.wrap(_clean(text), _LINE)[:_LINES]


def pain_001(
    transfers: Sequence[OutgoingTransfer],
    *,
    payer_account: str,
    payer: tuple[str, str],
    execute_on: date,
    message_id: str,
    created_at: datetime,
) -> bytes:
    """Return a customer credit transfer initiation with one payment information block, in the order given."""
    total = sum((item.amount for item in transfers), Decimal("0.00"))
    ET.register_namespace("", NAMESPACE)
    root = ET.Element(f"{{{NAMESPACE}}}Document")
    message = _node(root, "CstmrCdtTrfInitn")
    head = _node(message, "GrpHdr")
    _node(head, "MsgId", message_id[:35])
    _node(head, "CreDtTm", created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _node(head, "NbOfTxs", str(len(transfers)))
    _node(head, "CtrlSum", f"{total:.2f}")
    _node(_node(head, "InitgPty"), "Nm", _clean(payer[0])[:70])
    block = _node(message, "PmtInf")
    _node(block, "PmtInfId", message_id[:35])
    _node(block, "PmtMtd", "TRF")
    _node(block, "NbOfTxs", str(len(transfers)))
    _node(block, "CtrlSum", f"{total:.2f}")
    _node(block, "ReqdExctnDt", execute_on.isoformat())
    debtor = _node(block, "Dbtr")
    _node(debtor, "Nm", _clean(payer[0])[:70])
    address = _node(debtor, "PstlAdr")
    _node(address, "Ctry", "PL")
    _node(address, "AdrLine", _clean(payer[1])[:70])
    _account(_node(block, "DbtrAcct"), payer_account)
    _agent(_node(block, "DbtrAgt"), payer_account)
    for item in transfers:
        _transfer(block, item)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _transfer(block: ET.Element, item: OutgoingTransfer) -> None:
    node = _node(block, "CdtTrfTxInf")
    _node(_node(node, "PmtId"), "EndToEndId", item.reference[:35])
    _node(_node(node, "Amt"), "InstdAmt", f"{item.amount:.2f}").set("Ccy", "PLN")
    _agent(_node(node, "CdtrAgt"), item.account)
    _node(_node(node, "Cdtr"), "Nm", _clean(item.recipient)[:70])
    _account(_node(node, "CdtrAcct"), item.account)
    _node(_node(node, "RmtInf"), "Ustrd", _clean(item.title)[:140])


def _account(parent: ET.Element, account: str) -> None:
    _node(_node(parent, "Id"), "IBAN", f"PL{account}")


def _agent(parent: ET.Element, account: str) -> None:
    member = _node(_node(parent, "FinInstnId"), "ClrSysMmbId")
    _node(_node(member, "ClrSysId"), "Cd", "PLKNR")
    _node(member, "MmbId", account[2:10])


def _node(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    node = ET.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    node.text = text
    return node
