"""The scenarios that there are: those of the folder, and people's own, which are kept in Redis."""
