"""Writes of metering that other rooms and front doors call."""

from operational.metering.exchange import ExchangeError, NewRegister, exchange_meter
from operational.metering.landing.load import land_readings_file
from operational.metering.landing.results import IngestResult, RetryResult
from operational.metering.landing.retry import resolve_rejected_row, retry_rejected_rows

__all__ = [
    "ExchangeError",
    "IngestResult",
    "NewRegister",
    "RetryResult",
    "exchange_meter",
    "land_readings_file",
    "resolve_rejected_row",
    "retry_rejected_rows",
]
