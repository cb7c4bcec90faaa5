"""Figures."""

from diorama.providers.sketching.land import Ground
from diorama.providers.sketching.paper import Layer


def place(ground: Ground) -> list[Layer]:
    return []
