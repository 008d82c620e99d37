"""A small route table."""

import re
from typing import Generic, TypeVar

T = TypeVar("T")


class Routes(Generic[T]):
    """Finds what was registered for a method and a path; `{}` stands for one path segment."""

    def __init__(self) -> None:
        self._fixed: dict[tuple[str, str], T] = {}
        self._patterns: list[tuple[str, re.Pattern[str], T]] = []

    def add(self, method: str, template: str, target: T) -> None:
        """Registers a target."""
        if "{}" in template:
            pattern = re.compile(re.escape(template).replace(r"\{\}", "([^/]+)"))
            self._patterns.append((method, pattern, target))
        else:
            self._fixed[method, template] = target

    def find(self, method: str, path: str) -> tuple[T, tuple[str, ...]] | None:
        """The target with the path's variable segments; None when there is none."""
        fixed = self._fixed.get((method, path))
        if fixed is not None:
            return fixed, ()
        for known_method, pattern, target in self._patterns:
            if known_method == method and (match := pattern.fullmatch(path)):
                return target, match.groups()
        return None
