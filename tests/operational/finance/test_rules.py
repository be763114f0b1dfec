"""Pure rules: what a transfer names, whose it is, and when two lines are the same movement."""

from dataclasses import replace

import pytest

from operational.finance import rules
from operational.finance.rules import Match, MatchedBy, References
from tests.factories.finance import MAIN_ACCOUNT, statement, transfer


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("FV/2026/03/000123", ("FV/2026/03/000123",)),
        ("za prąd fv2026/03/123 i FK-2026-04-000007", ("FV/2026/03/000123", "FK/2026/04/000007")),
        ("FV 2026 03 000123 FV/2026/03/000123", ("FV/2026/03/000123",)),
        ("FV/2026/13/000123", ()),
        ("FV/2026/03/", ()),
        ("AFV/2026/03/000123", ()),
        ("FV/2026/03/12345678", ()),
        ("opłata za marzec 2026", ()),
        (
            "NO/2026/03/000012, nb-2026-03-7 PS/2026/04/1",
            ("NO/2026/03/000012", "NB/2026/03/000007", "PS/2026/04/000001"),
        ),
        ("nota odsetkowa NO202603000012", ("NO/2026/03/000012",)),
        ("rekompensata nr 2026/03/12", ("NR/2026/03/000012",)),
        ("wpłata nr 2026/03/000012", ()),
        ("Invoice No. 2026/03/000012", ("FV/2026/03/000012",)),
        ("rata 2 ugody UG/2026/000004 i ug 2026 5", ("UG/2026/000004", "UG/2026/000005")),
    ],
)
def test_document_numbers_are_found_whatever_the_separators(title: str, expected: tuple[str, ...]) -> None:
    assert rules.find_document_numbers(title) == expected


def test_a_number_broken_over_two_lines_of_the_description_is_found() -> None:
    told = rules.read_references(virtual_account="", title="", description="zaplata za FV/2026/0\n3/000123")
    assert told.documents == ("FV/2026/03/000123",)


def test_references_of_refunds_are_found_and_lookalikes_are_not() -> None:
    assert rules.find_refunds("Zwrot przelewu zw0000000012 ZW0000000012") == (12,)
    assert rules.find_refunds("ZW/0000012 ZW00000000123 AZW0000000012") == ()


def test_an_account_inside_a_longer_number_is_none() -> None:
    assert rules.find_accounts(f"9{MAIN_ACCOUNT}") == ()
    assert rules.find_accounts(f"PL{MAIN_ACCOUNT}") == (MAIN_ACCOUNT,)


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        (References(("a1",), ("d2",)), Match(1, MatchedBy.VIRTUAL_ACCOUNT)),
        (References(("a1", "a2"), ()), None),
        (References(("unknown",), ("d2",)), Match(2, MatchedBy.DOCUMENT_NUMBER)),
        (References((), ("d1", "d2")), None),
        (References((), ("d2", "unknown")), Match(2, MatchedBy.DOCUMENT_NUMBER)),
        (References(), None),
    ],
)
def test_the_account_decides_then_the_documents_and_two_customers_decide_nothing(
    references: References, expected: Match | None
) -> None:
    accounts, documents = {"a1": 1, "a2": 2}, {"d1": 1, "d2": 2}
    assert rules.match(references, customer_of_account=accounts, customer_of_document=documents) == expected


@pytest.mark.parametrize(
    ("account", "expected"),
    [(MAIN_ACCOUNT, True), (f"PL{MAIN_ACCOUNT}", True), ("27114020040000300201355387", False),
     ("45050050/76198810", False), ("123", False), ("517852257", True)],
)  # fmt: skip
def test_an_account_is_ours_by_the_bank_code_or_because_it_is_listed(account: str, expected: bool) -> None:
    assert rules.own_account(account, bank_code="99900009", listed=["517852257"]) is expected


def test_the_key_ignores_the_wrapping_of_the_text_but_not_its_words() -> None:
    line = transfer("1.00", title="za prąd")
    keys = rules.business_keys(
        [statement([replace(line, description=text)]) for text in ("ab\ncd", "AB cd", "ab ce")]
    )
    assert keys[0][0].rsplit(":", 1)[0] == keys[1][0].rsplit(":", 1)[0]
    assert keys[0][0].rsplit(":", 1)[0] != keys[2][0].rsplit(":", 1)[0]


def test_a_reference_of_the_bank_identifies_a_line_whatever_its_text() -> None:
    first, second = transfer("1.00", title="a", reference="B1"), transfer("1.00", title="b", reference="b1")
    one, other = rules.business_keys([statement([first])]), rules.business_keys([statement([second])])
    assert one == other


@pytest.mark.parametrize(
    ("title", "expected"), [("NIP 526-025-02-74", ("5260250274",)), ("NIP 5260250275", ())]
)
def test_only_tax_numbers_with_a_right_check_digit_are_found(title: str, expected: tuple[str, ...]) -> None:
    assert rules.find_nips(title) == expected
