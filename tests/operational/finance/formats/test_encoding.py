"""Which letters a bank file means: four encodings, filler bytes, damaged text."""

import pytest

from operational.finance.formats.encoding import decode_bank_text
from operational.finance.formats.mt940 import read_mt940
from operational.finance.formats.statements import BankFileError
from tests.operational.finance.formats.samples import statement

PANGRAM = "Zażółć gęślą jaźń Łódź"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-2", "cp1250", "cp852"])
@pytest.mark.parametrize("text", [PANGRAM, "ŚWIĘTOCHŁOWICE, ŻABIA ŹRÓDŁO ĆMA", "Łódź", "ŚRODKÓW"])
def test_polish_letters_are_right_in_every_encoding_of_the_banks(encoding: str, text: str) -> None:
    data = statement(f"020~20{text}").decode().encode(encoding)
    assert read_mt940(data, file_name="s.sta")[0].lines[0].title == text


def test_the_agreed_encoding_is_believed_before_guessing() -> None:
    assert decode_bank_text("Grüße".encode("cp1252"), file_name="s", encoding="cp1252") == "Grüße"


def test_an_agreed_encoding_that_gives_control_characters_is_not_believed() -> None:
    assert decode_bank_text(PANGRAM.encode("cp1250"), file_name="s", encoding="iso-8859-2") == PANGRAM


def test_an_unknown_encoding_name_falls_back_to_guessing() -> None:
    assert decode_bank_text(PANGRAM.encode("cp1250"), file_name="s", encoding="cp99999") == PANGRAM


def test_text_with_c1_controls_is_refused() -> None:
    damaged = PANGRAM.encode("cp1250").decode("iso-8859-2").encode("utf-8")
    with pytest.raises(BankFileError, match="U\\+0080") as caught:
        decode_bank_text(damaged, file_name="s.sta")
    assert caught.value.code == "bank_file_encoding"


def test_filler_bytes_do_not_hide_the_encoding() -> None:
    data = b"~20" + PANGRAM.encode("iso-8859-2") + b"\r\n~21\xff\r\n"
    assert decode_bank_text(data, file_name="s") == f"~20{PANGRAM}\n~21\n"
