"""Import of CSV files: mistakes at row and column, good rows saved together, wrong ones given back."""

import csv
import io
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.portfolio.files import ImportFileError
from operational.crm.portfolio.importing import check_file, import_checked, rejected_csv
from operational.crm.portfolio.operations import import_portfolio
from operational.crm.portfolio.rows import Portfolio, PriceListRow, ProductRow
from operational.crm.portfolio.stored import imports, run_stored, store
from operational.kernel.errors import DomainError
from operational.kernel.identifiers import complete_supply_point_code

NOW = datetime(2026, 7, 15, 8, tzinfo=UTC)
CUSTOMERS = "number,kind,name,nip,pesel,customer_since,street,building,postal_code,city"
POINTS = (
    "code,medium,street,building,postal_code,city,tariff_group,annual_kwh,customer_class,valid_from,"
    "meter_serial"
)
CONTRACTS = "number,customer_number,signed_on,price_list_code,supply_point_codes,valid_from,valid_to"
HOME = "ul. Łąkowa,7,31-001,Kraków"


def _code(index: int) -> str:
    return complete_supply_point_code(f"590322{index:011d}")


def _customer(number: int, **changed: str) -> str:
    given = f"{number or ''},household,Jan {number},,,2026-01-01,{HOME}"
    cells = dict(zip(CUSTOMERS.split(","), given.split(","), strict=True))
    return ",".join((cells | changed).values())


def _point(index: int, **changed: str) -> str:
    given = f"{_code(index)},electricity,{HOME},G11,2400.5,household,2026-01-01,M{index}"
    cells = dict(zip(POINTS.split(","), given.split(","), strict=True))
    return ",".join((cells | changed).values())


def _contract(index: int, **changed: str) -> str:
    given = f"U/{index},{20000 + index},2026-06-01,DOM-1,{_code(index)},2026-07-01,"
    cells = dict(zip(CONTRACTS.split(","), given.split(","), strict=True))
    return ",".join((cells | changed).values())


def _file(heading: str, rows: list[str]) -> bytes:
    return ("\ufeff" + "\n".join([heading, *rows])).encode()


def _load(session: Session, kind: str, heading: str, rows: list[str]) -> int:
    checked = check_file(session, kind=kind, content=_file(heading, rows))
    assert not checked.problems
    return import_checked(session, checked=checked, as_of=NOW)


@pytest.fixture
def base(session: Session) -> Session:
    """Load three customers, three points and a price list."""
    import_portfolio(
        session,
        rows=Portfolio(
            products=[ProductRow("DOM", "Prąd", "electricity"), ProductRow("GAZ", "Gaz", "gas")],
            price_lists=[PriceListRow("DOM-1", "Prąd 1", "DOM"), PriceListRow("GAZ-1", "Gaz 1", "GAZ")],
        ),
        as_of=NOW,
    )
    _load(session, "customers", CUSTOMERS, [_customer(20001), _customer(20002), _customer(20003)])
    _load(session, "points", POINTS, [_point(1), _point(2), _point(3)])
    return session


def _case(kind: str, row: str, **codes: str) -> tuple[str, str, dict[str, str]]:
    return kind, row, codes


CASES = (
    _case("customers", _customer(20009, nip="1234567890"), nip="invalid_nip"),
    _case("customers", _customer(20009, kind="business"), nip="missing_value"),
    _case("customers", _customer(20009, pesel="44051401459", customer_since="1.2.2026"),
          customer_since="invalid_date", pesel="invalid_pesel"),
    _case("customers", _customer(20001, name="Inna Osoba"), number="taken"),
    _case("points", _point(9, code="590322000000000001"), code="invalid_point_code"),
    _case("points", _point(9, tariff_group="G99"), tariff_group="unknown_tariff"),
    _case("points", _point(9, tariff_group="C11"), contracted_power_kw="needs_power"),
    _case("points", _point(9, annual_kwh="NaN"), annual_kwh="invalid_number"),
    _case("points", _point(9, medium="gas"), gas_area_code="needs_area"),
    _case("points", _point(9, meter_serial="M1"), meter_serial="taken"),
    _case("points", _point(9, code=complete_supply_point_code("99999900000000001")),
          dso_code="unknown_distributor"),
    _case("contracts", _contract(9), customer_number="not_found", supply_point_codes="not_found"),
    _case("contracts", _contract(1, price_list_code="GAZ-1"), supply_point_codes="other_medium"),
    _case("contracts", _contract(1, valid_to="2026-07-01"), valid_to="end_before_start"),
    _case("contracts", _contract(1, supply_point_codes="1"), supply_point_codes="invalid_point_code"),
)  # fmt: skip
HEADINGS = {"customers": CUSTOMERS, "points": POINTS, "contracts": CONTRACTS}


def test_each_mistake_is_told_at_its_row_and_column(base: Session) -> None:
    for kind, row, codes in CASES:
        checked = check_file(base, kind=kind, content=_file(HEADINGS[kind], [row]))

        told = {(found.line, found.column, found.code) for found in checked.problems}
        assert told == {(2, column, code) for column, code in codes.items()}, row
        assert (checked.rows_read, checked.wrong, len(checked.good)) == (1, 1, 0)
    cut = check_file(base, kind="customers", content=_file(CUSTOMERS, [_customer(20009) + ",x"]))
    assert [(found.column, found.code) for found in cut.problems] == [("", "wrong_columns")]


def test_a_point_under_contract_is_refused_in_the_file_and_in_the_database(base: Session) -> None:
    assert _load(base, "contracts", CONTRACTS, [_contract(1)]) == 1

    checked = check_file(
        base, kind="contracts",
        content=_file(CONTRACTS, [
            _contract(1), _contract(2, supply_point_codes=_code(1)), _contract(2),
            _contract(3, supply_point_codes=_code(2)),
        ]),
    )  # fmt: skip

    assert checked.known == 1
    assert [(found.line, found.code) for found in checked.problems] == [
        (3, "overlap"), (4, "twice_in_file"), (5, "overlap"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe", "import_not_utf8"),
        (b"", "import_columns_missing"),
        (f"{CUSTOMERS},wiek\n".encode(), "import_columns_unknown"),
        (f"{CUSTOMERS},name\n".encode(), "import_columns_twice"),
        (f'{CUSTOMERS}\n"1,2\n'.encode(), "import_not_csv"),
        (f"{CUSTOMERS}\n\x00".encode(), "import_not_text"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(
    session: Session, content: bytes, code: str
) -> None:
    with pytest.raises(ImportFileError) as refused:
        check_file(session, kind="customers", content=content)

    assert refused.value.code == code


def test_of_ten_thousand_rows_the_good_ones_are_saved_and_the_wrong_ones_come_back(base: Session) -> None:
    wrong = set(range(100, 10_000, 270))
    rows = [
        _customer(30_000 + index, **({"postal_code": "=1+1"} if index in wrong else {}))
        for index in range(10_000)
    ]
    content = _file(CUSTOMERS, rows)
    checked = check_file(base, kind="customers", content=content)
    words = {"invalid_postal_code": "00-950"}
    public_id = store(base, name="big.csv", content=content, checked=checked, words=words)

    imported = run_stored(base, public_id=public_id, row_version=1, as_of=NOW, actor="staff:anna")

    assert (len(wrong), checked.wrong, imported) == (37, 37, 9_963)
    assert base.execute(text("select count(*) from operational.customers")).scalar_one() == 9_963 + 3
    returned = list(csv.reader(io.StringIO(rejected_csv(checked, words))))
    assert len(returned) == 38
    assert returned[1][:2] == ["102", "postal_code: 00-950 [=1+1]"]
    assert returned[1][-2] == "'=1+1"
    with pytest.raises(DomainError, match="imported meanwhile"):
        run_stored(base, public_id=public_id, row_version=1, as_of=NOW, actor="staff:anna")
    (kept,) = imports(base)
    assert (kept.rows_imported, kept.rows_wrong, len(kept.problems)) == (9_963, 37, 37)

    corrected = [[*row[:-2], "31-001", row[-1]] for row in returned[1:]]
    again = io.StringIO()
    csv.writer(again).writerows([returned[0], *corrected])
    fixed = check_file(base, kind="customers", content=again.getvalue().encode())
    assert import_checked(base, checked=fixed, as_of=NOW) == 37


def test_customers_without_a_number_get_the_next_ones(base: Session) -> None:
    rows = [_customer(0, name="Ewa"), _customer(0, name="Iza"), _customer(20010)]
    assert _load(base, "customers", CUSTOMERS, rows) == 3

    found = base.execute(
        text("select customer_number from operational.customers where name in ('Ewa', 'Iza') order by 1")
    ).scalars()
    assert list(found) == ["20011", "20012"]
