"""Many emulated vendors at one address, told apart by their tokens."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

from adapters._sandbox.app import Sandbox
from adapters._sandbox.serving import serve_in_thread
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import ProgramConfig
from tests.running import program


class Stores(Mapping[str, Sandbox]):
    """Sandboxes by the key of their program, which is their token too.

    A store can be replaced while the programs go on. `most_at_once` is how many calls were in
    flight together.
    """

    def __init__(self) -> None:
        self.origin = ""
        self.most_at_once = 0
        self._at_once = 0
        self._by_key: dict[str, Sandbox] = {}

    def __getitem__(self, key: str) -> Sandbox:
        return self._by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    def piggy(self, key: str, referrals: int = 0) -> PiggySandbox:
        """Opens a Piggy account of so many referrals in place of what was there."""
        sandbox = PiggySandbox(token=key, referrals=referrals, calls_per_minute=None)
        self._by_key[key] = sandbox
        return sandbox

    def pixlpay(self, key: str, referrals: int = 0) -> PixlpaySandbox:
        """Opens a Pixlpay store of so many referrals in place of what was there."""
        sandbox = PixlpaySandbox(token=key, referrals=referrals, calls_per_minute=None)
        self._by_key[key] = sandbox
        return sandbox

    def program(self, key: str, *, currency: str | None = None) -> ProgramConfig:
        """The program that a store belongs to."""
        provider = "piggy" if isinstance(self[key], PiggySandbox) else "pixlpay"
        return program(key, provider, self.origin, key, currency=currency)

    def calls(self) -> dict[str, int]:
        """How many calls each store got, those that got any."""
        return {key: store.count() for key, store in self.items() if store.count()}

    def forget_calls(self) -> None:
        """Starts counting anew."""
        self.most_at_once = 0
        for store in self.values():
            store.forget_calls()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await self._store(scope)(scope, receive, send)
        finally:
            self._at_once -= 1

    def _store(self, scope: Scope) -> ASGIApp:
        authorization = dict(scope["headers"])[b"authorization"].decode()
        return self[authorization.removeprefix("Bearer ")]


@contextmanager
def served_stores() -> Iterator[Stores]:
    """No stores yet, at an address of their own until the block ends."""
    stores = Stores()
    with serve_in_thread(stores) as served:
        stores.origin = served.origin
        yield stores
