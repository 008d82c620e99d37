"""Why a token does not tell who somebody is."""


class TokenRefused(Exception):
    """The token proves nothing; the message is for whoever sent it."""


class IssuerUnavailable(Exception):
    """There are no keys to verify tokens with yet, and the issuer gives none."""
