"""The pages of the portal, one blueprint per place of the menu. Open first: `home.py`, `invoices.py`."""
