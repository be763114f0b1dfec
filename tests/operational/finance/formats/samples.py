"""Hand-written statements for the tests of the bank formats; names and numbers are made up."""

PLAIN = """:20:ST260331
:25:/PL27114020040000300201355387
:28C:61/1
:60F:C260330PLN1000,00
:61:2603310331C120,50NTRFNONREF//B1
:86:020~00PRZELEW
~20Zapłata za FV/2026/03/0001
~3010901014
~310000071219812874
~32JAN KOWALSKI
~38PL61109010140000071219812874
:61:2603310331RC20,50NTRFKLIENT7//B2
:86:020~00ZWROT
~20Zwrot przelewu
:61:2603310331RD5,00NTRFNONREF//B3
:86:020~00STORNO
~20Storno opłaty
:62F:C260331PLN1105,00
-
"""
"""Opening 1000.00; +120.50, a reversed credit of 20.50 (out), a reversed debit of 5.00 (in)."""


def statement(description: str, *, entry: str = "2603310331C1,00NTRFNONREF//B1") -> bytes:
    """Return a statement with one line and this text in field :86:."""
    text = (
        f":20:X\n:25:1\n:28C:1\n:60F:C260330PLN0,00\n:61:{entry}\n:86:{description}\n:62F:C260331PLN1,00\n-\n"
    )
    return text.encode()
