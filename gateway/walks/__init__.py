"""Walks through a program's whole list, for reports that no single call gives."""

from gateway.walks.shelf import Reached, Walks
from gateway.walks.walk import Walk, WalkLimits

__all__ = ["Reached", "Walk", "WalkLimits", "Walks"]
