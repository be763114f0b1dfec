"""camt.053 files for tests, written by hand so that the reader is not tested against itself."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

_NAMES_DEEPER_SINCE = 8


def detail(
    amount: str = "",
    *,
    payer: str = "",
    payer_account: str = "",
    to: str = "",
    title: str = "",
    end_to_end: str = "",
    returned: bool = False,
    version: str = "02",
) -> str:
    """Return a TxDtls element; from version 8 names stand one level deeper."""
    told = f"<AmtDtls><TxAmt><Amt Ccy='PLN'>{amount}</Amt></TxAmt></AmtDtls>" if amount else ""
    name = f"<Nm>{escape(payer)}</Nm>"
    party = f"<Pty>{name}</Pty>" if int(version) >= _NAMES_DEEPER_SINCE else name
    debtor = f"<DbtrAcct><Id><IBAN>PL{payer_account}</IBAN></Id></DbtrAcct>" if payer_account else ""
    creditor = f"<CdtrAcct><Id><IBAN>PL{to}</IBAN></Id></CdtrAcct>" if to else ""
    refs = f"<Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>" if end_to_end else ""
    back = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>" if returned else ""
    text = f"<RmtInf><Ustrd>{escape(title)}</Ustrd></RmtInf>" if title else ""
    parties = f"<RltdPties><Dbtr>{party}</Dbtr>{debtor}{creditor}</RltdPties>"
    return f"<TxDtls>{refs}{told}{parties}{text}{back}</TxDtls>"


def entry(
    amount: str,
    *,
    reference: str = "",
    mark: str = "CRDT",
    reversal: bool = False,
    status: str = "BOOK",
    day: str = "2026-03-10",
    details: Sequence[str] = (),
    currency: str = "PLN",
) -> str:
    """Return an Ntry element."""
    undone = "<RvslInd>true</RvslInd>" if reversal else ""
    its = f"<NtryDtls>{''.join(details)}</NtryDtls>" if details else ""
    return (
        f"<Ntry><Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>{undone}<Sts>{status}</Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<AcctSvcrRef>{reference}</AcctSvcrRef>{its}</Ntry>"
    )


def camt053(
    entries: Sequence[str],
    *,
    account: str,
    version: str = "02",
    number: str = "1",
    opening: str = "",
    closing: str = "",
    day: str = "2026-03-10",
) -> bytes:
    """Return the bytes of a camt.053 with one statement; without balances unless they are given."""

    def balance(code: str, amount: str) -> str:
        return (
            (
                f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='PLN'>{amount}</Amt>"
                f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
            )
            if amount
            else ""
        )

    its = f"<Acct><Id><IBAN>PL{account}</IBAN></Id><Ccy>PLN</Ccy></Acct>" if account else ""
    text = (
        f"<?xml version='1.0' encoding='UTF-8'?>"
        f"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}'><BkToCstmrStmt><Stmt>"
        f"<Id>WB{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>{its}"
        f"{balance('OPBD', opening)}{balance('CLBD', closing)}{''.join(entries)}"
        "</Stmt></BkToCstmrStmt></Document>"
    )
    return text.encode()
