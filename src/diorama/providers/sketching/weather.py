"""What hangs and falls between the sheets: mist, rain and snow. Blocking (Pillow)."""

from diorama.providers.sketching.land import Ground
from diorama.providers.sketching.paper import Layer


def fall(ground: Ground) -> list[Layer]:
    return []
