"""The embedded model: which file of weights, how it is fetched, and the process that serves it."""
