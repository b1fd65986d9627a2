"""The product's own words: sessions, conversations, scenarios, errors, and their Redis stores.

Every service speaks in these words; none of them is imported here, and neither is a web framework.
"""
