"""What every provider has that is spoken to through one `RestClient`."""

from adapters._http.client import RestClient
from adapters.provider import Health, ProgramConfig, Provider


class RestProvider(Provider):
    """A program behind a REST API; `_client` speaks to it."""

    def __init__(self, config: ProgramConfig, client: RestClient) -> None:
        super().__init__(config)
        self._client = client

    @property
    def health(self) -> Health:
        return self._client.health

    def finish_by(self, instant: float) -> None:
        self._client.finish_by(instant)

    async def aclose(self) -> None:
        await self._client.aclose()
