"""When jobs run by themselves: Warsaw time, also on the days on which the clock changes.

Schedules are off until somebody switches them on in the UI: an installation that is being looked at must not
bill.
"""

from dagster import RunRequest, ScheduleEvaluationContext, SkipReason, schedule

from operational.billing.cycles import steps_due
from operational.kernel import db
from operational.kernel.calendar import WARSAW, add_months, first_of_month
from orchestration import jobs
from orchestration.partitions import TIMEZONE


def _day(context: ScheduleEvaluationContext) -> str:
    return context.scheduled_execution_time.astimezone(WARSAW).date().isoformat()


@schedule(job=jobs.ingest_readings, cron_schedule="30 5 * * *", execution_timezone=TIMEZONE)
def readings_every_morning(context: ScheduleEvaluationContext) -> RunRequest:
    """Take what came without the sensor seeing it, and try quarantined rows again."""
    return RunRequest(partition_key=_day(context))


@schedule(job=jobs.determine_intervals, cron_schedule="0 6 * * *", execution_timezone=TIMEZONE)
def intervals_every_morning(context: ScheduleEvaluationContext) -> list[RunRequest]:
    """Look for changed prices, masks and terms of this month and the one before, ahead of validation."""
    month = first_of_month(context.scheduled_execution_time.astimezone(WARSAW).date())
    return [RunRequest(partition_key=one.isoformat()) for one in (add_months(month, -1), month)]


@schedule(job=jobs.import_bank, cron_schedule="0 6 * * 1-6", execution_timezone=TIMEZONE)
def bank_every_working_morning(context: ScheduleEvaluationContext) -> RunRequest:
    """Import the statements of the day before."""
    return RunRequest(partition_key=_day(context))


@schedule(job=jobs.bill, cron_schedule="0 7 6 * *", execution_timezone=TIMEZONE)
def billing_on_the_sixth(context: ScheduleEvaluationContext) -> RunRequest:
    """Bill the month that has ended; a run outside the safety bounds waits for a person."""
    day = context.scheduled_execution_time.astimezone(WARSAW).date()
    return RunRequest(partition_key=add_months(first_of_month(day), -1).isoformat())


@schedule(job=jobs.validate_readings, cron_schedule="30 6 * * *", execution_timezone=TIMEZONE)
def validation_every_morning() -> RunRequest:
    """Check what came in the night, before anything is computed from it."""
    return RunRequest()


@schedule(job=jobs.bill, cron_schedule="0 7 * * *", execution_timezone=TIMEZONE)
def billing_by_cycles(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
    """Bill the month that has ended on the days that the steps of the billing cycles say."""
    day = context.scheduled_execution_time.astimezone(WARSAW).date()
    with db.open_session("app", actor="system:schedule") as session:
        due = [cycle for cycle, step in steps_due(session, day=day) if step == "compute"]
    if not due:
        return SkipReason(f"No billing cycle is computed on {day}.")
    month = add_months(first_of_month(day), -1).isoformat()
    return RunRequest(run_key=f"cycles:{day}", partition_key=month, tags={"cycles": ",".join(due)})


@schedule(job=jobs.interest, cron_schedule="0 5 2 * *", execution_timezone=TIMEZONE)
def interest_on_the_second() -> RunRequest:
    """Issue interest notes once a month."""
    return RunRequest()


@schedule(job=jobs.starts, cron_schedule="30 0 * * *", execution_timezone=TIMEZONE)
def starts_every_night() -> RunRequest:
    """Let contracts become active on their day, before anything is billed."""
    return RunRequest()


@schedule(job=jobs.changes, cron_schedule="40 0 * * *", execution_timezone=TIMEZONE)
def changes_every_night() -> RunRequest:
    """Let contracts whose term is over go on or end, issue debit notes, send price notices."""
    return RunRequest()


@schedule(job=jobs.dunning, cron_schedule="0 7 * * *", execution_timezone=TIMEZONE)
def dunning_every_morning() -> RunRequest:
    """Let steps fire once the payments of the day before are posted; the procedure knows which days count."""
    return RunRequest()


@schedule(job=jobs.assurance, cron_schedule="15 7 * * *", execution_timezone=TIMEZONE)
def assurance_every_morning() -> RunRequest:
    """Count what is late or lost between signature and bill."""
    return RunRequest()


@schedule(job=jobs.switching, cron_schedule="45 6 * * *", execution_timezone=TIMEZONE)
def switching_every_morning() -> RunRequest:
    """Bring every change of supplier forward that needs nobody; files go to the outbox."""
    return RunRequest()


@schedule(job=jobs.close, cron_schedule="30 7 * * *", execution_timezone=TIMEZONE)
def marts_every_morning() -> RunRequest:
    """Build the marts for the day."""
    return RunRequest()


@schedule(job=jobs.check, cron_schedule="0 8 * * *", execution_timezone=TIMEZONE)
def promises_every_morning() -> RunRequest:
    """Check every promise."""
    return RunRequest()


@schedule(job=jobs.send, cron_schedule="*/5 * * * *", execution_timezone=TIMEZONE)
def messages_every_five_minutes() -> RunRequest:
    """Deliver e-mails, SMS and notices; letters wait for their batch."""
    return RunRequest(run_config={"ops": {"deliver_messages": {"config": {"letters": False}}}})


@schedule(job=jobs.send, cron_schedule="0 12 * * 1-5", execution_timezone=TIMEZONE)
def letters_every_working_day() -> RunRequest:
    """Deliver everything and print the letters of the day in one batch."""
    return RunRequest()


@schedule(job=jobs.reconcile_messages, cron_schedule="20 * * * *", execution_timezone=TIMEZONE)
def reports_every_hour() -> RunRequest:
    """Ask the gateways what became of messages, also when nothing new goes out."""
    return RunRequest()


SCHEDULES = [
    readings_every_morning,
    intervals_every_morning,
    bank_every_working_morning,
    validation_every_morning,
    billing_on_the_sixth,
    billing_by_cycles,
    interest_on_the_second,
    starts_every_night,
    changes_every_night,
    dunning_every_morning,
    switching_every_morning,
    assurance_every_morning,
    marts_every_morning,
    promises_every_morning,
    messages_every_five_minutes,
    letters_every_working_day,
    reports_every_hour,
]
