"""Which server the processes share through."""

import re
from collections.abc import Mapping
from importlib.util import find_spec
from urllib.parse import urlsplit

from gateway.config.tables import Tables
from gateway.config.tuning import CacheConfig


def read_redis_url(
    tables: Tables, cache: CacheConfig, environment: Mapping[str, str]
) -> str | None:
    """The address of the server, which may hold a password; None when nothing is shared."""
    url, variable = cache.redis_url, cache.redis_url_env
    name = "redis_url"
    if variable is not None:
        if url is not None:
            tables.fault("cache: redis_url_env: goes not together with redis_url")
        name, url = "redis_url_env", environment.get(variable, "").strip()
    if url is None:
        return None
    problem = _fault_of_url(url)
    if problem is None and variable is None and _has_password(url):
        problem = "must hold no password: name the environment variable that does, redis_url_env"
    if problem is None and find_spec("redis") is None:
        problem = "takes the package `redis`: install referral-gateway[redis]"
    if problem is not None:
        tables.fault(f"cache: {name}: {problem}")
    return url


def _fault_of_url(url: str) -> str | None:
    if not url.isprintable() or " " in url:
        return "is not a URL"
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in ("redis", "rediss", "unix"):
        return "must begin with redis://, rediss:// or unix://"
    where, options = parts.path.strip("/"), parts.query
    if parts.scheme == "unix":
        if not where or not re.fullmatch(r"(db=[0-9]+)?", options):
            return "must be unix:///path, or unix:///path?db=1"
    elif not host or not re.fullmatch(r"[0-9]*", where) or options:
        # Among the options is one that turns the check of certificates off.
        return f"must be {parts.scheme}://host:port, or with a database /1"
    return None


def _has_password(url: str) -> bool:
    parts = urlsplit(url)
    return parts.username is not None or parts.password is not None
