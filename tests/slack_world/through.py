"""Attributes that really live further inside."""

from __future__ import annotations

from functools import reduce
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Through(Generic[T]):
    """`seconds = Through[float]("postman.ack_seconds")` reads and writes self.postman.ack_seconds."""

    def __init__(self, path: str) -> None:
        *self._way, self._name = path.split(".")

    def __get__(self, owner: object, _: Any = None) -> T:
        found: T = getattr(reduce(getattr, self._way, owner), self._name)
        return found

    def __set__(self, owner: object, value: T) -> None:
        setattr(reduce(getattr, self._way, owner), self._name, value)
