"""Words of products: kinds, states, rules, what is wrong with a version."""

from typing import Any

from flask_babel import lazy_gettext as _l

LABELS: dict[str, dict[str, Any]] = {
    "permission": {
        "products.edit": _l("Write products, price lists and promotions"),
        "products.approve": _l("Approve products, price lists and promotions of others"),
        "products.below_floor": _l("Approve prices below the floor"),
    },
    "product_kind": {
        "fix": _l("Fixed price"),
        "indexed": _l("Indexed price"),
        "dynamic": _l("Dynamic price"),
        "green": _l("Green energy"),
        "gas": _l("Gas"),
        "service": _l("Service or add-on"),
        "bundle": _l("Bundle"),
    },
    "version_status": {
        "draft": _l("Draft"),
        "waiting": _l("Waits for approval"),
        "approved": _l("Approved"),
        "withdrawn": _l("Withdrawn"),
    },
    "sale_channel": {
        "office": _l("Office"),
        "phone": _l("Telephone"),
        "web": _l("Website"),
        "field": _l("Field sales"),
        "partner": _l("Partner"),
    },
    "leaving_formula": {
        "none": _l("No charge"),
        "fixed": _l("Fixed amount"),
        "per_month_left": _l("Amount for each month left"),
        "per_mwh_left": _l("Amount for each MWh not taken"),
        "percent_of_energy_left": _l("Share of the energy not taken"),
    },
    "leaving_vat": {"outside": _l("outside VAT (debit note)"), "standard": _l("with VAT (invoice)")},
    "version_field": {
        "valid_from": _l("May be signed from"),
        "valid_to": _l("Signed before"),
        "period_months": _l("Period, months"),
        "guarantee_months": _l("Price guarantee, months"),
        "floor_pln_per_mwh": _l("Least margin, zł/MWh"),
        "variant": _l("Variant"),
        "index_code": _l("Index"),
        "margin": _l("Margin, zł/kWh"),
        "multiplier": _l("Multiplier"),
        "cap_pln_per_mwh": _l("Cap, zł/MWh"),
        "adds_excise": _l("Plus excise"),
        "kind": _l("Kind"),
        "code": _l("Code"),
        "name_pl": _l("Name on the Polish bill"),
        "name_en": _l("Name on the English bill"),
        "value": _l("Value"),
        "months": _l("Months"),
        "rules": _l("Who may buy it"),
        "formula": _l("Leaving early"),
        "amount": _l("Leaving early: amount or share"),
        "most_pln": _l("Leaving early: at most"),
        "free_months": _l("Leaving early: free months at the end"),
        "vat": _l("Leaving early: VAT"),
        "legal_basis": _l("Leaving early: basis"),
    },
    "product_problem": {
        "missing_value": _l("Fill this in."),
        "not_a_number": _l("This is no number. Write it like 0,5020."),
        "not_whole": _l("Write a whole number."),
        "not_a_day": _l("This is no day. Choose one from the calendar."),
        "below_least": _l("The number is too small."),
        "not_positive": _l("Write a number above zero."),
        "share_above_one": _l("A share is at most 1 (100 per cent). Write 0,05 for 5 per cent."),
        "unknown_kind": _l("Choose one of the list."),
        "kind_does_not_fit": _l("This kind of product is not sold for this medium."),
        "range_upside_down": _l("The upper bound must lie above the lower one."),
        "ends_before_it_begins": _l("The end must lie after the beginning."),
        "end_outside_sale": _l("Choose a day after %(from)s that is not later than the known end of sale."),
        "product_code_form": _l("Use 2 to 30 capital letters, digits and hyphens."),
        "product_code_taken": _l("There is a product with the code %(code)s already."),
        "promotion_code_form": _l("Use 2 to 30 capital letters, digits and hyphens."),
        "promotion_overlaps": _l("A promotion with the code %(code)s exists on some of these days."),
        "code_twice": _l("The code %(code)s stands twice."),
        "unknown_group": _l("No distributor has the tariff group %(group)s."),
        "wrong_zone": _l("Group %(group)s has no zone %(zone)s. Its zones: %(zones)s."),
        "wrong_unit": _l("This charge is not priced per %(unit)s."),
        "overlapping_prices": _l(
            "Another row has a price for %(day)s already. End it before this one begins."
        ),
        "overlapping_version": _l(
            "Version %(number)s is sold from %(from)s to %(to)s. End its sale first, or choose other days."
        ),
        "overlapping_version_open": _l(
            "Version %(number)s is sold from %(from)s on. End its sale first, or choose other days."
        ),
        "no_purchase_cost": _l("The purchase cost of energy is not known for these days. Add it."),
        "no_energy_price": _l("There is no price of energy yet."),
        "price_hole": _l(
            "There is no price of energy for %(group)s, zone %(zone)s, from %(from)s to %(to)s."
        ),
        "price_hole_open": _l("There is no price of energy for %(group)s, zone %(zone)s, from %(from)s on."),
        "formula_hole": _l("There is no formula from %(from)s to %(to)s."),
        "formula_hole_open": _l("There is no formula from %(from)s on."),
        "nothing_sold": _l("A service needs at least one row of services."),
        "bundle_without_service": _l("A bundle needs at least one service beside the energy."),
        "no_sale_rule": _l("Nobody may buy it: add a sale rule."),
        "below_floor": _l(
            "%(group)s: margin %(margin)s zł/MWh from %(day)s lies below the floor of %(floor)s. "
            "Raise the price, or give a reason and let a person with the permission approve it."
        ),
    },
    "reference_table": {
        "purchase_costs": _l("Purchase costs of energy"),
        "price_floors": _l("Floors of the margin"),
    },
    "column": {
        "component": _l("Component"),
        "profile_code": _l("Profile (beginning of the tariff group)"),
        "floor_pln_per_mwh": _l("Least margin, zł/MWh"),
    },
}

TONES: dict[str, dict[str, str]] = {
    "version_status": {"draft": "", "waiting": "warn", "approved": "ok", "withdrawn": "bad"},
}

ERRORS: dict[str, Any] = {
    "product_version_invalid": _l("The version has mistakes. Correct the fields that are marked."),
    "own_version": _l("You wrote or handed in this version yourself. Ask another person to approve it."),
    "below_floor_not_allowed": _l(
        "A price lies below the floor. Somebody with the permission for such prices must approve it."
    ),
    "version_overlaps": _l("Another version was approved for these days meanwhile. Reload the page."),
    "version_state": _l(
        "The state of the version does not allow this. Copy it to a new version to change it."
    ),
    "unknown_version": _l("There is no such version. Choose one of the list."),
    "unknown_promotion": _l("No such promotion holds on that day. Check code and dates."),
    "unknown_promotion_record": _l("There is no such promotion. Choose one of the list."),
    "promotion_not_allowed": _l("This promotion is not for this contract: its condition is not fulfilled."),
    "promotion_state": _l("Only a promotion that waits can be approved."),
    "missing_purchase_cost": _l("The purchase cost of energy is not known for these days. Add it."),
    "missing_parameter": _l("A rule of the calculation has no value on that day. Add it."),
}
