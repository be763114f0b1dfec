"""The dialects of field :86:: titles, payers, accounts, virtual accounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operational.finance.formats.description import Description, normal_account, parse_description

PAYER = "61109010140000071219812874"
VIRTUAL = "27114020040000300201355387"


@pytest.mark.parametrize("mark", ["~", "<", "^"])
def test_the_three_numbered_polish_dialects_say_the_same(mark: str) -> None:
    text = "020#00PRZELEW OTRZYMANY\n#20Faktura FV/2026/000123 za e\n#21nergię\n#22\n#3010901014"
    text += "\n#310000071219812874"
    text += f"\n#32ZAKŁAD WYTWÓRCZY SPÓŁKA Z O\n#33GRANICZONĄ\n#38PL{PAYER}\n#60ul. Długa 1\n#63Łódź"
    found = parse_description([text.replace("#", mark)])
    assert found == Description(
        title="Faktura FV/2026/000123 za energię",
        payer_name="ZAKŁAD WYTWÓRCZY SPÓŁKA Z OGRANICZONĄ",
        payer_address="ul. Długa 1 Łódź",
        payer_account=PAYER,
        dialect=f"{mark}NN",
    )


def test_the_german_dialect_is_read() -> None:
    text = "166?00GUTSCHRIFT?109?20SVWZ+Rechnung 123?30BICXXXX?31DE42100100100043921105"
    text += "?32Richter\n Renate?60 und mehr"
    found = parse_description([text])
    assert (found.title, found.payer_name) == ("SVWZ+Rechnung 123 und mehr", "Richter Renate")
    assert (found.payer_account, found.dialect) == ("DE42100100100043921105", "?NN")


def test_free_text_with_labels_is_read() -> None:
    text = "911 TRANSAKCJA COLLECT; ID IPH: XX000000000014; Z RACH.: \n56114010810000267002001001"
    text += "; OD: JAN NOWAK  \n"
    text += "UL. NIJAKA 1 M 2 31-234 KRAKÓW; TYT.: FV 12/2026; DZIĘKUJĘ  ; \nTNR: 179171073864111.010001"
    assert parse_description([text]) == Description(
        title="FV 12/2026; DZIĘKUJĘ",
        payer_name="JAN NOWAK UL. NIJAKA 1 M 2 31-234 KRAKÓW",
        payer_account="56114010810000267002001001",
        virtual_account="XX000000000014",
        dialect="labels",
    )


def test_an_outgoing_transfer_names_the_receiver() -> None:
    text = f"944 PRZELEW KRAJOWY; NA RACH.: {PAYER}; DLA: KLINIKA; TYT.: BADANIA; TNR: 1"
    found = parse_description([text])
    assert (found.payer_account, found.payer_name, found.title) == (PAYER, "KLINIKA", "BADANIA")


def test_a_text_without_title_keeps_its_head() -> None:
    assert parse_description(["843 OPŁATA POCZTOWA: NORM; TNR: 1"]).title == "843 OPŁATA POCZTOWA: NORM"


def test_any_other_text_is_the_title() -> None:
    assert parse_description(["BEA   NR:XXX1234\n 21.05.11"]) == Description(title="BEA NR:XXX1234 21.05.11")


def test_the_payers_account_is_put_together_from_sort_code_and_number() -> None:
    assert parse_description(["~00A~3010901014~310000071219812874"]).payer_account == PAYER


def test_a_virtual_account_in_a_sub_field_of_its_own_is_found() -> None:
    found = parse_description([f"020~00X~20FV~38PL{PAYER}~64PL{VIRTUAL}"])
    assert (found.virtual_account, found.payer_account) == (VIRTUAL, PAYER)
    assert (
        parse_description(["~00TRANSAKCJA IPH; ID IPH: XX000000000001~20FV"]).virtual_account
        == "XX000000000001"
    )


@pytest.mark.parametrize(
    "text",
    [
        f"~00X~20{VIRTUAL}~38{PAYER}",
        "~00X~20ID IPH: XX000000000099",
        f"~00X~20FV~60{VIRTUAL}",
        f"~00X~32{VIRTUAL}",
        "911 X; OD: JAN; TYT.: FV; ID IPH: XX000000000099; TNR: 1",
        "911 X; OD: JAN ID IPH: XX000000000099; TYT.: FV; TNR: 1",
        f"~00X~64{VIRTUAL[:-1]}8",
    ],
)
def test_a_payer_cannot_choose_the_virtual_account_by_a_text(text: str) -> None:
    assert parse_description([text]).virtual_account is None


def test_filler_of_empty_sub_fields_is_no_text() -> None:
    assert parse_description(["~20PRZELEW\n~21ÿ\n~22˙\n~32˙"]) == Description(title="PRZELEW", dialect="~NN")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PL 27 1140 2004 0000 3002 0135 5387", VIRTUAL),
        (VIRTUAL + "PLN", VIRTUAL),
        ("/PL" + VIRTUAL, VIRTUAL),
        ("de42 1001 0010", "DE4210010010"),
        ("", None),
        (None, None),
    ],
)
def test_accounts_have_one_form(text: str | None, expected: str | None) -> None:
    assert normal_account(text) == expected


@given(
    st.lists(
        st.text(alphabet=st.sampled_from("~<^?> 0123456789;:ODTYT.IPHZRACX\n"), max_size=120), max_size=3
    )
)
def test_no_text_is_refused(values: list[str]) -> None:
    assert isinstance(parse_description(values).title, str)
