"""How callers prove who they are: keys of the gateway's own, and tokens of an issuer. No HTTP
server in here."""
