"""Sessions: what one is, which ways it may move, and where it is kept.

`model` knows no Redis; `store` keeps sessions in it; `changes` follows what others change.
"""
