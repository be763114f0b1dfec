"""Ways of paying beside the transfer: cash desk, card and BLIK, all through one adapter.

Here: the adapter (what every channel can do), the gateway's client, recording of what a channel told. Not
here: the bank's files (``finance/formats``), the pretended gateway (``orchestration/simulator/gateway.py``).
Open first: adapter.py, recording.py, gateway.py.
"""
