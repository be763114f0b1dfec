"""Writes of metering that other rooms and front doors call."""

from operational.metering.exchange import (
    ExchangeError,
    NewRegister,
    exchange_meter,
    record_exchange_readings,
)
from operational.metering.landing.load import land_readings_file
from operational.metering.landing.results import IngestResult, RetryResult
from operational.metering.landing.retry import resolve_rejected_row, retry_rejected_rows
from operational.metering.reporting import Report, ReportRefused, TakeResult, report_reading, take_reports
from operational.metering.validation.editing import request_readings, set_aside
from operational.metering.validation.passes import ValidationResult, validate

__all__ = [
    "ExchangeError",
    "IngestResult",
    "NewRegister",
    "Report",
    "ReportRefused",
    "RetryResult",
    "TakeResult",
    "ValidationResult",
    "exchange_meter",
    "land_readings_file",
    "record_exchange_readings",
    "report_reading",
    "request_readings",
    "resolve_rejected_row",
    "retry_rejected_rows",
    "set_aside",
    "take_reports",
    "validate",
]
