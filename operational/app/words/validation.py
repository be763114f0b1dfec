"""Words of validation, estimation, bulk resolving, holds and billing cycles."""

from typing import Any

from flask_babel import lazy_gettext as _l

from operational.app.words.marking import marked as _n

LABELS: dict[str, dict[str, Any]] = {
    "exception": {
        "energy_without_contract": _l("Energy on days without a contract"),
        "refused_rows": _l("Rows of unknown points or meters"),
        "gap_in_quantities": _l("Days that nothing measures"),
        "register_falls": _l("The register falls"),
        "rollover_accepted": _l("Roll-over of the register"),
        "volume_differs": _l("Volume and registers differ"),
        "zones_differ": _l("Zones and total register differ"),
        "profile_differs": _l("Intervals and register differ"),
        "interval_count_wrong": _l("Wrong number of intervals"),
        "use_above_power": _l("More than the power allows"),
        "use_above_last_year": _l("Far more than a year ago"),
        "zero_use_too_long": _l("No use for long"),
        "customer_below_last": _l("Customer's reading below the last"),
        "customer_above_forecast": _l("Customer's reading far above the forecast"),
        "estimated_too_often": _l("Estimated again and again"),
        "no_actual_reading": _l("No actual reading for a year"),
        "corrected_by_distributor": _l("Corrected by the distributor"),
        "factor_out_of_range": _l("Conversion factor out of range"),
        "factor_not_monthly": _l("Conversion factor of no whole month"),
        "export_without_prosumer": _l("Energy fed in by no prosumer"),
    },
    "exception_cure": {
        "energy_without_contract": _l(
            "Enter the contract, or accept when another seller supplied the point."
        ),
        "refused_rows": _l("Enter what the rows name, then try them again in the quarantine."),
        "gap_in_quantities": _l("Ask the distributor for the quantity, or correct the dates of the meter."),
        "register_falls": _l("Set the reading aside, so that the use is estimated, or enter the exchange."),
        "volume_differs": _l("Check the multiplier and the readings; ask for a corrected file."),
        "zones_differ": _l("Check the readings of the zones; ask for an actual reading."),
        "profile_differs": _l("Ask the distributor which of the two is right."),
        "interval_count_wrong": _l("Ask the distributor for the missing intervals."),
        "use_above_power": _l("Check the reading and the multiplier; accept when the use is right."),
        "use_above_last_year": _l("Check the reading; accept when the use is right."),
        "zero_use_too_long": _l("Ask whether the place is empty; the meter may stand still."),
        "customer_below_last": _l("Ask the customer for a photograph, or set the reading aside."),
        "customer_above_forecast": _l("Ask the customer for a photograph; accept when it is right."),
        "estimated_too_often": _l("The distributor was asked for an actual reading."),
        "no_actual_reading": _l("The distributor was asked for an actual reading."),
        "factor_out_of_range": _l("Compare with the distributor's factors and enter a new version."),
        "factor_not_monthly": _l("Compare with the distributor's factors and enter a new version."),
        "export_without_prosumer": _l("Ask about an installation; enter the prosumer, or accept."),
    },
    "suggestion": {
        "accept": _l("accept"),
        "estimate": _l("set the reading aside"),
        "request_reading": _l("ask the distributor"),
        "check_data": _l("check the data"),
    },
    "bulk_action": {
        "suggestion": _l("do what is suggested"),
        "accept": _l("accept and bill"),
        "estimate": _l("set readings aside"),
        "request_reading": _l("ask the distributors"),
        "fixed": _l("mark as corrected"),
        "dismiss": _l("dismiss"),
    },
    "bulk_effect": {
        "accept": _l("accepted"),
        "estimate": _l("reading set aside"),
        "request_reading": _l("distributor asked"),
        "fixed": _l("marked as corrected"),
        "dismiss": _l("dismissed"),
    },
    "bulk_obstacle": {
        "closed": _l("closed already"),
        "no_suggestion": _l("the data must be checked first"),
        "cannot_compute": _l("the bill cannot be computed"),
        "no_reading": _l("no reading to set aside"),
        "no_point": _l("no supply point"),
        "must_accept": _l("holds a bill: accept it or mend it"),
    },
    "resolution": {"automatic": _l("Accepted by itself")},
    "validation_rule": {
        "V1": _l("Known point and meter, contract in force"),
        "V2": _l("Periods without a gap"),
        "V3": _l("Register does not fall"),
        "V4": _l("Energy = difference × multiplier"),
        "V5": _l("Zones add up to the total register"),
        "V6": _l("Profile = register"),
        "V7": _l("Number of intervals of the day"),
        "V8": _l("Unusual use"),
        "V9": _l("Reading of the customer"),
        "V10": _l("Too long without an actual reading"),
        "V11": _l("Correction by the distributor"),
        "V12": _l("Gas conversion factor"),
        "V13": _l("Energy fed in by a point that is no prosumer"),
    },
    "validation_action": {
        "reject": _l("refused at the gate"),
        "hold": _l("holds the period"),
        "review": _l("somebody looks"),
        "automatic": _l("by itself"),
        "request_reading": _l("asks the distributor"),
    },
    "zone": {"total": _l("total of the meter")},
    "cycle_step": {
        "readings": _l("Readings"),
        "validate": _l("Validation"),
        "compute": _l("Computation"),
        "approve": _l("Approval"),
        "issue": _l("Issue"),
        "deliver": _l("Delivery"),
    },
    "step_waits": {
        "readings": _l("waits for the distributor"),
        "validate": _l("waits for the exceptions queue"),
        "compute": _l("waits for data or for validation"),
        "approve": _l("waits for a person"),
        "issue": _l("waits for approval or is parked"),
        "deliver": _l("waits for the sending"),
    },
    "billing_status": {
        "not_due": _l("Not due yet"),
        "not_issued": _l("Computed, not issued"),
        "blocked": _l("Blocked"),
    },
    "permission": {
        "readings.write": _l("Enter readings and exchange meters"),
        "documents.duplicate": _l("Issue duplicates of documents"),
    },
    "table": {
        "validation_rules": _l("Validation rule"),
        "reading_requests": _l("Request for a reading"),
        "customer_readings": _l("Reported reading"),
        "billing_cycles": _l("Billing cycle"),
        "billing_cycle_steps": _l("Step of a billing cycle"),
    },
}

TONES: dict[str, dict[str, str]] = {
    "step_state": {"done": "ok", "late": "bad", "waiting": "warn", "planned": ""},
}

ERRORS: dict[str, Any] = {
    "duplicate_without_reason": _l("Write who asked for the duplicate and why."),
    "duplicate_too_early": _l("A duplicate cannot bear a day before that of its document."),
    "reason_missing": _l("Write why: the reason is kept with every exception that is closed."),
    "no_exception_chosen": _l("No exception is chosen. Tick at least one in the queue."),
    "exceptions_changed": _l(
        "Some of the chosen exceptions were changed meanwhile. Nothing was done; look again."
    ),
    "unknown_bulk_action": _l("This is no way to deal with exceptions. Choose an action of the list."),
    "hold_without_reason": _l("Write why the billing is held; the reason is shown in the queue."),
    "hold_in_the_past": _l("The hold would end before it begins. Choose a later day."),
    "nobody_to_hold": _l(
        "No customer and no supply point has this number. Check it in the list of customers."
    ),
    "no_run_to_repeat": _l("The month has no approved run. Make and approve a run first."),
    "missing_validation_parameter": _l(
        "A limit of the validation rules has no value on this day. Enter one."
    ),
    "reading_in_future": _l("This day has not come yet. Give the day on which the meter was read."),
    "reading_known": _l("A reading of this day is known already. Nothing has to be reported."),
    "report_below_last": _l(
        "The value is below the last reading, or more than the meter can show. Check the digits "
        "before the comma."
    ),
    "report_above_forecast": _l(
        "The value is far above the expected one. Check it, and confirm it when it is right."
    ),
    "reading_exceeds_register": _l("A value has more digits than the register shows. Check the reading."),
    "no_value": _l("No value was given. Fill in at least one register."),
    "wrong_date": _l("A date is missing or no date. Use the form 2026-07-31."),
}

SENTENCES: tuple[str, ...] = (
    _n("The reading of %(day)s is %(value)s, below %(last)s of %(last_day)s."),
    _n("The register rolled over from %(last)s to %(value)s; the use is %(use)s."),
    _n("%(energy)s were measured from %(start)s to %(end)s, of which %(days)s days have no contract."),
    _n("%(use)s kWh in %(days)s days are more than %(power)s kW allow."),
    _n("%(use)s a day are more than %(times)s times the %(before)s a day of a year ago."),
    _n("No use since %(day)s, %(days)s days."),
    _n("The customer reports a use of %(use)s, the forecast is %(expected)s."),
    _n("%(count)s estimates in a row since the actual reading of %(day)s."),
    _n("The last actual reading is of %(day)s."),
    _n("%(kwh)s kWh were fed in from %(start)s to %(end)s."),
    _n("%(day)s has %(found)s intervals instead of %(expected)s."),
    _n("The intervals give %(sum)s kWh, the registers %(register)s kWh."),
    _n("Area %(area)s from %(start)s to %(end)s: %(factor)s kWh per cubic metre."),
)
