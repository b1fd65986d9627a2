"""The command line, and the embedded stack that `playground up` runs."""
