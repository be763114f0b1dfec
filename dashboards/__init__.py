"""The dashboards (E-BI): a Streamlit app that reads ``marts`` as the role ``iris_bi`` and nothing else.

Here: views, charts and their SQL. Not here: any import of ours, any write. Open first: ``app.py``, ``data.py``.
"""
