"""Walks a list to its end, as a client of each vendor has to."""

from typing import Any

import httpx

SIZE = 70


def every_piggy_page(client: httpx.Client, path: str, **params: str) -> list[Any]:
    """All items; the end is a page that is shorter than its limit."""
    items: list[Any] = []
    page = 1
    while True:
        query = {**params, "limit": str(SIZE), "page": str(page)}
        data = client.get(path, params=query).json()["data"]
        items += data
        if len(data) < SIZE:
            return items
        page += 1


def every_pixlpay_page(client: httpx.Client, path: str, **params: str) -> list[Any]:
    """All items; the end is the last page, and the total has to agree."""
    items: list[Any] = []
    page, last_page, total = 0, 1, 0
    while page < last_page:
        page += 1
        query = {**params, "per_page": str(SIZE), "page": str(page)}
        answer = client.get(path, params=query).json()
        items += answer["data"]
        last_page, total = answer["meta"]["last_page"], answer["meta"]["total"]
    assert total == len(items)
    return items
