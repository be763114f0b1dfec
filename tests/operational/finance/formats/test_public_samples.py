"""Every public sample against its manifest; the samples are read in place and skipped by name when absent."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from operational.finance.formats.mt940 import looks_like_mt940, read_mt940
from operational.finance.formats.statements import (
    BalanceVerdict,
    BankBalance,
    BankFileError,
    BankStatement,
    check_balances,
)
from operational.finance.rules import business_keys

FILES = [
    "citi", "cmxl_de", "de_deutschebank", "de_lbbw", "de_multiline", "de_oldenburgischelandesbank",
    "de_sepa_large", "de_sparkasse", "long_statement_number", "mbank_collect_2017", "mbank_mt942",
    "mbank_multi_accounts", "nl_abnamro", "nl_ing", "nl_sns", "nl_triodos",
    "pko_ipko_2021_latin2", "sberbank",
]  # fmt: skip


def read_sample(shared_data: Path, name: str) -> tuple[dict[str, str], bytes, tuple[BankStatement, ...]]:
    with (shared_data / "bank" / "manifest.csv").open(encoding="utf-8", newline="") as handle:
        expected = next(row for row in csv.DictReader(handle) if row["file"] == f"{name}.sta")
    data = (shared_data / "bank" / f"{name}.sta").read_bytes()
    return expected, data, read_mt940(data, file_name=f"{name}.sta")


def amounts(balances: list[BankBalance | None]) -> list[Decimal]:
    return [balance.amount for balance in balances if balance is not None]


def listed(cell: str) -> list[Decimal]:
    return [Decimal(part) for part in cell.split("|") if part]


@pytest.mark.parametrize("name", FILES)
def test_a_public_sample_is_read_as_its_manifest_says(shared_data: Path, name: str) -> None:
    expected, data, found = read_sample(shared_data, name)
    assert looks_like_mt940(data)
    assert len(found) == int(expected["statements"])
    assert sum(len(part.lines) for part in found) == int(expected["entries"])
    assert sum(part.sum_credit for part in found) == Decimal(expected["sum_credit"])
    assert sum(part.sum_debit for part in found) == Decimal(expected["sum_debit"])
    assert amounts([part.opening for part in found]) == listed(expected["opening"])
    assert amounts([part.closing for part in found]) == listed(expected["closing"])
    if expected["currency"]:
        assert {part.currency for part in found} == set(expected["currency"].split("|"))
    verdicts = {check_balances(part).verdict for part in found}
    if expected["balances_add_up"] == "yes":
        assert verdicts == {BalanceVerdict.ADDS_UP}
    elif expected["balances_add_up"] == "no":
        assert BalanceVerdict.DIFFERS in verdicts
    keys = [key for part in business_keys(found) for key in part]
    assert len(set(keys)) == len(keys)


def test_every_sample_of_the_manifest_is_tested(shared_data: Path) -> None:
    assert sorted(path.stem for path in (shared_data / "bank").glob("*.sta")) == sorted(FILES)


def test_the_reversals_of_the_large_sample_are_money_out(shared_data: Path) -> None:
    _, data, found = read_sample(shared_data, "de_sepa_large")
    reversed_lines = [line for part in found for line in part.lines if line.reversal]
    assert len(reversed_lines) == data.count(b"RC")
    assert all(line.amount < 0 for line in reversed_lines)


def test_mass_payments_carry_the_virtual_account_and_the_payer(shared_data: Path) -> None:
    for name in ("mbank_collect_2017", "mbank_mt942"):
        _, _, (found,) = read_sample(shared_data, name)
        assert [line.virtual_account for line in found.lines] == [f"XX00000000000{n}" for n in (1, 2, 3)]
        assert {line.title for line in found.lines} == {"PRZELEW SRODKOW"}
        assert all((line.payer_name or "").startswith("JAN NOWAK") for line in found.lines)


def test_legacy_encodings_of_real_files_give_polish_letters(shared_data: Path) -> None:
    _, _, (pko,) = read_sample(shared_data, "pko_ipko_2021_latin2")
    assert pko.lines[0].title == "PRZELEW SRODKÓW"
    assert pko.lines[1].payer_name == "DRUGI MAZOWIECKI URZĄD SKARBOWY WARSZAWA"
    assert pko.lines[2].payer_account == "FR7630004013280001089882824"
    _, _, many = read_sample(shared_data, "mbank_multi_accounts")
    titles = {line.title for part in many for line in part.lines}
    assert "PRZEKAZANIE ŚRODKÓW" in titles


@pytest.mark.parametrize("name", ["pko_ipko_2021_latin2", "mbank_collect_2017", "citi", "cmxl_de"])
def test_a_cut_sample_is_refused_or_does_not_add_up_or_is_whole(shared_data: Path, name: str) -> None:
    _, data, whole = read_sample(shared_data, name)
    for cut in range(1, len(data), 7):
        try:
            found = read_mt940(data[:cut], file_name=name)
        except BankFileError as error:
            assert name in error.message
            continue
        adds_up = all(check_balances(part).verdict is BalanceVerdict.ADDS_UP for part in found)
        same = [p.lines for p in found] == [p.lines for p in whole[: len(found)]]
        assert same or not adds_up, cut
