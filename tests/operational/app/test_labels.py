"""Codes and sentences of the database are told to people in their language."""

import pytest

from operational.app import labels
from operational.kernel.errors import DomainError
from tests.operational.app.conftest import Desk


@pytest.mark.parametrize(
    ("sentence", "polish"),
    [
        (
            "The energy of the period is negative: -1234.5 kWh.",
            "Energia za okres jest ujemna: \u22121\u00a0234,5 kWh.",
        ),
        (
            "12 % of the energy is estimated, above the limit of 10 %.",
            "12 % energii to szacunek, powyżej progu 10 %.",
        ),
        ("A sentence that nobody knows.", "A sentence that nobody knows."),
    ],
)
def test_sentences_with_figures_are_told_in_polish(desk: Desk, sentence: str, polish: str) -> None:
    with desk.app.test_request_context():
        assert labels.spoken(sentence) == polish


def test_an_unknown_code_is_shown_as_it_is(desk: Desk) -> None:
    with desk.app.test_request_context():
        assert labels.label("exception", "some_new_code") == "some new code"
        assert labels.label("exception", None) == "–"
        assert labels.words_for("exception_cure", "some_new_code", "Do it.") == "Do it."


def test_a_refusal_is_told_by_its_code_or_else_by_its_own_words(desk: Desk) -> None:
    with desk.app.test_request_context():
        assert labels.error_text(DomainError("invalid_nip", "English words")).startswith("Błędny NIP")
        assert labels.error_text(DomainError("unheard_of", "Own words 100 %.")) == "Own words 100 %."
