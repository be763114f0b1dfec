"""Puts the proof bundle of a document together: what was issued, the rows behind it, the script, the PDF."""

import hashlib
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.documents.operations import pdf
from operational.documents.queries import DocumentNotFound

SCRIPT = Path(__file__).with_name("recompute.py")
# Only these tables may stand in a calculation sheet as the source of a price.
_RATE_TABLES: Final = (
    "dso_rates", "statutory_rates", "price_list_items", "price_formulas", "contract_components",
)  # fmt: skip
_HEAD = """
    select number, kind, issue_date::text, period_from::text, period_to::text, due_date::text,
           net_amount::text, vat_amount::text, gross_amount::text, energy_kwh::text,
           encode(content_hash, 'hex') as content_hash, content::text as sealed_content,
           content, id, coalesce(invoice_id, id) as root, version_no
      from operational.documents where id = any (:ids)"""
_LINES = """
    select l.document_id, l.line_no, l.line_key, l.charge_code, c.name_pl, c.name_en, c.legal_basis,
           l.section, l.zone_code,
           l.period_from::text, l.period_to::text, l.unit, l.quantity_before::text, l.quantity_after::text,
           l.price_before::text, l.price_after::text, l.net_before::text, l.net_after::text, l.vat_rate::text,
           l.energy_kwh_before::text, l.energy_kwh_after::text, l.is_estimated,
           l.calculation::text as calculation,
           operational.line_text(l.line_no, l.line_key, l.quantity_before, l.quantity_after, l.price_before,
             l.price_after, l.net_before, l.net_after, l.vat_rate) as sealed
      from operational.document_lines l join operational.charges c on c.code = l.charge_code
     where l.document_id = any (:ids) order by l.document_id, l.line_no"""
_VAT = """
    select document_id, vat_rate::text, net_amount::text, vat_amount::text, gross_amount::text
      from operational.document_vat where document_id = any (:ids) order by document_id, vat_rate"""
_BEFORE = """
    select n.id as document_id, d.number, v.vat_rate::text, v.net_amount::text, v.vat_amount::text
      from operational.documents n
      join operational.documents d
        on (d.id = coalesce(n.invoice_id, n.id) or d.invoice_id = coalesce(n.invoice_id, n.id))
       and d.version_no < n.version_no
      join operational.document_vat v on v.document_id = d.id
     where n.id = any (:ids)
    union all
    -- Forecasts that earlier documents of the chain took off are charged already.
    select n.id, l.calculation -> 'forecast' ->> 'number', l.vat_rate::text,
           (l.net_before - l.net_after)::text,
           ((l.calculation -> 'forecast' ->> 'vat')::numeric
             - (l.calculation -> 'forecast' ->> 'vat_before')::numeric)::text
      from operational.documents n
      join operational.documents d
        on (d.id = coalesce(n.invoice_id, n.id) or d.invoice_id = coalesce(n.invoice_id, n.id))
       and d.version_no < n.version_no
      join operational.document_lines l on l.document_id = d.id and l.charge_code = 'forecast_deduction'
     where n.id = any (:ids) order by 1, 2, 3"""
_READINGS = """
    select r.id, m.serial as meter, g.zone_code, g.unit, g.digits, g.multiplier::text, r.reading_date::text,
           r.value::text, r.kind
      from operational.readings r join operational.registers g on g.id = r.register_id
      join operational.meters m on m.id = g.meter_id where r.id = any (:ids)"""
_README = """Proof of {number}

document.json   the document as it was issued: head, lines, VAT, the text its seal was taken of
inputs.json     the readings, volumes, prices and rates that its lines name, as they were then
recompute.py    computes every line, VAT and sum anew and checks the seal; needs Python 3.9 and nothing else
document.pdf    the document as the customer got it
manifest.json   SHA-256 of each of these files

    python recompute.py

Each line: net amount = its formula with the figures of its sheet (calculation), rounded half up to 0.01 once.
VAT: once per rate on the sum of the lines; on a correction: VAT of the chain less what was charged before.
"""


def proof_bundle(session: Session, *, document_id: int) -> bytes:
    """Return the ZIP of a document; the same bytes every time. Raises DocumentNotFound.

    Contains personal data of the customer (the document itself): hand it to the customer, the court or the
    regulator only.
    """
    document, inputs = proof_data(session, document_id=document_id)
    files = {
        "README.txt": _README.format(number=document["head"]["number"]).encode(),
        "document.json": json_bytes(document),
        "document.pdf": pdf(session, document_id=document_id),
        "inputs.json": json_bytes(inputs),
        "recompute.py": SCRIPT.read_bytes(),
    }
    manifest = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return zipped(files | {"manifest.json": json_bytes(manifest)})


def proof_data(session: Session, *, document_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the script computes with: the document as issued and the rows behind it.

    Raises DocumentNotFound.
    """
    found = proof_data_of(session, document_ids=[document_id])
    if not found:
        raise DocumentNotFound(str(document_id))
    return found[0]


def proof_data_of(
    session: Session, *, document_ids: Sequence[int]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return the same for several documents, in the order of their ids; unknown ids are left out."""
    heads = sorted(_rows(session, _HEAD, ids=list(document_ids)), key=lambda head: head["id"])
    parts = {
        name: _by_document(_rows(session, query, ids=list(document_ids)))
        for name, query in (("lines", _LINES), ("vat", _VAT), ("charged_before", _BEFORE))
    }
    for line in (line for lines in parts["lines"].values() for line in lines):
        line["calculation"] = json.loads(line["calculation"], parse_float=str)  # no digit may be lost
    sheets = [line["calculation"] for lines in parts["lines"].values() for line in lines]
    shelf = _inputs(session, sheets)
    return [_put_together(head, {name: found.get(head["id"], []) for name, found in parts.items()}, shelf)
            for head in heads]  # fmt: skip


def _put_together(
    head: dict[str, Any], parts: dict[str, list[dict[str, Any]]], shelf: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    kept_apart = {"sealed_content", "content", "id", "root"}
    lines = parts["lines"]
    document = {
        "head": {key: value for key, value in head.items() if key not in kept_apart},
        "lines": [{key: value for key, value in line.items() if key != "sealed"} for line in lines],
        "vat": parts["vat"],
        "charged_before": parts["charged_before"],
        "content": head["content"],
        "sealed_content": head["sealed_content"],
        "sealed_lines": [line["sealed"] for line in lines],
    }
    return document, _chosen(shelf, [line["calculation"] for line in lines])


def _by_document(found: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in found:
        rows[row.pop("document_id")].append(row)
    return rows


def _rows(session: Session, query: str, **parameters: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in session.execute(text(query), parameters).mappings()]


def _inputs(session: Session, sheets: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the immutable rows that the sheets name, by id."""
    readings = {key for sheet in sheets for pair in sheet.get("readings") or [] for key in pair}
    found = _rows(session, _READINGS, ids=_ids(readings))
    rates = {}
    for table in _RATE_TABLES:
        named = (sheet.get("rate") or {} for sheet in sheets)
        for row in _table_rows(
            session, table, {rate.get("id") for rate in named if rate.get("table") == table}
        ):
            rates[f"{table}:{row['id']}"] = row
    return {
        "readings": {str(row.pop("id")): row for row in found},
        "volumes": _table_rows(
            session, "billed_volumes", {key for sheet in sheets for key in sheet.get("volumes") or []}
        ),
        "rates": rates,
        "gas_conversion_factors": _table_rows(
            session,
            "gas_conversion_factors",
            {step.get("factor_id") for sheet in sheets for step in sheet.get("gas") or []},
        ),
        "vat_rates": _table_rows(session, "vat_rates", {sheet.get("vat_rate_id") for sheet in sheets}),
        "excise_rates": _table_rows(
            session, "excise_rates", {sheet.get("excise_rate_id") for sheet in sheets}
        ),
        "price_caps": _table_rows(session, "price_caps", _part_ids(sheets, "cap", "id")),
        "network_rules": _table_rows(session, "network_rules", _part_ids(sheets, "network", "rule_id")),
    }


def _part_ids(sheets: list[Mapping[str, Any]], part: str, name: str) -> set[int | None]:
    return {(sheet.get(part) or {}).get(name) for sheet in sheets}


def _chosen(shelf: dict[str, Any], sheets: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return of the rows of many documents those that the sheets of one name."""
    rates = {
        f"{rate.get('table')}:{rate.get('id')}" for rate in (sheet.get("rate") or {} for sheet in sheets)
    }
    readings = {str(key) for sheet in sheets for pair in sheet.get("readings") or [] for key in pair}
    named = {
        "volumes": {key for sheet in sheets for key in sheet.get("volumes") or []},
        "gas_conversion_factors": {
            step.get("factor_id") for sheet in sheets for step in sheet.get("gas") or []
        },
        "vat_rates": {sheet.get("vat_rate_id") for sheet in sheets},
        "excise_rates": {sheet.get("excise_rate_id") for sheet in sheets},
        "price_caps": _part_ids(sheets, "cap", "id"),
        "network_rules": _part_ids(sheets, "network", "rule_id"),
    }
    found: dict[str, Any] = {
        "readings": {key: row for key, row in shelf["readings"].items() if key in readings},
        "rates": {key: row for key, row in shelf["rates"].items() if key in rates},
    }
    for name, wanted in named.items():
        found[name] = [row for row in shelf[name] if int(row["id"]) in wanted]
    return found


def _table_rows(session: Session, table: str, ids: Iterable[int | None]) -> list[dict[str, Any]]:
    """Return whole rows of a table of facts as JSON objects; numbers as text, so that none loses a digit."""
    wanted = _ids(ids)
    if not wanted:
        return []
    found = session.execute(
        text(
            "select jsonb_object_agg(e.key, case jsonb_typeof(e.value) when 'number'"
            " then to_jsonb(e.value #>> '{}') else e.value end)"
            f" from operational.{table} t cross join lateral jsonb_each(to_jsonb(t)) e"
            " where t.id = any (:ids) group by t.id order by t.id"
        ),
        {"ids": wanted},
    )
    return [row[0] for row in found]


def _ids(keys: Iterable[int | None]) -> list[int]:
    return sorted(key for key in keys if key is not None)


def json_bytes(value: Any) -> bytes:
    """Return a value as JSON in a form that is the same every time."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str).encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return the files as a ZIP, the same bytes for the same files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return target.getvalue()
