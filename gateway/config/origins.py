"""Which addresses are safe to ask."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def fault_of_origin(url: str) -> str | None:
    """Why a base URL is not acceptable: the token is sent there, so it must be a plain origin."""
    if fault := fault_of_url(url):
        return fault
    if urlsplit(url).path not in ("", "/") or "?" in url or "#" in url:
        return "must be an origin, without a path: the adapter adds it"
    return None


def fault_of_url(url: str) -> str | None:
    """Why what comes from a URL, or goes there, cannot be trusted to be nobody else's."""
    if not url.isprintable() or " " in url:  # urlsplit drops some of these in silence
        return "is not a URL"
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in ("https", "http") or not host:
        return "must begin with https://"
    if parts.username is not None or parts.password is not None:
        return "must not hold a user name or a password"
    if parts.scheme == "http" and not is_loopback(host):
        return "http:// is accepted for this machine alone; use https://"
    return None


def is_loopback(host: str) -> bool:
    """Whether a host name certainly means this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
