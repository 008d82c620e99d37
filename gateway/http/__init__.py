"""What the gateway serves over HTTP. Nothing in here knows a provider."""
