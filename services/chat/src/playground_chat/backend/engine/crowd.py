"""How many answers of models run in this process, and whether that is many."""

CROWDED = 16
"""From how many on, words that have arrived together go on together (`wire`)."""


class Crowd:
    """The number of streams that run."""

    def __init__(self) -> None:
        self.streams = 0

    @property
    def is_large(self) -> bool:
        """Whether words are to go together."""
        return self.streams >= CROWDED
