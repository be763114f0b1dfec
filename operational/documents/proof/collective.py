"""Proof of a collective correction: the bundle of each part, and a script that proves the sum of them."""

import json
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from operational.documents.collective import Collective
from operational.documents.operations import pdf
from operational.documents.proof.bundle import SCRIPT, json_bytes, proof_data, zipped

_SUM_SCRIPT: Final = Path(__file__).with_name("recompute_collective.py")
_README: Final = """Proof of {number}, a collective correction of {parts} invoices

collective.json         the sums of the document and the numbers of its parts
01/, 02/ ...            each part: document.json, inputs.json, recompute.py (computes every line and VAT anew)
recompute_collective.py proves every part and that they add up to the document; needs Python 3.9 only
document.pdf            the document as the customer got it

    python recompute_collective.py
"""


def collective_proof(session: Session, *, whole: Collective) -> bytes:
    """Return the ZIP of a collective correction; the same bytes every time. Contains personal data."""
    head = {
        "number": whole.number, "issue_date": whole.issue_date.isoformat(), "reason": whole.reason,
        "net_amount": str(whole.net_amount), "vat_amount": str(whole.vat_amount),
        "gross_amount": str(whole.gross_amount), "parts": [part.number for part in whole.parts],
    }  # fmt: skip
    files = {
        "README.txt": _README.format(number=whole.number, parts=len(whole.parts)).encode(),
        "collective.json": json.dumps(head, ensure_ascii=False, indent=1).encode(),
        "document.pdf": pdf(session, document_id=whole.parts[0].document_id),
        "recompute_collective.py": _SUM_SCRIPT.read_bytes(),
    }
    for place, part in enumerate(whole.parts, start=1):
        document, inputs = proof_data(session, document_id=part.document_id)
        files[f"{place:02d}/document.json"] = json_bytes(document)
        files[f"{place:02d}/inputs.json"] = json_bytes(inputs)
        files[f"{place:02d}/recompute.py"] = SCRIPT.read_bytes()
    return zipped(files)
