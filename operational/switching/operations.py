"""Writes of switching that other rooms, pages and jobs may call."""

from operational.switching.limits import limits_on
from operational.switching.losses import let_go, object_to
from operational.switching.night import NightResult, run_night
from operational.switching.opening import follow_requests, open_cases
from operational.switching.papers import prepare, record_signature
from operational.switching.receiving import Received, receive_file
from operational.switching.remedies import (
    ask_for_papers,
    cancel,
    close,
    lock_case,
    move_date,
    resend,
)
from operational.switching.reserve import open_reserve
from operational.switching.sending import SentFile, mark_sent, release, send, waiting_files

__all__ = [
    "NightResult", "Received", "SentFile", "ask_for_papers", "cancel", "close", "follow_requests", "let_go",
    "limits_on", "lock_case", "mark_sent", "move_date", "object_to", "open_cases", "open_reserve", "prepare",
    "receive_file", "record_signature", "release", "resend", "run_night", "send", "waiting_files",
]  # fmt: skip
