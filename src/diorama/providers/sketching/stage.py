"""From a scene to the sheets of its diorama, farthest first. Blocking (Pillow)."""

from random import Random

from diorama.providers.sketching import figures, land, sky, weather
from diorama.providers.sketching.palette import choose
from diorama.providers.sketching.paper import Desk, Layer
from diorama.providers.sketching.words import Scene

HORIZONS = {"table": 0.6, "city": 0.66, "sea": 0.56, "space": 0.62, "forest": 0.56, "abstract": 0.3}


def build(desk: Desk, scene: Scene) -> list[Layer]:
    """All sheets of the scene, sky first; sheets may reach beyond the desk."""
    palette = choose(scene)
    horizon = HORIZONS.get(scene.setting, 0.55) + Random(scene.seed ^ 5).uniform(-0.035, 0.035)
    ground = land.Ground(desk, scene, palette, horizon)
    layers = [sky.backdrop(desk, scene, palette, horizon)]
    if scene.setting not in ("table", "abstract"):
        layers += sky.clouds(desk, scene, palette, horizon)
    layers += land.SETTINGS[scene.setting](ground)
    layers += figures.place(ground)
    layers += weather.fall(ground)
    return sorted(layers, key=lambda layer: layer.depth)
