"""All SQL of the dashboards: read-only, on schema `marts`, kept for a minute."""

from __future__ import annotations

import os
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

CACHE_SECONDS = 60


class WarehouseUnreachable(RuntimeError):
    """The dashboards know no database; the message says how to give them one."""


# What a page tells kindly instead of showing its insides.
FAILURES = (WarehouseUnreachable, SQLAlchemyError)


@st.cache_resource
def _engine() -> Engine:
    url = os.environ.get("IRIS_BI_DSN")
    if not url:
        raise WarehouseUnreachable(
            "IRIS_BI_DSN is not set: start the dashboards with `iris up`, "
            "or set it to the address of a database (postgresql://...) with a read-only role."
        )
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_pre_ping=True,
        connect_args={"options": "-c default_transaction_read_only=on -c statement_timeout=15000"},
    )


@st.cache_data(ttl=CACHE_SECONDS, show_spinner=False)
def read(query: str, **parameters: Any) -> pd.DataFrame:
    """Run one SELECT on the marts; amounts stay Decimal."""
    with _engine().connect() as connection:
        result = connection.execute(text(query), parameters)
        return pd.DataFrame(result.fetchall(), columns=list(result.keys()))


def marts_exist() -> bool:
    """Tell whether dbt has built the marts in this database."""
    return bool(read("select to_regclass('marts.rpt_as_of') is not null as found")["found"].iloc[0])


def as_of() -> pd.Series:
    """Return what the marts stand on: business day, moment of knowledge, last billed day, computation."""
    return read("select business_day, known_at, billed_through, computation_id from marts.rpt_as_of").iloc[0]


def overview() -> pd.DataFrame:
    """Return one row per month of issue, oldest first."""
    return read("select * from marts.rpt_overview_monthly order by report_month")


def checks() -> pd.Series:
    """Return how many checks there are and how many of them found a difference."""
    query = "select count(*) as checks, count(*) filter (where not is_reconciled) as broken"
    return read(f"{query} from marts.rpt_month_reconciliation").iloc[0]


def receivables_summary(segment: str) -> pd.DataFrame:
    """Return one row per as-of day, oldest first: open, overdue, billed in 90 days, due and paid in time."""
    return read(
        """
        select as_of_date, sum(open_amount) as open_amount, sum(overdue_amount) as overdue_amount,
               sum(billed_90_days) as billed_90_days, sum(due_amount) as due_amount,
               sum(paid_amount) as paid_amount
        from marts.rpt_receivables_by_segment
        where :segment in ('all', customer_kind)
        group by as_of_date order by as_of_date
        """,
        segment=segment,
    )


def receivables_by_month_end(segment: str) -> pd.DataFrame:
    """Return open amounts per day and ageing bucket for a customer kind or `all`."""
    return read(
        """
        select ageing.as_of_date, ageing.ageing_bucket, sum(ageing.open_amount) as open_amount
        from marts.fct_receivables_by_month_end as ageing
        inner join marts.dim_customers as customers on ageing.customer_id = customers.customer_id
        where :segment in ('all', customers.customer_kind)
        group by ageing.as_of_date, ageing.ageing_bucket
        order by ageing.as_of_date
        """,
        segment=segment,
    )


def largest_debtors(segment: str, limit: int = 20) -> pd.DataFrame:
    """Return the customers with the highest overdue amounts, their share and arrears at seven month ends."""
    return read(
        """
        with debtors as (
            select balances.customer_id, customers.customer_number, customers.customer_name,
                   customers.customer_kind, balances.overdue_amount, balances.ledger_balance,
                   balances.oldest_days_overdue,
                   balances.overdue_amount / sum(balances.overdue_amount) over () as share
            from marts.fct_customer_balances as balances
            inner join marts.dim_customers as customers on balances.customer_id = customers.customer_id
            where balances.overdue_amount > 0 and :segment in ('all', customers.customer_kind)
            order by balances.overdue_amount desc, customers.customer_number
            limit :limit
        ),
        days as (
            select distinct as_of_date from marts.rpt_receivables_by_segment
            order by as_of_date desc limit 7
        ),
        arrears as (
            select customer_id, as_of_date, sum(open_amount) as amount
            from marts.fct_receivables_by_month_end
            where ageing_bucket <> 'current' and customer_id in (select customer_id from debtors)
            group by customer_id, as_of_date
        )
        select debtors.customer_number, debtors.customer_name, debtors.customer_kind,
               debtors.overdue_amount, debtors.ledger_balance, debtors.oldest_days_overdue, debtors.share,
               array_agg(coalesce(arrears.amount, 0)::float8 order by days.as_of_date) as trend
        from debtors cross join days
        left join arrears
            on debtors.customer_id = arrears.customer_id and days.as_of_date = arrears.as_of_date
        group by debtors.customer_number, debtors.customer_name, debtors.customer_kind,
                 debtors.overdue_amount, debtors.ledger_balance, debtors.oldest_days_overdue, debtors.share
        order by debtors.overdue_amount desc, debtors.customer_number
        """,
        segment=segment,
        limit=limit,
    )


def cash(first: date, last: date) -> pd.DataFrame:
    """Return one row per day with money moved, bills due or refunds, oldest first."""
    return read(
        """
        select business_date, received_amount, unmatched_amount, paid_out_amount, due_amount, refunds_amount
        from marts.rpt_cash_by_day where business_date > :first and business_date <= :last
        order by business_date
        """,
        first=first,
        last=last,
    )


def interest_totals(segment: str) -> pd.Series:
    """Return the interest of overdue bills: run up, asked for, waived, waiting (PLN)."""
    return read(
        """
        select coalesce(sum(accrued_amount), 0) as accrued_amount, coalesce(sum(asked_amount), 0) as
        asked_amount, coalesce(sum(waived_amount), 0) as waived_amount, coalesce(sum(waiting_amount), 0) as
        waiting_amount from marts.fct_interest_accrued where :segment in ('all', customer_kind)
        """,
        segment=segment,
    ).iloc[0]


def interest_by_month(segment: str) -> pd.DataFrame:
    """Return one row per month with notes or waivers, oldest first."""
    return read(
        """
        select report_month, sum(interest_amount) as interest_amount,
               sum(compensation_amount) as compensation_amount, sum(settled_amount) as settled_amount,
               sum(waived_amount) as waived_amount, sum(notes) as notes
        from marts.rpt_interest_by_month
        where :segment in ('all', customer_kind)
        group by report_month order by report_month
        """,
        segment=segment,
    )


def completeness(medium: str) -> pd.DataFrame:
    """Return supply-point months by month and billing state."""
    return read(
        """
        select delivery_month, billing_status, count(*) as points,
               sum(amount_at_stake) as amount_at_stake, sum(energy_kwh) as energy_kwh
        from marts.fct_supply_point_months
        where :medium in ('all', medium)
        group by delivery_month, billing_status
        order by delivery_month
        """,
        medium=medium,
    )


def causes(medium: str) -> pd.DataFrame:
    """Return why supply-point months have no bill, with zloty at stake."""
    return read(
        """
        select coalesce(cause, billing_status) as cause, count(*) as points,
               sum(amount_at_stake) as amount_at_stake
        from marts.fct_supply_point_months
        where billing_status in ('blocked', 'not_issued') and :medium in ('all', medium)
        group by 1 order by 3 desc, 2 desc
        """,
        medium=medium,
    )


def estimation_errors(medium: str) -> pd.DataFrame:
    """Return estimates by method: how many, how many an actual reading settled, and the error in kWh."""
    return read(
        """
        select method, count(*) as estimates, count(actual_kwh) as settled,
               coalesce(sum(estimated_kwh) filter (where actual_kwh is not null), 0) as estimated_kwh,
               coalesce(sum(actual_kwh), 0) as actual_kwh,
               coalesce(sum(abs(error_kwh)), 0) as absolute_error_kwh,
               coalesce(sum(error_kwh), 0) as error_kwh
        from marts.fct_estimation_errors
        where :medium in ('all', medium)
        group by method order by estimates desc, method
        """,
        medium=medium,
    )


def largest_estimation_errors(medium: str, limit: int = 20) -> pd.DataFrame:
    """Return the settled estimates that were furthest from the reading."""
    return read(
        """
        select p.supply_point_code, e.tariff_group, e.method, e.estimated_kwh, e.actual_kwh, e.error_kwh
        from marts.fct_estimation_errors e join marts.dim_supply_points p using (supply_point_id)
        where e.actual_kwh is not null and :medium in ('all', e.medium)
        order by abs(e.error_kwh) desc, e.scope_key limit :limit
        """,
        medium=medium,
        limit=limit,
    )


def energy_balance(medium: str) -> pd.DataFrame:
    """Return delivered, billed and unbilled kWh per medium; the difference must be zero."""
    return read(
        """
        select medium, sum(delivered_kwh) as delivered_kwh, sum(billed_kwh) as billed_kwh,
               sum(unbilled_kwh) as unbilled_kwh,
               sum(difference_kwh) as difference_kwh,
               count(*) filter (where difference_kwh <> 0) as points_that_differ
        from marts.fct_energy_balance
        where :medium in ('all', medium)
        group by medium order by medium
        """,
        medium=medium,
    )


def reconciliation() -> pd.DataFrame:
    """Return every check of every month."""
    return read("select * from marts.rpt_month_reconciliation order by report_month desc, check_code")


def balance_differences() -> pd.DataFrame:
    """Return customers whose ledger balance is not documents minus payments, or not their open items."""
    return read(
        """
        select customers.customer_number, balances.ledger_balance, balances.warehouse_balance,
               balances.open_items_balance
        from marts.fct_customer_balances as balances
        inner join marts.dim_customers as customers on balances.customer_id = customers.customer_id
        where balances.ledger_balance <> balances.warehouse_balance
           or balances.ledger_balance <> balances.open_items_balance
        order by customers.customer_number
        """
    )


def dunning_funnel(segment: str) -> pd.DataFrame:
    """Return open dunning cases and their overdue amounts by stage, in the order of the stages."""
    return read(
        """
        select stage, min(stage_order) as stage_order, sum(cases) as cases,
               sum(overdue_amount) as overdue_amount
        from marts.rpt_dunning_funnel
        where :segment in ('all', customer_kind)
        group by stage order by 2
        """,
        segment=segment,
    )


def dunning_steps(segment: str) -> pd.DataFrame:
    """Return the steps that fired by month and kind, with what was asked for and collected since."""
    return read(
        """
        select fired_month, step_kind, count(*) as steps, sum(total_amount) as total_amount,
               sum(collected_amount) as collected_amount
        from marts.fct_dunning_steps
        where :segment in ('all', customer_kind)
        group by fired_month, step_kind order by fired_month desc, min(step_position)
        """,
        segment=segment,
    )


def campaign_results() -> pd.DataFrame:
    """Return what each side of a campaign brought, cost and earned, the newest campaign first."""
    return read(
        """
        select campaign_code, side, members, allowed, contacted, leads, offers, accepted, contracts,
               cost_amount, expected_margin_amount, earned_margin_amount
        from marts.rpt_campaign_results order by starts_on desc, campaign_code, side
        """
    )


def sales_funnel(segment: str) -> pd.DataFrame:
    """Return how far the leads of each month came."""
    return read(
        """
        select received_month, sum(leads) as leads, sum(contacted) as contacted, sum(qualified) as qualified,
               sum(offered) as offered, sum(won) as won
        from marts.rpt_sales_funnel
        where :segment in ('all', customer_kind)
        group by received_month order by received_month desc
        """,
        segment=segment,
    )


def switching_stages(medium: str) -> pd.DataFrame:
    """Return the cases that come in by state, in the order of the way."""
    return read(
        """
        select status, count(*) as cases
        from marts.fct_switching_cases
        where direction = 'in' and :medium in ('all', medium)
        group by status
        order by array_position(array[
          'DRAFT', 'DOCS_INCOMPLETE', 'READY', 'SENT', 'RESENT', 'ACK', 'VERIFIED_OK', 'REJECTED',
          'COLLISION', 'SCHEDULED', 'ACTIVE', 'ENDING', 'CLOSED', 'CANCELLED_BY_CUSTOMER',
          'WITHDRAWN'], status)
        """,
        medium=medium,
    )


def switching_days(medium: str) -> pd.DataFrame:
    """Return by distributor the median days at each station, and the energy of late starts in kWh."""
    return read(
        """
        select dso_code, count(*) as cases,
               percentile_cont(0.5) within group (order by paper_days) as paper_days,
               percentile_cont(0.5) within group (order by notify_days) as notify_days,
               percentile_cont(0.5) within group (order by verification_days) as verification_days,
               percentile_cont(0.5) within group (order by start_days) as start_days,
               sum(delayed_kwh) as delayed_kwh
        from marts.fct_switching_cases
        where direction = 'in' and :medium in ('all', medium)
        group by dso_code order by cases desc
        """,
        medium=medium,
    )


def switching_rejections() -> pd.DataFrame:
    """Return the reasons of rejections, the most frequent first, with how many were put right."""
    return read(
        """
        select rejection_code, sum(rejections) as rejections, sum(remedied_cases) as remedied_cases
        from marts.rpt_switching_rejections group by rejection_code order by 2 desc, 1
        """
    )


def switching_risks(medium: str) -> pd.DataFrame:
    """Return open cases whose deadline is past or within three days, the most urgent first."""
    return read(
        """
        select case_number, customer_number, dso_code, status, deadline_on, days_to_deadline
        from marts.fct_switching_cases
        where days_to_deadline <= 3 and :medium in ('all', medium)
        order by days_to_deadline, case_number limit 200
        """,
        medium=medium,
    )


def switching_starts(medium: str) -> pd.DataFrame:
    """Return how many points start and leave by month."""
    return read(
        """
        select date_trunc('month', happens_on)::date as starts_month,
               count(*) filter (where direction = 'in') as starts,
               count(*) filter (where direction = 'out') as leaves
        from marts.fct_switching_cases
        where status not in ('CANCELLED_BY_CUSTOMER', 'WITHDRAWN')
          and not (direction = 'in' and status = 'CLOSED') and :medium in ('all', medium)
        group by 1 order by 1
        """,
        medium=medium,
    )
