"""Who comes first with a key, and what the others get."""


class OtherQuestion(Exception):
    """The key came with another question before."""


class StillRunning(Exception):
    """Whoever was first has no answer yet, and the time is up."""


class BrokenOff(Exception):
    """Whoever was first is gone, and nobody knows how far it came."""


class First:
    """One who comes with a key. With an `answer` somebody else was first; without, this one is,
    and either keeps its answer or has the key forgotten. Who does neither has broken off."""

    def __init__(self, answer: bytes | None = None) -> None:
        self.answer = answer

    async def keep(self, answer: bytes) -> None:
        """The answer that whoever comes later gets."""

    async def forget(self) -> None:
        """Nothing was done: whoever comes later is first."""
