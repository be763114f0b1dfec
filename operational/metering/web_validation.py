"""Pages of validation and editing: rules, passes, a clerk's reading, the exchange of a meter."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.app.labels import error_text
from operational.kernel.errors import DomainError
from operational.kernel.money import parse_amount
from operational.metering import operations, queries
from operational.metering.validation import queries as reads
from operational.metering.web import pages


class WrongField(DomainError):
    """A field of the form that cannot be read."""


@pages.get("/metering/validation")
def validation() -> ResponseReturnValue:
    """Show the rules with their limits and findings, the last passes, and readings asked of distributors."""
    session = support.database()
    return render_template(
        "metering/validation.html", rules=reads.rule_rows(session, today=support.today()),
        passes=reads.passes(session), requests=reads.reading_requests(session),
    )  # fmt: skip


@pages.post("/metering/validation")
@support.acts_once
def run_validation() -> ResponseReturnValue:
    """Take reported readings, then check what is new, or every point."""
    session = support.database()
    operations.take_reports(session, as_of=support.now())
    result = operations.validate(session, as_of=support.now(), is_full=request.form.get("full") == "1")
    flash(
        _("Looked at %(points)s points: %(opened)s new findings, %(settled)s settled by themselves.",
          points=result.points, opened=result.opened, settled=result.settled), "ok",
    )  # fmt: skip
    return redirect(url_for("metering.validation"))


@pages.get("/metering/requests.csv")
def requests_csv() -> ResponseReturnValue:
    """Give the open requests for readings as CSV for the distributors: semicolons, UTF-8 with a mark."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(["distributor", "supply_point", "wanted_by", "reason"])
    for row in reads.reading_requests(support.database(), limit=100_000):
        writer.writerow([row.dso, row.supply_point_code, row.wanted_by, row.reason])
    return Response(
        buffer.getvalue().encode("utf-8-sig"), mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="reading-requests.csv"'},
    )  # fmt: skip


def _point(public_id: str) -> queries.SupplyPoint:
    return support.found_or_404(queries.supply_point(support.database(), public_id=public_id))


def _registers(point: queries.SupplyPoint, day: date) -> list[reads.RegisterRow]:
    return reads.registers_of_point(support.database(), supply_point_id=point.id, day=day)


@pages.get("/supply-points/<uuid:public_id>/reading")
def new_reading(public_id: str) -> ResponseReturnValue:
    """Offer the form for a reading that a customer gave by telephone or letter."""
    point = _point(str(public_id))
    rows = _registers(point, support.today())
    return render_template("metering/new_reading.html", point=point, registers=rows, given={}, asks="")


@pages.post("/supply-points/<uuid:public_id>/reading")
@support.acts_once
def create_reading(public_id: str) -> ResponseReturnValue:
    """Check the values; take them when they are plausible, else say why or ask to confirm."""
    point, session = _point(str(public_id)), support.database()
    day = _day("day")
    rows = _registers(point, day)
    values = {
        row.id: _value(f"value-{row.id}") for row in rows if request.form.get(f"value-{row.id}", "").strip()
    }
    if not values:
        raise WrongField("no_value", "No value was given. Fill in at least one register.")
    try:
        _report(point.id, day, values)
    except operations.ReportRefused as refused:
        if refused.code != "report_above_forecast":
            raise
        return render_template(
            "metering/new_reading.html", point=point, registers=rows, given=request.form,
            asks=error_text(refused),
        )  # fmt: skip
    taken = operations.take_reports(session, as_of=support.now())
    operations.validate(session, as_of=support.now())
    flash(_("Readings taken: %(count)s.", count=taken.taken), "ok")
    return redirect(url_for("metering.supply_point", public_id=public_id))


def _report(supply_point_id: int, day: date, values: dict[int, Decimal]) -> None:
    """Keep all values or none; raises ReportRefused."""
    session = support.database()
    attempt = session.begin_nested()
    try:
        for register_id, value in values.items():
            operations.report_reading(
                session, report=operations.Report(supply_point_id, register_id, day, value), customer_id=None,
                channel="clerk", is_confirmed=request.form.get("confirmed") == "1", as_of=support.now(),
            )  # fmt: skip
    except operations.ReportRefused:
        attempt.rollback()
        raise
    attempt.commit()


@pages.get("/supply-points/<uuid:public_id>/exchange")
def new_exchange(public_id: str) -> ResponseReturnValue:
    """Offer the form for the exchange of the meter."""
    point = _point(str(public_id))
    return render_template(
        "metering/new_exchange.html", point=point, registers=_registers(point, support.today())
    )


@pages.post("/supply-points/<uuid:public_id>/exchange")
@support.acts_once
def create_exchange(public_id: str) -> ResponseReturnValue:
    """Exchange the meter: last values of the old one, first values of the new one, zone by zone."""
    point, session, first_day = _point(str(public_id)), support.database(), _day("first_day")
    last_day = first_day - timedelta(days=1)
    old = _registers(point, last_day)
    finals = {row.id: _value(f"final-{row.id}") for row in old}
    new = [
        operations.NewRegister(
            row.zone_code,
            row.unit,
            int(_value("digits")),
            _value("multiplier") if row.zone_code else Decimal(1),
        )
        for row in old
    ]
    operations.record_exchange_readings(
        session, supply_point_id=point.id, values=finals, reading_date=last_day, reason="removal",
        as_of=support.now(),
    )  # fmt: skip
    operations.exchange_meter(
        session, supply_point_id=point.id, serial=support.form_text("serial", 40).strip(), registers=new,
        first_day=first_day, as_of=support.now(),
    )  # fmt: skip
    starts = {row.zone_code: _value(f"initial-{row.id}") for row in old}
    initials = {row.id: starts[row.zone_code] for row in _registers(point, first_day)}
    operations.record_exchange_readings(
        session, supply_point_id=point.id, values=initials, reading_date=last_day, reason="installation",
        as_of=support.now(),
    )  # fmt: skip
    operations.validate(session, as_of=support.now())
    flash(_("The meter was exchanged."), "ok")
    return redirect(url_for("metering.supply_point", public_id=public_id))


def _day(name: str) -> date:
    try:
        return date.fromisoformat(support.form_text(name, 10).strip())
    except ValueError as error:
        raise WrongField("wrong_date", "A date is missing or no date. Use the form 2026-07-31.") from error


def _value(name: str) -> Decimal:
    return parse_amount(support.form_text(name, 20).strip())
