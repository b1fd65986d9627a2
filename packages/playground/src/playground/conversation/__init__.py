"""Conversations: one append-only log each, written by the chat engine and read through every door.

`model` knows no Redis; `log` writes turns, `history` reads whole messages, `tail` follows what
comes.
"""
