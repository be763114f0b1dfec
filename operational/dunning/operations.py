"""Everything of the dunning room that writes, under one name. Nothing commits - except ``run_night``, whose
batches are transactions of their own. Writes need an actor (``operational.kernel.db``). The code stands
beside, split by subject.
"""

from operational.dunning.acting import (
    add_note,
    close_dispute,
    end_protection,
    fire_by_hand,
    open_dispute,
    place_hold,
    recheck,
    record_delivery,
    record_protection,
    release_hold,
)
from operational.dunning.court import Package, court_package
from operational.dunning.handing_over import hand_over, propose_write_off
from operational.dunning.night import NightResult, preview_night, run_night
from operational.dunning.orders import OrderFile, export_orders, record_outcome
from operational.dunning.procedures import approve, change_steps, new_version, read_step, reject
from operational.dunning.rules import DunningError

__all__ = [
    "DunningError",
    "NightResult",
    "OrderFile",
    "Package",
    "add_note",
    "approve",
    "change_steps",
    "close_dispute",
    "court_package",
    "end_protection",
    "export_orders",
    "fire_by_hand",
    "hand_over",
    "new_version",
    "open_dispute",
    "place_hold",
    "preview_night",
    "propose_write_off",
    "read_step",
    "recheck",
    "record_delivery",
    "record_outcome",
    "record_protection",
    "reject",
    "release_hold",
    "run_night",
]
