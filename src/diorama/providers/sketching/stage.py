"""From a scene to the sheets of its diorama, farthest first. Blocking (Pillow)."""

from collections.abc import Callable, Sequence

from diorama.providers.sketching import built, figures, land, photos, sky, weather
from diorama.providers.sketching.ground import Ground
from diorama.providers.sketching.palette import choose
from diorama.providers.sketching.paper import Desk, Layer
from diorama.providers.sketching.words import Scene

HORIZONS = {"table": 0.6, "city": 0.6, "sea": 0.54, "space": 0.58, "forest": 0.54, "abstract": 0.3}
PLACES: dict[str, Callable[[Ground], list[Layer]]] = {
    "hills": land.hills,
    "mountains": land.mountains,
    "forest": land.forest,
    "desert": land.desert,
    "sea": land.sea,
    "city": built.city,
    "space": built.space,
    "table": built.table,
    "abstract": built.abstract,
}


def stage(desk: Desk, scene: Scene) -> Ground:
    """Where the scene's sheets are cut: its colours, and its horizon."""
    horizon = HORIZONS.get(scene.setting, 0.52) + scene.dice("horizon").uniform(-0.03, 0.03)
    return Ground(desk, scene, choose(scene), horizon)


def build(desk: Desk, scene: Scene, references: Sequence[bytes] = ()) -> list[Layer]:
    """All sheets of the scene, sky first; sheets may reach beyond the desk. `references` hang in it as photographs."""
    ground = stage(desk, scene)
    layers = [*sky.sheets(ground), *PLACES[scene.setting](ground), *figures.sheets(ground), *weather.sheets(ground)]
    return sorted([*layers, *photos.sheets(ground, references)], key=lambda layer: layer.depth)
