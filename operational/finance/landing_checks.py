"""What a bank file may not do: tell a known statement or line again with another content, or twice over.

Looked for among the staged lines, before anything is stored.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.formats.statements import BankFileError, BankStatement

# Letters and digits only: the wrapping of a text differs between two exports of one bank.
_CONTENT = (
    "lower(regexp_replace({0}.title || {0}.payer_account || {0}.virtual_account, '[^[:alnum:]]', '', 'g'))"
)
_STEM = "regexp_replace({0}.business_key, ':[0-9]+$', '')"

# The same balances on the same days are the same statement: then its lines are the same too.
_CHANGED_COPY = text("""
  select t.position, s.file_line, s.amount, s.title, f.name as file_name, b.statement_number
  from pg_temp.stage_bank_statements t
  join raw.bank_statements b on b.account = t.account and b.currency = t.currency
    and b.opening_balance = t.opening and b.closing_balance = t.closing and b.opened_on = t.opened_on
    and b.closed_on = t.closed_on
  join raw.files f on f.id = b.file_id
  join pg_temp.stage_bank_lines s on s.position = t.position
  where not exists (select from raw.bank_lines l where l.business_key = s.business_key)
    and exists (select from raw.bank_lines l where l.statement_id = b.id)
  order by t.position, s.line_no limit 1""")

# A line that the bank's own reference makes the same one, with another title or account than before.
_CHANGED_LINE = text(f"""
  with again as (
    select s.file_line, s.amount, s.title, l.title as title_before, {_STEM.format("s")} as stem,
      {_CONTENT.format("s")} as content, {_CONTENT.format("l")} as content_before, f.name as file_name
    from pg_temp.stage_bank_lines s join raw.bank_lines l on l.business_key = s.business_key
    join raw.bank_statements b on b.id = l.statement_id join raw.files f on f.id = b.file_id
    where f.format = :format and s.bank_reference <> ''
  )
  select a.file_line, a.amount, a.title, a.title_before, a.file_name from again a
  where a.content <> a.content_before
    and not exists (select from again o where o.stem = a.stem and o.content_before = a.content)
  order by a.file_line limit 1""")

# A mass payment told by a list and by the account itself would count twice.
_HAS_LISTS = text("""
  select exists (select from raw.bank_statements where feed = 'collect')
    or exists (select from pg_temp.stage_bank_statements where feed = 'collect')""")
_TOLD_TWICE = text("""
  select s.file_line, s.amount, s.virtual_account, f.name as file_name
  from pg_temp.stage_bank_lines s join pg_temp.stage_bank_statements t on t.position = s.position
  join raw.bank_lines l on l.virtual_account = s.virtual_account and l.booked_on = s.booked_on
    and l.amount = s.amount
  join raw.bank_statements b on b.id = l.statement_id join raw.files f on f.id = b.file_id
  where s.virtual_account <> '' and s.amount > 0 and 'preview' not in (t.feed, b.feed) and b.feed <> t.feed
  order by s.file_line limit 1""")


def require_unchanged(session: Session, *, statements: Sequence[BankStatement], file_name: str) -> None:
    """Raise BankFileError: bank_file_changed_copy, bank_file_changed_line, bank_file_told_twice."""
    copy = session.execute(_CHANGED_COPY).one_or_none()
    if copy is not None:
        raise BankFileError(
            "bank_file_changed_copy",
            file_name=file_name,
            line_no=copy.file_line,
            what=f"statement {copy.statement_number} came before in {copy.file_name} with the same balances, "
            f"but this line ({copy.amount} '{copy.title[:60]}') was not in it.",
            cure="One of the two files was changed: compare both and download the statement again.",
        )
    formats = "/".join(sorted({str(item.kind) for item in statements}))
    line = session.execute(_CHANGED_LINE, {"format": formats}).one_or_none()
    if line is not None:
        raise BankFileError(
            "bank_file_changed_line",
            file_name=file_name,
            line_no=line.file_line,
            what=f"this line of {line.amount} came before in {line.file_name} with another title or account "
            f"('{line.title_before[:60]}', now '{line.title[:60]}').",
            cure="One of the two files was changed: compare both and download the statement again.",
        )
    lists: bool = session.execute(_HAS_LISTS).scalar_one()
    twice = session.execute(_TOLD_TWICE).one_or_none() if lists else None
    if twice is not None:
        raise BankFileError(
            "bank_file_told_twice",
            file_name=file_name,
            line_no=twice.file_line,
            what=f"the payment of {twice.amount} to {twice.virtual_account} stands in {twice.file_name} "
            "already, so it would count twice.",
            cure="Take mass payments either from the statement or from the list, as Bank settings say.",
        )
