"""Files of distributors: pure readers and writers of register readings and billed volumes, no database, no
clock.

Lives here: the row types, the reader that every layout shares, the layouts as data (data/*.toml),
detection. Not here: landing rows in raw, quarantine, meters and supply points (metering/operations.py),
interval data. Open first: readings.py (what a row becomes), data/dso_semicolon_readings.toml (a layout),
detect.py (the entry).
"""
