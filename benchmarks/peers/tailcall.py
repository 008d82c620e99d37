"""Tailcall, of which npm has a ready binary that not every Linux can run."""

import platform

GLIBC = (2, 39)


def missing() -> str:
    """Why it is not among the contenders."""
    name, version = platform.libc_ver()
    wanted = ".".join(map(str, GLIBC))
    if name != "glibc" or tuple(map(int, version.split("."))) < GLIBC:
        return f"its binary needs glibc {wanted}, and here is {name} {version}"
    return "no configuration of it was tried yet"
