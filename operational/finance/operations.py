"""Everything of the finance room that writes, under one name.

Keyword-only, ``session`` first, nothing commits - except ``load_bank_file``, which works in transactions of
its own. Writes need an actor (``operational.kernel.db``). The code stands beside, split by subject.
"""

from operational.finance.allocation import allocate
from operational.finance.chain import ChainError, accept_gap
from operational.finance.importing import (
    import_bank_file,
    import_bank_path,
    load_bank_file,
    post_files,
    post_payments,
)
from operational.finance.landing import land_bank_file, refuse_large_bank_file
from operational.finance.results import (
    AllocationResult,
    BankImportResult,
    Landing,
    Posting,
    Rejection,
)
from operational.finance.splitting import Part, merge_payment, split_payment
from operational.finance.suspense import PaymentError, assign_payment, repost_payment, unassign_payment
from operational.finance.write_offs import WriteOff, request_write_off

__all__ = [
    "AllocationResult",
    "BankImportResult",
    "ChainError",
    "Landing",
    "Part",
    "PaymentError",
    "Posting",
    "Rejection",
    "WriteOff",
    "accept_gap",
    "allocate",
    "assign_payment",
    "import_bank_file",
    "import_bank_path",
    "land_bank_file",
    "load_bank_file",
    "merge_payment",
    "post_files",
    "post_payments",
    "refuse_large_bank_file",
    "repost_payment",
    "request_write_off",
    "split_payment",
    "unassign_payment",
]
