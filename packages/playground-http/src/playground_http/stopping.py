"""Whether this process was asked to stop: told by the server at the signal, read by what drains."""

import asyncio


class Stopping:
    """Set once, by a signal handler; a poll is enough for those who wait."""

    def __init__(self) -> None:
        self.begun = False

    async def wait(self) -> None:
        """Wait until the process was asked to stop."""
        while not self.begun:
            await asyncio.sleep(0.1)


STOPPING = Stopping()
"""Of this process: as global as the signals that it stands for."""
