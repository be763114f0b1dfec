"""Words of printed documents in Polish and English.

The customer's language chooses the column; Polish is the legal text, English stands beside it for
convenience.
"""

from typing import Final

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "invoice": ("Faktura", "Invoice"),
    "correction": ("Faktura korygująca", "Correcting invoice"),
    "number": ("Numer", "Number"),
    "issue_date": ("Data wystawienia", "Date of issue"),
    "period": ("Okres rozliczeniowy", "Billing period"),
    "supply_period": ("Okres dostawy", "Period of supply"),
    "due_date": ("Termin płatności", "Due date"),
    "seller": ("Sprzedawca", "Seller"),
    "buyer": ("Nabywca", "Buyer"),
    "nip": ("NIP", "Tax no. (NIP)"),
    "regon": ("REGON", "REGON"),
    "krs": ("KRS", "KRS"),
    "bdo": ("BDO", "BDO"),
    "customer_number": ("Numer klienta", "Customer number"),
    "contract_number": ("Umowa", "Contract"),
    "comprehensive": ("kompleksowa", "supply and distribution"),
    "supply_only": ("sprzedaży", "supply only"),
    "to_pay": ("Do zapłaty", "Amount due"),
    "to_return": ("Do zwrotu", "Credit to you"),
    "nothing": ("Bez dopłaty", "Nothing to pay"),
    "return_note": (
        "Kwotę zaliczymy na Twoje najbliższe faktury; na wniosek zwrócimy ją na konto.",
        "We set the amount off against your next invoices, or return it to your account on request.",
    ),
    "account": ("Twój stały numer konta do wpłat", "Your permanent account number for payments"),
    "transfer_title": ("Tytuł przelewu", "Transfer title"),
    "qr_note": ("Zeskanuj w aplikacji swojego banku", "Scan with your banking app"),
    "no_qr_note": (
        "Kwota powyżej limitu kodu QR: użyj danych do przelewu.",
        "Above the QR limit: use the data.",
    ),
    "cost_title": ("Z czego składa się rachunek", "What the bill is made of"),
    "cost_energy_electricity": ("Energia i opłata handlowa", "Energy and trade fee"),
    "cost_energy_gas": ("Paliwo gazowe i abonament", "Gas fuel and subscription"),
    "cost_variable": ("Dystrybucja: opłaty za kWh", "Distribution: charges per kWh"),
    "cost_fixed": ("Dystrybucja: opłaty stałe", "Distribution: fixed charges"),
    "cost_vat": ("VAT", "VAT"),
    "gross_total": ("Razem brutto", "Total gross"),
    "use_title": ("Twoje zużycie", "Your consumption"),
    "use_periods": ("Zużycie w kolejnych okresach, kWh", "Use by billing period, kWh"),
    "estimated_legend": ("szacowane", "estimated"),
    "year_before": ("Ten sam okres rok wcześniej", "Same period a year earlier"),
    "less": ("mniej", "less"),
    "more": ("więcej", "more"),
    "same": ("tyle samo", "the same"),
    "average_day": ("Średnio na dobę", "Average per day"),
    "in_period": ("w okresie", "in the period"),
    "points_title": ("Punkty na tym dokumencie", "Points on this document"),
    "details_title": ("Rozliczenie szczegółowe", "Detailed settlement"),
    "point_electricity": ("Punkt poboru energii (PPE)", "Supply point (PPE)"),
    "point_gas": ("Punkt poboru gazu (PPG)", "Supply point (PPG)"),
    "point_address": ("Adres punktu", "Address of the point"),
    "tariff": ("Grupa taryfowa", "Tariff group"),
    "power": ("Moc umowna", "Contracted power"),
    "dso": ("Operator systemu dystrybucyjnego", "Distribution system operator"),
    "readings": ("Odczyty i zużycie", "Readings and consumption"),
    "meter": ("Licznik", "Meter"),
    "zone": ("Strefa", "Zone"),
    "reading_from": ("Odczyt początkowy", "Start reading"),
    "reading_to": ("Odczyt końcowy", "End reading"),
    "multiplier": ("Mnożna", "Multiplier"),
    "used": ("Zużycie", "Used"),
    "volumes": ("Ilości z danych pomiarowych operatora", "Quantities measured by the operator"),
    "quality": ("Rodzaj", "Kind"),
    "actual": ("rzeczywiste", "actual"),
    "gas_conversion": ("Przeliczenie gazu na energię", "Gas converted to energy"),
    "factor_m3": ("Współczynnik konwersji", "Conversion factor"),
    "section_sale": ("Sprzedaż", "Supply"),
    "section_distribution": ("Dystrybucja", "Distribution"),
    "item": ("Pozycja", "Item"),
    "line_period": ("Okres", "Period"),
    "quantity": ("Ilość", "Quantity"),
    "price": ("Cena netto, zł", "Net price, zł"),
    "factor": ("Współcz.", "Factor"),
    "net": ("Netto, zł", "Net, zł"),
    "vat_rate": ("VAT", "VAT"),
    "vat_amount": ("VAT, zł", "VAT, zł"),
    "gross": ("Brutto, zł", "Gross, zł"),
    "subtotal": ("Razem netto", "Net total"),
    "vat_summary": ("Podsumowanie VAT", "VAT summary"),
    "rate": ("Stawka", "Rate"),
    "total": ("Razem", "Total"),
    "before": ("było", "before"),
    "after": ("jest", "after"),
    "difference": ("różnica", "difference"),
    "before_correction": ("Przed korektą", "Before"),
    "after_correction": ("Po korekcie", "After"),
    "corrected_document": ("Korygowany dokument", "Corrected document"),
    "first_invoice": ("Faktura pierwotna", "Original invoice"),
    "of_day": ("z dnia", "of"),
    "reason": ("Przyczyna korekty", "Reason"),
    "reason_actual_reading": (
        "otrzymaliśmy rzeczywiste odczyty w miejsce szacowanych",
        "actual readings came in place of estimates",
    ),
    "reason_corrected_reading": (
        "operator poprawił dane pomiarowe",
        "the operator corrected the metering data",
    ),
    "reason_price": ("zmiana ceny lub stawki", "change of a price or rate"),
    "reason_terms": ("zmiana warunków umowy", "change of the contract's terms"),
    "reason_other": (
        "zmiana danych, z których liczymy rachunek (odczyty, stawki lub warunki umowy)",
        "change of the data that the bill is computed from (readings, rates or terms)",
    ),
    "unchanged": ("Pozycje bez zmian", "Items without change"),
    "excise": ("W cenie energii zawarty jest podatek akcyzowy", "The energy price includes excise duty of"),
    "excise_exempt": (
        "Sprzedaż zwolniona z akcyzy (gospodarstwo domowe).",
        "Exempt from excise duty (household).",
    ),
    "info_title": ("Ważne informacje", "Good to know"),
    "info_emergency_electricity": ("Pogotowie energetyczne", "Power emergency"),
    "info_emergency_gas": ("Pogotowie gazowe", "Gas emergency"),
    "info_emergency_text": ("bezpłatnie, całą dobę", "free of charge, day and night"),
    "info_complaint": ("Reklamacja", "Complaints"),
    "info_complaint_text": (
        (
            "Złożysz ją w EBOK, e-mailem, telefonicznie lub listem. Odpowiemy w ciągu 14 dni. "
            "Reklamacja nie wstrzymuje terminu płatności."
        ),
        (
            "File it in the portal, by e-mail, phone or letter. We answer within 14 days. A complaint "
            "does not move the due date."
        ),
    ),
    "info_dispute": ("Spór ze sprzedawcą", "Disputes"),
    "info_dispute_text": (
        (
            "Pomoże bezpłatnie Koordynator do spraw negocjacji przy Prezesie URE: "
            "koordynator.ure.gov.pl. Możesz też pójść do sądu albo do rzecznika konsumentów."
        ),
        (
            "The Negotiations Coordinator at the President of URE helps free of charge: "
            "koordynator.ure.gov.pl. You may also go to court or to a consumer ombudsman."
        ),
    ),
    "info_switch": ("Zmiana sprzedawcy", "Switching"),
    "info_switch_text": (
        "Możesz bezpłatnie zmienić sprzedawcę. Oferty porównasz w porównywarce URE: maszwybor.ure.gov.pl.",
        "You may switch supplier free of charge. Compare offers in the tool of URE: maszwybor.ure.gov.pl.",
    ),
    "info_mix": ("Pochodzenie energii", "Origin of energy"),
    "info_mix_text": (
        "Strukturę paliw i wpływ na środowisko podajemy na stronie",
        "The fuel mix and its effect on the environment are published on",
    ),
    "info_contact": ("Kontakt", "Contact"),
    "page": ("Strona", "Page"),
    "of": ("z", "of"),
    "bank": ("Bank", "Bank"),
    "estimated_note": (
        "Część ilości jest szacowana. Gdy otrzymamy rzeczywisty odczyt, różnicę rozliczymy korektą.",
        "Some quantities are estimated. An actual reading settles the difference by a correction.",
    ),
    "zone_all": ("całodobowa", "all day"),
    "zone_day": ("dzienna", "day"),
    "zone_night": ("nocna", "night"),
    "zone_peak": ("szczyt", "peak"),
    "zone_offpeak": ("pozaszczyt", "off-peak"),
    "zone_morning_peak": ("szczyt przedpołudniowy", "morning peak"),
    "zone_afternoon_peak": ("szczyt popołudniowy", "afternoon peak"),
    "zone_other": ("pozostałe godziny", "other hours"),
    "zone_capacity_hours": ("godziny opłaty mocowej", "capacity-fee hours"),
    "kind_actual_remote": ("rzeczywisty, zdalny", "actual, remote"),
    "kind_actual_manual": ("rzeczywisty, na miejscu", "actual, on site"),
    "kind_customer": ("podany przez odbiorcę", "given by the customer"),
    "kind_estimated": ("szacowany", "estimated"),
    "kind_substitute": ("zastępczy", "substitute"),
    "unit_kwh": ("kWh", "kWh"),
    "unit_m3": ("m³", "m³"),
    "unit_month": ("mies.", "months"),
    "unit_kw_month": ("kW × mies.", "kW × months"),
}


def words(language: str) -> dict[str, str]:
    """Return all words in a language (pl or en; anything else reads as Polish)."""
    column = 1 if language == "en" else 0
    return {key: texts[column] for key, texts in _WORDS.items()}
