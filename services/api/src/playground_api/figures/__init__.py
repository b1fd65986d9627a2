"""How the playground does: figures out of Prometheus' metrics, and their last quarter of an hour.

To show another figure: a line in `samples.py`, a panel in `dashboard/panels.py`.
"""
