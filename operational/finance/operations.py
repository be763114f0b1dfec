"""Everything of the finance room that writes, under one name.

Keyword-only, ``session`` first, nothing commits - except ``load_bank_file``, which works in transactions of
its own. Writes need an actor (``operational.kernel.db``). The code stands beside, split by subject.
"""

from operational.finance.allocation import allocate
from operational.finance.importing import import_bank_file, load_bank_file, post_payments
from operational.finance.landing import land_bank_file
from operational.finance.results import (
    AllocationResult,
    BankImportResult,
    Landing,
    Posting,
    Rejection,
)
from operational.finance.suspense import PaymentError, assign_payment, unassign_payment

__all__ = [
    "AllocationResult",
    "BankImportResult",
    "Landing",
    "PaymentError",
    "Posting",
    "Rejection",
    "allocate",
    "assign_payment",
    "import_bank_file",
    "land_bank_file",
    "load_bank_file",
    "post_payments",
    "unassign_payment",
]
