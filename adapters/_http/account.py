"""What holds for a program however often it is connected anew."""

from collections.abc import Callable

from adapters._http.allowance import Allowance
from adapters._http.circuit import Circuit
from adapters._http.turnstile import Turnstile
from adapters.limits import UpstreamLimits
from adapters.provider import ProgramConfig
from adapters.sharing.names import ProgramNames
from adapters.store import Store


class Account:
    """A program at one address: what it may still send, and whether calls go through.

    A new credential or other limits make another connection, which goes on from here, so that no
    program gets its allowance twice.
    """

    def __init__(
        self,
        names: ProgramNames,
        limits: UpstreamLimits,
        store: Store,
        monotonic: Callable[[], float],
    ) -> None:
        shared = None
        if store.sharing is not None:
            shared = store.sharing.account(
                names, window=limits.minute, forget=lambda: store.drop(names.key)
            )
        self.allowance = Allowance(
            window=limits.minute,
            processes=shared.parts if shared else lambda: limits.processes,
        )
        self.turnstile = Turnstile(
            self.allowance, monotonic, shared.allowance if shared is not None else None
        )
        self.circuit = Circuit(limits.circuit, monotonic)

    @classmethod
    def of(cls, config: ProgramConfig, store: Store, monotonic: Callable[[], float]) -> "Account":
        """The account of a program, which may make as many calls a minute as is configured now."""
        names = ProgramNames(config.key, config.base_url)
        account = store.lasting(
            (config.provider, names), lambda: cls(names, config.limits, store, monotonic)
        )
        account.allowance.configured = config.calls_per_minute
        return account
