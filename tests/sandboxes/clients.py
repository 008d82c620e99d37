import ssl
from typing import Any

import httpx

# Never used, as everything here is plain HTTP: httpx would read all certificates for each client.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def plain_client(**settings: Any) -> httpx.Client:
    """A client that goes straight to a sandbox, whatever proxies the environment names."""
    return httpx.Client(verify=NO_TLS, trust_env=False, **settings)
