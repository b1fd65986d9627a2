"""The control plane and the dashboard: says what is wanted; the worker makes it so.

To add a route: write its noun's file in `routes/`, and include its router in `part.py`.
"""
