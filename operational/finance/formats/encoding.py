"""Turn the bytes of a bank file into text: which encoding, which bytes are only wrapping.

Polish banks send UTF-8, ISO-8859-2, Windows-1250 and CP852, and none says which. The rule: strict UTF-8
first, then the encoding the caller knows, then the one that yields the most Polish letters; text with C1
control characters is never accepted, because it is the sign of Windows-1250 read as ISO-8859-2.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter

from operational.finance.formats.statements import BankFileError

DEFAULT_MAX_BYTES = 256 * 1024 * 1024

_CANDIDATES = ("iso-8859-2", "cp1250", "cp852")
_POLISH_LETTERS = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ")
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_C1_CONTROLS = re.compile("[\u0080-\u009f]")
# SOH, STX, ETX, EOT frame messages on the wire; SUB is the end mark of old DOS files.
_FRAMING = re.compile("[\x01-\x04\x1a]+")
_FRAMING_ALONE = re.compile("^\x01|\x01$", re.MULTILINE)
_OTHER_CONTROLS = re.compile("[\x05-\x08\x0b\x0c\x0e-\x19\x1b-\x1f\x7f]")


def decode_bank_text(
    data: bytes, *, file_name: str, encoding: str | None = None, max_bytes: int = DEFAULT_MAX_BYTES
) -> str:
    """Return the file as text with `\\n` line ends, without framing bytes and filler.

    `encoding` is the one agreed with the bank, tried after strict UTF-8. Raises BankFileError for an empty
    or too large file, binary content, and text that no encoding explains.
    """
    if len(data) > max_bytes:
        raise BankFileError(
            "bank_file_too_large",
            file_name=file_name,
            line_no=None,
            what=f"the file has {len(data)} bytes, more than the limit of {max_bytes}.",
            cure="Export a shorter period, or raise the limit for bank files in the settings.",
        )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\x00" in data:
        raise BankFileError(
            "bank_file_binary",
            file_name=file_name,
            line_no=data.count(b"\n", 0, max(data.find(b"\x00"), 0)) + 1,
            what="the file holds NUL bytes: it is no plain text (perhaps UTF-16, a PDF or an archive).",
            cure="Export the statement as MT940 in UTF-8 or ISO-8859-2.",
        )
    # 0xFF fills empty sub-fields at some banks; in none of the encodings is it a letter of a word.
    cleaned = data.removeprefix(codecs.BOM_UTF8).replace(b"\xff", b"")
    text = _decode(cleaned, file_name, encoding)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # A framing byte becomes a line end only inside a line: line numbers stay those of the file.
    text = _FRAMING_ALONE.sub("", _FRAMING.sub("\x01", text)).replace("\x01", "\n")
    return _OTHER_CONTROLS.sub(" ", text)


def _decode(data: bytes, file_name: str, encoding: str | None) -> str:
    for strict in ("utf-8", encoding):
        text = _try(data, strict) if strict else None
        if text is not None and not _C1_CONTROLS.search(text):
            return text
    readings = [text for name in _CANDIDATES if (text := _try(data, name)) is not None]
    readings = [text for text in readings if not _C1_CONTROLS.search(text)]
    if not readings or _is_utf8(data):
        raise BankFileError(
            "bank_file_encoding",
            file_name=file_name,
            line_no=None,
            what="the text holds control characters U+0080 to U+009F, so its letters were damaged before.",
            cure="Export it again, unconverted; UTF-8, ISO-8859-2, Windows-1250 and CP852 are read.",
        )
    return max(readings, key=_score)


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _is_utf8(data: bytes) -> bool:
    return _try(data, "utf-8") is not None


def _score(text: str) -> int:
    """Score a reading: Polish letters speak for it, symbols and letters of other languages against it."""
    score = 0
    for char, count in Counter(_NOT_ASCII.findall(text)).items():
        if char in _POLISH_LETTERS:
            score += 3 * count
        elif char.isalpha():
            score -= count
        else:
            score -= 3 * count
    return score
