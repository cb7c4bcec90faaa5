"""Pictures and films as strangers send them."""

import io
import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw

from diorama.assets import media
from diorama.assets.kinds import MOV, MP4, describe, sniff
from diorama.assets.media import (
    ImageFacts,
    check_input_image,
    cover_png,
    poster_webp,
    probe_image,
    probe_video,
    thumbnail_webp,
)
from diorama.errors import ValidationError

TURNED_RIGHT = 6  # EXIF: rotate 90 degrees clockwise to display


def scene(mode: str = "RGB", size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Red above, blue below, so that a turn shows."""
    image = Image.new("RGB", size, "red")
    ImageDraw.Draw(image).rectangle((0, size[1] // 2, *size), fill="blue")
    return image.convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def turned(kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = TURNED_RIGHT
    return encoded(scene(), kind, exif=exif)


def _frame(image: Image.Image) -> av.VideoFrame:
    frame: av.VideoFrame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
    return frame


def _silence() -> av.AudioFrame:
    silence = av.AudioFrame(format="s16", layout="stereo", samples=960)
    silence.sample_rate = 48_000
    return silence


def film(
    path: Path,
    frames: Iterable[Image.Image],
    *,
    codec: str = "libx264",
    fps: Fraction = Fraction(24),
    audio: bool = False,
    turn: int = 0,
) -> Path:
    """A real film of these frames."""
    with av.open(path, "w") as out:
        pictures = [_frame(frame) for frame in frames]
        video: Any = out.add_stream(
            codec, rate=fps, width=pictures[0].width, height=pictures[0].height, pix_fmt="yuv420p"
        )
        if turn:
            video.set_display_rotation(turn)
        sound = out.add_stream("aac", rate=48_000) if audio else None
        for picture in (*pictures, None):
            out.mux(video.encode(picture))
        if sound:
            out.mux(sound.encode(_silence()))
            out.mux(sound.encode(None))
    return path


def shown(webp: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(webp), formats=("WEBP",))
    image.load()
    return image


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("films") / "clip.mp4", [scene()] * 36, audio=True)


@pytest.mark.parametrize(
    ("kind", "mime", "ext"),
    [
        ("PNG", "image/png", "png"),
        ("JPEG", "image/jpeg", "jpg"),
        ("WEBP", "image/webp", "webp"),
        ("GIF", "image/gif", "gif"),
        ("AVIF", "image/avif", "avif"),
    ],
)
def test_a_picture_is_known_by_its_bytes(kind: str, mime: str, ext: str) -> None:
    data = encoded(scene(), kind)

    assert check_input_image(data) == ImageFacts(mime=mime, ext=ext, width=64, height=48, has_alpha=False)
    assert probe_image(data) == check_input_image(data)


def test_a_picture_in_a_file_is_read_like_one_in_memory(tmp_path: Path) -> None:
    data = encoded(scene(), "PNG")
    # The name lies on purpose.
    (tmp_path / "picture.jpg").write_bytes(data)

    assert probe_image(tmp_path / "picture.jpg") == probe_image(data)


@pytest.mark.parametrize(
    ("image", "options", "has_alpha"),
    [
        (scene("RGBA"), {}, True),
        (scene("LA"), {}, True),
        (scene("P"), {"transparency": 0}, True),
        (scene("RGB"), {"transparency": (255, 0, 0)}, True),
        (scene("P"), {}, False),
        (scene("L"), {}, False),
    ],
)
def test_alpha_is_told_from_the_header(image: Image.Image, options: dict[str, object], has_alpha: bool) -> None:
    assert probe_image(encoded(image, "PNG", **options)).has_alpha is has_alpha


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_a_picture_has_the_size_at_which_it_is_displayed(kind: str) -> None:
    facts = probe_image(turned(kind))

    assert (facts.width, facts.height) == (48, 64)


def test_probing_reads_the_header_only() -> None:
    cut_off = encoded(scene(size=(640, 480)), "PNG")[:200]

    assert probe_image(cut_off).width == 640


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_an_input_that_is_cut_off_is_refused(kind: str) -> None:
    data = encoded(Image.effect_noise((200, 200), 80), kind)

    with pytest.raises(ValidationError, match=f"begins as {'JPG' if kind == 'JPEG' else kind}.*cut off") as caught:
        check_input_image(data[: len(data) // 2], field="inputs.0")

    assert (caught.value.code, caught.value.field) == ("unreadable_input", "inputs.0")


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (HEIC, "a HEIC picture"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b'{"error": "expired"}', "JSON"),
        (b"%PDF-1.7", "a PDF document"),
        (encoded(scene(), "BMP"), "a BMP picture"),
        (encoded(scene(), "TIFF"), "a TIFF picture"),
        (b"hello", "text, 5 bytes"),
        (b"\x01\x02\x03", "unknown data that starts with 01 02 03"),
        (b"", "nothing, 0 bytes"),
    ],
)
def test_what_is_no_picture_of_ours_is_named_with_the_way_out(data: bytes, named: str) -> None:
    with pytest.raises(ValidationError, match=named) as caught:
        check_input_image(data)

    assert caught.value.code == "unreadable_input"
    assert caught.value.hint == "Convert it to PNG, JPEG or WebP."


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_is_no_input(kind: str) -> None:
    data = encoded(scene(), kind, save_all=True, append_images=[Image.new("RGB", (64, 48), "green")])

    with pytest.raises(ValidationError, match=f"animated {kind}") as caught:
        check_input_image(data)

    assert caught.value.hint is not None


def test_a_film_is_no_input_picture(clip: Path) -> None:
    with pytest.raises(ValidationError, match=r"a film \(MP4\)"):
        check_input_image(clip.read_bytes())


def test_an_input_over_the_cap_is_refused_unread() -> None:
    with pytest.raises(ValidationError, match=r"is 2\.0 MB; at most 1 MB"):
        check_input_image(bytes(2_000_000), max_bytes=1_000_000)


@pytest.mark.parametrize("size", [(9_500, 9_400), (15_000, 15_000)])
def test_a_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    bomb = encoded(Image.new("1", size), "PNG")

    with pytest.raises(ValidationError, match="at most 89 million") as caught:
        probe_image(bomb)

    assert caught.value.code == "unreadable_input"


@given(
    cut=st.integers(0, 400),
    at=st.integers(0, 400),
    noise=st.binary(max_size=8),
    kind=st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "AVIF"]),
)
@settings(max_examples=150, deadline=None)
def test_damage_is_a_validation_error_or_harmless(cut: int, at: int, noise: bytes, kind: str) -> None:
    data = encoded(scene(), kind)
    damaged = (data[:at] + noise + data[at + len(noise) :])[: max(0, len(data) - cut)]

    # Anything but ValidationError, a warning included, fails the test.
    with suppress(ValidationError):
        check_input_image(damaged)
    with suppress(ValidationError):
        thumbnail_webp(damaged)


def test_a_thumbnail_fits_and_keeps_the_ratio() -> None:
    small = shown(thumbnail_webp(encoded(scene(size=(2000, 1000)), "JPEG"), 512))

    assert small.size == (512, 256)


def test_a_small_picture_is_not_blown_up() -> None:
    assert shown(thumbnail_webp(encoded(scene(), "PNG"))).size == (64, 48)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_thumbnail_stands_upright(kind: str) -> None:
    small = shown(thumbnail_webp(turned(kind))).convert("RGB")

    red, _, blue = small.getpixel((40, 30))  # type: ignore[misc]
    assert small.size == (48, 64)
    assert red > 200 > blue


@pytest.mark.parametrize("size", [(120, 30), (30, 120), (64, 48)])
def test_a_cover_is_a_png_of_exactly_the_size(size: tuple[int, int]) -> None:
    assert probe_image(cover_png(encoded(scene(), "WEBP"), *size)) == ImageFacts(
        mime="image/png", ext="png", width=size[0], height=size[1], has_alpha=False
    )


def test_a_cover_is_upright_and_cut_on_both_sides() -> None:
    cover = Image.open(io.BytesIO(cover_png(turned("JPEG"), 48, 32)))

    red, _, blue = cover.getpixel((40, 16))  # type: ignore[misc]
    left, _, right = cover.getpixel((8, 16))  # type: ignore[misc]
    assert red > 200 > blue
    assert right > 200 > left


def test_a_thumbnail_keeps_transparency() -> None:
    image = scene("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))

    small = shown(thumbnail_webp(encoded(image, "PNG")))

    assert small.mode == "RGBA"
    assert small.getchannel("A").getextrema() == pytest.approx((0, 255), abs=8)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_png_has_a_thumbnail(mode: str) -> None:
    image = Image.new("I;16", (64, 48), 32_768) if mode == "I;16" else scene(mode)

    small = shown(thumbnail_webp(encoded(image, "PNG")))

    assert small.size == (64, 48)
    if mode == "I;16":
        assert small.convert("L").getpixel((5, 5)) == pytest.approx(128, abs=3)


def test_a_print_jpeg_has_a_thumbnail_in_screen_colours() -> None:
    small = shown(thumbnail_webp(encoded(scene("CMYK"), "JPEG")))

    assert small.mode == "RGB"
    assert "icc_profile" not in small.info


def test_a_colour_profile_is_kept() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    small = shown(thumbnail_webp(encoded(scene(), "PNG", icc_profile=profile)))

    assert small.info["icc_profile"] == profile


def test_where_a_picture_was_taken_does_not_leak_into_its_thumbnail() -> None:
    assert "exif" not in shown(thumbnail_webp(turned("JPEG"))).info


def test_a_film_is_measured_exactly(clip: Path) -> None:
    facts = probe_video(clip)

    assert (facts.mime, facts.ext, facts.width, facts.height) == ("video/mp4", "mp4", 64, 48)
    assert (facts.seconds, facts.fps, facts.has_audio) == (1.5, 24.0, True)


def test_broadcast_rates_are_kept(tmp_path: Path) -> None:
    facts = probe_video(film(tmp_path / "clip.mp4", [scene()] * 30, fps=Fraction(30_000, 1001)))

    assert math.isclose(facts.fps, 29.97, abs_tol=0.001)
    assert math.isclose(facts.seconds, 1.001, abs_tol=0.0005)
    assert facts.has_audio is False


@pytest.mark.parametrize(
    ("name", "codec", "mime"),
    [("clip.webm", "libvpx-vp9", "video/webm"), ("clip.mov", "libx264", "video/quicktime")],
)
def test_other_containers_are_measured_too(tmp_path: Path, name: str, codec: str, mime: str) -> None:
    facts = probe_video(film(tmp_path / name, [scene()] * 24, codec=codec))

    assert (facts.mime, facts.ext) == (mime, name[-len(facts.ext) :])
    assert facts.seconds == pytest.approx(1, abs=0.01)


def test_a_film_that_was_streamed_out_is_measured_by_its_packets(tmp_path: Path) -> None:
    whole = film(tmp_path / "clip.webm", [scene()] * 24, codec="libvpx-vp9")
    live = tmp_path / "live.webm"
    with av.open(whole) as source, av.open(live, "w", options={"live": "1"}) as out:
        copy = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = copy
                out.mux(packet)

    assert probe_video(live).seconds == pytest.approx(1, abs=0.05)


def test_a_film_can_be_read_from_a_stream(clip: Path) -> None:
    with clip.open("rb") as file:
        assert probe_video(file) == probe_video(clip)


def test_a_turned_film_is_measured_and_shown_upright(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4", [scene()] * 3, turn=-90)

    facts, poster = probe_video(clip), shown(poster_webp(clip))

    red, _, blue = poster.getpixel((40, 30))  # type: ignore[misc]
    assert (facts.width, facts.height) == poster.size == (48, 64)
    assert red > 150 > blue


def test_a_poster_is_the_first_frame_with_something_on_it(tmp_path: Path) -> None:
    dark = Image.new("RGB", (64, 48))
    clip = film(tmp_path / "clip.mp4", [dark] * 20 + [scene()] * 4)

    assert shown(poster_webp(clip)).convert("L").getextrema()[1] > 40  # type: ignore[operator]


def test_a_film_of_nothing_but_black_still_has_a_poster(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4", [Image.new("RGB", (64, 48))] * 4)

    assert shown(poster_webp(clip)).size == (64, 48)


def test_a_poster_fits(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4", [scene(size=(1280, 720))] * 2)

    assert shown(poster_webp(clip, 512)).size == (512, 288)


def cut(clip: Path) -> bytes:
    return clip.read_bytes()[:-200]  # the index of frames lies at the end


def scrambled(clip: Path) -> bytes:
    data = clip.read_bytes()
    start = data.index(b"mdat") + 4
    end = data.index(b"moov")
    return data[:start] + bytes(end - start) + data[end:]


@pytest.mark.parametrize("broken", [cut, scrambled, lambda _: b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(500)])
def test_a_damaged_film_is_refused_in_words(tmp_path: Path, clip: Path, broken: Callable[[Path], bytes]) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(broken(clip))

    for look in (probe_video, poster_webp):
        with pytest.raises(ValidationError, match="film") as caught:
            look(bad)
        assert caught.value.code == "unreadable_input"


def test_an_unknown_encoding_is_named(tmp_path: Path, clip: Path) -> None:
    odd = tmp_path / "odd.mp4"
    odd.write_bytes(clip.read_bytes().replace(b"avc1", b"zzz1"))

    with pytest.raises(ValidationError, match="unknown encoding"):
        probe_video(odd)


@given(at=st.integers(0, 3000), noise=st.binary(min_size=1, max_size=8))
@settings(max_examples=100)
def test_damage_to_a_film_is_a_validation_error_or_harmless(clip: Path, at: int, noise: bytes) -> None:
    data = clip.read_bytes()
    at = len(data) - at  # the index of this film is at its end
    damaged = data[:at] + noise + data[at + len(noise) :]

    for look in (probe_video, poster_webp):
        with suppress(ValidationError):
            look(io.BytesIO(damaged))


def test_a_title_in_another_encoding_is_no_damage(tmp_path: Path, clip: Path) -> None:
    odd = tmp_path / "odd.mp4"
    odd.write_bytes(clip.read_bytes().replace(b"Lavf", b"\xe9\xe8\xff\xfe"))

    assert (probe_video(odd), poster_webp(odd)) == (probe_video(clip), poster_webp(clip))


def test_a_mistake_of_ours_is_not_told_as_damage(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(media._FFMPEG_FORMATS, MP4, 1)  # av.open wants text

    with pytest.raises(TypeError):
        probe_video(clip)


def test_a_film_with_giant_frames_is_refused_before_they_are_decoded(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "MAX_PIXELS", 64 * 48 - 1)

    with pytest.raises(ValidationError, match="film is 64x48 pixels"):
        probe_video(clip)


def test_an_old_quicktime_film_without_a_brand_is_known() -> None:
    assert sniff(b"\0\0\0\x08wide\0\1\0\0mdat") == MOV


def test_a_playlist_is_not_followed(tmp_path: Path, clip: Path) -> None:
    playlist = tmp_path / "film.mp4"
    playlist.write_text(f"#EXTM3U\n#EXTINF:1,\nfile://{clip}\n#EXT-X-ENDLIST\n")

    with pytest.raises(ValidationError, match="this is text"):
        probe_video(playlist)


def test_sound_alone_is_no_film(tmp_path: Path) -> None:
    with av.open(tmp_path / "song.mp4", "w") as out:
        sound = out.add_stream("aac", rate=48_000)
        out.mux(sound.encode(_silence()))
        out.mux(sound.encode(None))

    with pytest.raises(ValidationError, match="no picture track"):
        probe_video(tmp_path / "song.mp4")


@given(st.binary(max_size=64))
def test_any_bytes_can_be_sniffed_and_described(head: bytes) -> None:
    assert describe(head)
    assert sniff(head) is None or describe(head).endswith(")")
