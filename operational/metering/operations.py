"""Writes of metering that other rooms and front doors call."""

from operational.metering.landing.load import land_readings_file
from operational.metering.landing.results import IngestResult, RetryResult
from operational.metering.landing.retry import resolve_rejected_row, retry_rejected_rows

__all__ = ["IngestResult", "RetryResult", "land_readings_file", "resolve_rejected_row", "retry_rejected_rows"]
