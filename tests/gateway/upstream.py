"""What a vendor itself says, to compare the gateway's answers with."""

from typing import Any

import httpx

from adapters._sandbox.serving import Served
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox
from tests.running import NO_TLS

PREFIXES = {PiggySandbox: "/api/v3/oauth/clients", PixlpaySandbox: "/api/external/v1"}


def told(served: Served, sandbox: PiggySandbox | PixlpaySandbox, target: str) -> Any:
    """The `data` that a sandbox answers with; the call is not counted."""
    response = httpx.get(
        f"{served.origin}{PREFIXES[type(sandbox)]}{target}",
        headers={"Authorization": f"Bearer {sandbox.token}"},
        verify=NO_TLS,
        trust_env=False,
    )
    del sandbox.calls[-1]
    assert response.status_code == 200, response.text
    return response.json()["data"]
