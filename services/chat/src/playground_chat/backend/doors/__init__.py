"""The chat backend's HTTP doors: routes that read requests, and streams that tell what happens.

To add a door: write a router over `Desk` (desk.py), translate the log's entries in streams.py, and
list the router in part.py.
"""
