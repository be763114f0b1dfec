"""Bank files of the finance room: pure readers and one writer, no database, no clock.

Lives here: MT940/MT942 statements of any bank, the dialects of field :86:, the writer for the simulated bank.
Not here: storing lines, matching and posting payments (finance/operations.py), camt files (later).
Open first: statements.py (what a file becomes), mt940.py (the reader), description.py (field :86:).
"""
