"""Bank files of the finance room: pure readers and one writer, no database, no clock.

Lives here: MT940/MT942, camt, Elixir-O, reports by layout, dialects of field :86:, the writer of MT940.
Not here: storing lines, matching and posting payments (finance/operations.py).
Open first: statements.py (what a file becomes), reading.py (which reader a file gets), mt940.py.
"""
