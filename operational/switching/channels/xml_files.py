"""XML of distributors, of the gas grid operator and of the national
hub: one way of reading, three vocabularies.

Each channel has a schema of its own in ``schemas``; every file is valid against it before anything is read.
Entities, document types and the network are closed, so no XML bomb or foreign file opens.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

from lxml import etree

from operational.switching.channels.adapter import Answer, Answers, Notice, Notices, SwitchFileError
from operational.switching.channels.fields import field_names, read, written

_SCHEMAS: Final = Path(__file__).parent / "schemas"
_DOCTYPE: Final = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)")
M = TypeVar("M", Notice, Answer)


@dataclass(frozen=True, slots=True)
class Layout:
    """The vocabulary of a channel: namespace, roots, elements of fields, words for kinds of message."""

    schema: str
    namespace: str
    notices: str
    notice: str
    answers: str
    answer: str
    sender: str
    names: Mapping[str, str]
    kinds: Mapping[str, str]


_DSO_NAMES: Final = {
    "message_id": "MessageId", "kind": "Kind", "issued_on": "IssuedOn", "point_code": "SupplyPoint",
    "customer_name": "CustomerName", "switch_kind": "SwitchKind", "contract_kind": "ContractKind",
    "start_on": "StartOn", "annual_kwh": "AnnualKwh", "tariff_group": "TariffGroup", "street": "Street",
    "postal_code": "PostalCode", "city": "City", "tax_id": "TaxId", "power_kw": "PowerKw",
    "previous_id": "PreviousId", "verdict": "Verdict", "reason": "ReasonCode", "reference": "Reference",
    "end_on": "EndOn", "text": "Remark",
}  # fmt: skip
_SAME: Final = {
    kind: kind
    for kind in (
        "notification", "cancellation", "loss_answer", "ack", "accepted", "rejected", "cancelled",
        "loss_notice", "loss_called_off", "reserve_start",
    )
}  # fmt: skip
DSO: Final = Layout(
    "dso.xsd", "urn:iris:switching:dso:1", "SwitchNotices", "Notice", "SwitchAnswers", "Answer", "dso",
    _DSO_NAMES, _SAME,
)  # fmt: skip
GAS: Final = Layout(
    "gas.xsd", "urn:iris:switching:gas:1", "GasNotices", "GasNotice", "GasAnswers", "GasAnswer", "operator",
    _DSO_NAMES | {"point_code": "ExitPoint", "tariff_group": "GasGroup", "power_kw": "CapacityKw"}, _SAME,
)  # fmt: skip
# The hub names the process of the regulation on market processes (Dz.U. 2022 poz. 234 § 3) and the step in
# it.
HUB: Final = Layout(
    "hub.xsd", "urn:iris:switching:hub:1", "HubRequests", "Request", "HubResponses", "Response", "operator",
    _DSO_NAMES
    | {
        "message_id": "DocumentId", "kind": "ProcessStep", "point_code": "MeasuringPoint",
        "reference": "RequestId", "previous_id": "PreviousDocumentId", "start_on": "ValidFrom",
        "end_on": "ValidTo", "reason": "ResultCode", "text": "ResultText",
    },
    {
        "notification": "1.1", "cancellation": "1.2", "loss_answer": "2.2", "ack": "1.1.A",
        "accepted": "1.1.P", "rejected": "1.1.N", "cancelled": "1.2.P", "loss_notice": "2.1",
        "loss_called_off": "2.3", "reserve_start": "1.3",
    },
)  # fmt: skip


class XmlChannel:
    """The adapter of a channel that exchanges XML files."""

    extension = "xml"

    def __init__(self, layout: Layout) -> None:
        """Take the vocabulary of the channel."""
        self.layout = layout

    def is_mine(self, content: bytes) -> bool:
        """Tell whether the namespace of the channel stands near the beginning."""
        return self.layout.namespace.encode() in content[:600]

    def write_notices(self, dso_code: str, rows: Sequence[Notice]) -> bytes:
        """Return a file of our notices."""
        return self._write(self.layout.notices, self.layout.notice, dso_code, rows)

    def write_answers(self, dso_code: str, rows: Sequence[Answer]) -> bytes:
        """Return a file of a distributor's answers."""
        return self._write(self.layout.answers, self.layout.answer, dso_code, rows)

    def read_notices(self, content: bytes) -> Notices:
        """Return the notices of a file of ours."""
        return Notices(*self._read(content, self.layout.notices, Notice))

    def read_answers(self, content: bytes) -> Answers:
        """Return the answers of a distributor's file."""
        return Answers(*self._read(content, self.layout.answers, Answer))

    def _write(self, root_name: str, name: str, dso_code: str, rows: Sequence[Notice | Answer]) -> bytes:
        layout = self.layout
        root = etree.Element(f"{{{layout.namespace}}}{root_name}", nsmap={None: layout.namespace})
        root.set(layout.sender, dso_code)
        root.set("count", str(len(rows)))
        for row in rows:
            item = etree.SubElement(root, f"{{{layout.namespace}}}{name}")
            for key, cell in written(row).items():
                if cell:
                    element = etree.SubElement(item, f"{{{layout.namespace}}}{layout.names[key]}")
                    element.text = layout.kinds[cell] if key == "kind" else cell
        _refuse_invalid(layout.schema, root)
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))

    def _read(self, content: bytes, root_name: str, kind: type[M]) -> tuple[str, tuple[M, ...]]:
        layout, root = self.layout, _parsed(content)
        if etree.QName(root).localname != root_name:
            raise _broken(f"The root is <{etree.QName(root).localname[:40]}>, not <{root_name}>.")
        _refuse_invalid(layout.schema, root)
        if int(root.get("count")) != len(root):
            raise _broken(f"The file announces {root.get('count')} messages and brings {len(root)}.")
        keys = {layout.names[name]: name for name in field_names(kind)}
        spoken = {word: code for code, word in layout.kinds.items()}
        rows = []
        for item in root:
            given = {keys[etree.QName(cell).localname]: cell.text or "" for cell in item}
            given["kind"] = spoken.get(given["kind"], given["kind"])
            rows.append(read(kind, given, place=f"Line {item.sourceline}"))
        return str(root.get(layout.sender)), tuple(rows)


def _parsed(content: bytes) -> Any:
    if _DOCTYPE.search(content):
        raise _broken("The file holds a document type or an entity, which no channel sends.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _broken(f"The file is no whole XML ({str(error)[:120]}).") from None


@lru_cache(maxsize=8)
def _schema(name: str) -> Any:
    return etree.XMLSchema(etree.parse(_SCHEMAS / name))


def _refuse_invalid(name: str, root: Any) -> None:
    schema = _schema(name)
    if not schema.validate(root):
        first = schema.error_log[0]
        raise _broken(f"Line {first.line}: not valid against {name}: {first.message[:200]}")


def _broken(reason: str) -> SwitchFileError:
    return SwitchFileError("switch_file_broken", reason, "Ask the sender for a correct file.")
