"""Words of the dashboards; `t(key)` answers in the language of the page's address (?lang=en), else Polish."""

from __future__ import annotations

import streamlit as st

_TEXTS: dict[str, tuple[str, str]] = {
    "overview": ("Pulpit", "Overview"),
    "completeness": ("Kompletność fakturowania", "Billing completeness"),
    "receivables": ("Należności i wiekowanie", "Receivables and ageing"),
    "reconciliation": ("Uzgodnienie miesiąca", "Month reconciliation"),
    "section_board": ("Zarząd", "Board"),
    "section_billing": ("Biling", "Billing"),
    "section_finance": ("Finanse", "Finance"),
    "section_close": ("Zamknięcie", "Close"),
    "as_of": ("Stan na", "As of"),
    "known_at": ("dane znane na", "data known at"),
    "billed_through": ("rozliczono do", "billed through"),
    "invented": ("Dane wymyślone", "Invented data"),
    "no_data": (
        "Hurtownia jest jeszcze pusta. Uruchom `iris demo` albo zbuduj marty w Dagsterze.",
        "The warehouse is still empty. Run `iris demo` or build the marts in Dagster.",
    ),
    "no_rows": ("Brak danych dla wybranych filtrów.", "No data for these filters."),
    "medium": ("Medium", "Medium"),
    "all": ("Wszystkie", "All"),
    "electricity": ("Prąd", "Electricity"),
    "gas": ("Gaz", "Gas"),
    "segment": ("Segment", "Segment"),
    "everyone": ("Wszyscy", "Everyone"),
    "household": ("Dom", "Households"),
    "business": ("Firmy", "Businesses"),
    "public": ("Publiczne", "Public bodies"),
    "net": ("Sprzedaż netto", "Net sales"),
    "gross": ("Brutto", "Gross"),
    "vat": ("VAT", "VAT"),
    "energy": ("Energia", "Energy"),
    "documents": ("Faktury", "Invoices"),
    "corrections": ("Korekty", "Corrections"),
    "payments": ("Wpłaty", "Payments"),
    "suspense": ("Do wyjaśnienia", "In suspense"),
    "active_points": ("Punkty poboru", "Supply points"),
    "against_previous": ("wobec poprzedniego miesiąca", "against the previous month"),
    "net_by_month": ("Sprzedaż netto według miesiąca wystawienia", "Net sales by month of issue"),
    "energy_by_month": ("Energia zafakturowana", "Energy billed"),
    "billed_and_paid": ("Zafakturowano i wpłynęło", "Billed and paid"),
    "month": ("Miesiąc", "Month"),
    "table_of": ("Tabela i plik", "Table and file"),
    "download_csv": ("Pobierz CSV", "Download CSV"),
    "download_xlsx": ("Pobierz XLSX", "Download XLSX"),
    "receivable_total": ("Należności brutto", "Gross receivables"),
    "overdue": ("Przeterminowane", "Overdue"),
    "overdue_share": ("Udział przeterminowanych", "Overdue share"),
    "credits": ("Nadpłaty i wpłaty wolne", "Overpayments and free credits"),
    "age_structure": ("Struktura wiekowa, 12 miesięcy", "Age structure, 12 months"),
    "age_today": ("Wiek należności dziś", "Age of receivables today"),
    "largest_debtors": ("Najwięksi dłużnicy", "Largest debtors"),
    "customer": ("Klient", "Customer"),
    "customer_number": ("Nr klienta", "Customer no."),
    "arrears": ("Zaległość (zł)", "Arrears (PLN)"),
    "balance": ("Saldo (zł)", "Balance (PLN)"),
    "days_overdue": ("Dni po terminie", "Days overdue"),
    "billed_share": ("Zafakturowane punkto-miesiące", "Billed point-months"),
    "estimated_share": ("Udział szacunków", "Estimated share"),
    "unbilled_points": ("Niezafakturowane", "Not billed"),
    "at_stake": ("Kwota zagrożona", "Amount at stake"),
    "status_by_month": ("Punkty poboru według stanu", "Supply points by state"),
    "causes": ("Przyczyny braku faktury", "Why there is no bill"),
    "cause": ("Przyczyna", "Cause"),
    "points": ("Punkty", "Points"),
    "amount": ("Kwota (zł)", "Amount (PLN)"),
    "billed": ("Zafakturowane", "Billed"),
    "estimated": ("Szacowane", "Estimated"),
    "blocked": ("Zablokowane", "Blocked"),
    "not_issued": ("Niewystawione", "Not issued"),
    "not_due": ("Przed końcem okresu", "Period not over"),
    "energy_balance": (
        "Bilans energii: dostarczono = zafakturowano + niezafakturowano",
        "Energy balance: delivered = billed + unbilled",
    ),
    "delivered_kwh": ("Dostarczono (kWh)", "Delivered (kWh)"),
    "billed_kwh": ("Zafakturowano z odczytów (kWh)", "Billed from reads (kWh)"),
    "unbilled_kwh": ("Niezafakturowano (kWh)", "Unbilled (kWh)"),
    "difference": ("Różnica", "Difference"),
    "check": ("Uzgodnienie", "Check"),
    "source_a": ("Źródło A", "Source A"),
    "source_b": ("Źródło B", "Source B"),
    "result": ("Wynik", "Result"),
    "reconciled": ("zgodne", "reconciled"),
    "differs": ("różnica", "differs"),
    "all_reconciled": ("Wszystkie uzgodnienia zgodne co do grosza.", "Every check reconciles to the grosz."),
    "some_differ": (
        "Są różnice: nie zamykaj miesiąca przed wyjaśnieniem.",
        "There are differences: explain them before closing.",
    ),
    "balances": ("Saldo operacyjne = saldo hurtowni", "Operational balance = warehouse balance"),
    "documents_net_equals_lines": ("Netto faktur = suma pozycji", "Net of documents = sum of lines"),
    "vat_register_net_equals_documents": (
        "Podstawa w rejestrze VAT = netto faktur",
        "VAT register base = net of documents",
    ),
    "vat_register_equals_ledger": ("VAT z rejestru = konto VAT", "VAT of the register = VAT account"),
    "documents_net_equals_ledger_sales": (
        "Netto faktur = konto przychodów",
        "Net of documents = sales account",
    ),
    "documents_gross_equals_ledger_receivables": (
        "Brutto faktur = konto należności",
        "Gross of documents = receivables account",
    ),
    "bank_lines_equal_ledger_bank": ("Wyciągi bankowe = konto banku", "Bank statements = bank account"),
    "bank_equals_posted_plus_suspense": ("Bank = rozliczone + do wyjaśnienia", "Bank = posted + suspense"),
    "customer_balances": (
        "Salda klientów: księga = faktury − wpłaty",
        "Customer balances: ledger = documents − payments",
    ),
    "energy_conservation": (
        "Energia (kWh): dostarczono = zafakturowano + niezafakturowano",
        "Energy (kWh): delivered = billed + unbilled",
    ),
    "current": ("Bieżące", "Current"),
}


def language() -> str:
    """Return `pl` or `en` from the page's address."""
    return "en" if st.query_params.get("lang") == "en" else "pl"


def t(key: str) -> str:
    """Return the words for a key, or the key itself where a code has no words yet."""
    polish, english = _TEXTS.get(key, (key, key))
    return english if language() == "en" else polish
