"""Any bank file by its content: the name and the ending of a file say nothing."""

from __future__ import annotations

from collections.abc import Iterable

from operational.finance.formats.camt import looks_like_xml, read_camt
from operational.finance.formats.elixir import looks_like_elixir, read_elixir
from operational.finance.formats.encoding import DEFAULT_MAX_BYTES
from operational.finance.formats.mt940 import looks_like_mt940, read_mt940
from operational.finance.formats.report import ReportLayout, find_layout, read_report
from operational.finance.formats.statements import BankFileError, BankStatement


def read_bank_file(
    data: bytes,
    *,
    file_name: str,
    layouts: Iterable[ReportLayout] = (),
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> tuple[BankStatement, ...]:
    """Read the statements of a file of any known format, in its order.

    Raises BankFileError with file, line, reason and cure, whatever the bytes are.
    """
    refuse_size(len(data), file_name=file_name, max_bytes=max_bytes)
    if not looks_like_mt940(data):
        if looks_like_xml(data):
            return read_camt(data, file_name=file_name)
        if looks_like_elixir(data):
            return read_elixir(data, file_name=file_name, max_bytes=max_bytes)
        found = find_layout(data, layouts, file_name=file_name)
        if found is not None:
            return read_report(data, layout=found[0], file_name=file_name, max_bytes=max_bytes)
    return read_mt940(data, file_name=file_name, max_bytes=max_bytes)


def refuse_size(size: int, *, file_name: str, max_bytes: int) -> None:
    """Raise BankFileError (``bank_file_too_large``) for a file of more bytes than the limit."""
    if size > max_bytes:
        raise BankFileError(
            "bank_file_too_large",
            file_name=file_name,
            line_no=None,
            what=f"the file has {size} bytes, more than the limit of {max_bytes}.",
            cure="Export a shorter period, or raise the limit for bank files in the settings.",
        )
