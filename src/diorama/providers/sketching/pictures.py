"""Pictures that somebody gives: read upright, without transparency, cut to cover a frame. Blocking (Pillow)."""

import io

from PIL import Image, ImageChops, ImageOps

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
PAPER = (251, 248, 240)
"""What shines through where a picture is transparent."""


def fitted(picture: bytes, width: int, height: int, name: str) -> Image.Image:
    """The picture cut and scaled to cover width x height, as RGB. Raises ValueError when it cannot be read."""
    return _covering(_upright(picture, (width, height), name), width, height)


def whole(picture: bytes, edge: int, name: str) -> Image.Image:
    """The whole picture, its longer edge scaled to `edge` pixels, as RGB. Raises ValueError when it cannot be read."""
    image = _upright(picture, (edge, edge), name)
    scale = edge / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    return _covering(image, width, height)


def marked(mask: bytes, width: int, height: int) -> Image.Image:
    """The area that a mask marks, as one band from 0 (keep) to 255 (edit), cut like the picture that it belongs to.

    Transparent pixels are marked; white ones in a mask without transparency. Raises ValueError when it marks nothing.
    """
    image = _upright(mask, None, "mask")
    clear = ImageChops.invert(image.convert("RGBA").getchannel("A")) if image.has_transparency_data else None
    area = clear if clear and clear.getbbox() else image.convert("L")
    area = ImageOps.fit(area, (width, height), Image.Resampling.BILINEAR)
    if not area.getbbox():
        raise ValueError(
            "The mask marks nothing. Make the area to edit transparent, or white in a mask without transparency."
        )
    return area


def _covering(image: Image.Image, width: int, height: int) -> Image.Image:
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, PAPER), image.convert("RGBA"))
    return ImageOps.fit(image.convert("RGB"), (width, height), Image.Resampling.LANCZOS)


def _upright(data: bytes, enough: tuple[int, int] | None, name: str) -> Image.Image:
    """The decoded picture as displayed; a JPEG much larger than `enough` is read at a fraction of its size."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if enough:
                side = 2 * max(enough)  # the picture may yet be turned, so that either edge may be the longer one
                image.draft("RGB", (side, side))
            upright = ImageOps.exif_transpose(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"The {name} is not a readable picture. Send a whole PNG, JPEG or WebP.") from error
    # Pillow would cut 16 bits of grey off at 255 instead of scaling them.
    return upright.point(lambda level: level * (1 / 256)).convert("L") if upright.mode[0] in "IF" else upright
