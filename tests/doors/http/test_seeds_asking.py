"""Every field of the seeds' bodies lands somewhere: in the request, in its options, or in a note."""

from typing import Any

import pytest

from diorama.catalog.catalog import load_catalog
from diorama.catalog.entry import Model
from diorama.doors.http.seeds_asking import Asked, read_image, read_video
from diorama.doors.http.seeds_schemas import AS_WRITTEN, ImageBody, ImageSettings, VideoBody, VideoSettings
from diorama.errors import ValidationError

CATALOG = load_catalog()


def model(name: str) -> Model:
    found = CATALOG.find(name)
    assert found
    return found


def image(used: str = "openai:gpt-image-2.5-flare", root: dict[str, Any] | None = None, **settings: Any) -> Asked:
    body = {"prompt": "a fox", "customer_id": 1, "settings": {"image": settings}} | (root or {})
    return read_image(ImageBody.model_validate(body), model(used))


def video(used: str = "xai:grok-imagine-video-1.5", root: dict[str, Any] | None = None, **settings: Any) -> Asked:
    body = {"prompt": "a fox", "customer_id": 1, "settings": {"video": settings}} | (root or {})
    return read_video(VideoBody.model_validate(body), model(used))


IMAGE_VALUES: dict[str, tuple[Any, str, Any]] = {
    "model": ("openai", "model", "openai"),
    "width": (512, "size", "512x1024"),
    "height": (512, "size", "1024x512"),
    "quality": ("low", "quality", "low"),
    "negative_prompt": ("rain", "negative_prompt", "rain"),
    "seed": ("7", "seed", 7),
    "cfg_scale": (3.5, "options.cfg_scale", 3.5),
    "style_preset": ("anime", "options.style_preset", "anime"),
    "mode": ("image-to-image", "options.mode", "image-to-image"),
    "guidance": (2, "options.guidance", 2),
    "steps": (30, "options.steps", 30),
    "prompt_upsampling": (True, "options.prompt_upsampling", True),
    "number_of_images": (3, "n", 3),
    "size": ("512x512", "size", "512x512"),
    "aspect_ratio": ("16:9", "aspect_ratio", "16:9"),
    "resolution": ("2k", "resolution", "2k"),
    "background": ("transparent", "background", "transparent"),
    "moderation": ("low", "options.moderation", "low"),
    "output_format": ("webp", "output_format", "webp"),
    "output_compression": ("80", "options.output_compression", 80),
    "style": ("vivid", "options.style", "vivid"),
    "user": (123, "options.user", "123"),
    "input_fidelity": ("high", "input_fidelity", "high"),
    "fit": ("strict", "fit", "strict"),
}
VIDEO_VALUES: dict[str, tuple[Any, str, Any]] = {
    "model": ("grok", "model", "grok"),
    "duration_seconds": (7, "seconds", 7),
    "aspect_ratio": ("1:1", "aspect_ratio", "1:1"),
    "size": ("1280x720", "size", "1280x720"),
    "person_generation": ("dont_allow", "options.person_generation", "dont_allow"),
    "enhance_prompt": (False, "options.enhance_prompt", False),
    "number_of_videos": (2, "n", 2),
    "fps": (24, "fps", 24),
    "resolution": ("720p", "resolution", "720p"),
    "generate_audio": (False, "audio", False),
    "compression_quality": ("medium", "options.compression_quality", "medium"),
    "negative_prompt": ("rain", "negative_prompt", "rain"),
    "mode": ("pro", "options.mode", "pro"),
    "seed": (7, "seed", 7),
    "fit": ("strict", "fit", "strict"),
}
TOLD_ELSEWHERE = {"response_format", "disable_safe_prompt_adjust", "image_prompt"}
TOLD_ELSEWHERE |= {"file_extension", "reference_images", "last_frame", "mask"}
TOLD_ELSEWHERE |= {"poll_timeout_seconds", "poll_interval_seconds"}


def told(asked: Asked, where: str) -> Any:
    if where.startswith("options."):
        return asked.request.options[where.removeprefix("options.")]
    return getattr(asked.request, where)


@pytest.mark.parametrize("name", IMAGE_VALUES)
def test_a_setting_of_images_arrives(name: str) -> None:
    value, where, arrives = IMAGE_VALUES[name]

    asked = image(**{name: value})

    assert told(asked, where) == arrives
    assert where not in asked.soft


@pytest.mark.parametrize("name", VIDEO_VALUES)
def test_a_setting_of_films_arrives(name: str) -> None:
    value, where, arrives = VIDEO_VALUES[name]

    asked = video(**{name: value})

    assert told(asked, where) == arrives
    assert where not in asked.soft


def test_a_mode_that_is_a_resolution_by_another_name_is_taken_as_one() -> None:
    asked = video("kling:kling-3.0", mode="pro")

    assert (asked.request.resolution, asked.request.options.get("mode")) == ("1080p", None)
    assert [(note.code, note.asked, note.used) for note in asked.notes] == [("adjusted", "pro", "1080p")]


def test_a_resolution_wins_over_a_mode() -> None:
    assert video("kling:kling-3.0", mode="pro", resolution="720p").request.resolution == "720p"


def test_no_setting_is_forgotten() -> None:
    assert set(ImageSettings.model_fields) - TOLD_ELSEWHERE == set(IMAGE_VALUES)
    assert set(VideoSettings.model_fields) - TOLD_ELSEWHERE == set(VIDEO_VALUES)


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_blank_settings_are_not_given(blank: str | None) -> None:
    names = [name for name in ImageSettings.model_fields if name not in ("fit", "response_format")]

    assert image(**dict.fromkeys(names, blank)) == image()


@pytest.mark.parametrize("settings", [None, {}, {"image": None}, {"image": {}}])
def test_settings_may_be_left_out(settings: Any) -> None:
    assert image(root={"settings": settings}) == image()


def test_what_the_route_fills_in_is_soft() -> None:
    assert image().request.size == "1024x1024"
    assert image().soft == {"size"}
    film = video()
    assert (film.request.seconds, film.request.aspect_ratio) == (5, "9:16")
    assert film.soft == {"seconds", "aspect_ratio", "options.enhance_prompt"}


def test_size_wins_over_width_and_height_with_a_note() -> None:
    asked = image(size="512x512", width=768, height=512)

    assert asked.request.size == "512x512"
    assert [(note.code, note.field, note.asked) for note in asked.notes] == [("ignored", "width", "768x512")]


def test_size_that_agrees_needs_no_note() -> None:
    assert image(size="768x512", width=768, height=512).notes == ()


@pytest.mark.parametrize(("old", "used"), [("standard", "medium"), ("hd", "high"), ("HD", "high")])
def test_old_words_for_quality_mean_todays(old: str, used: str) -> None:
    asked = image(quality=old)

    assert asked.request.quality == used
    assert [(note.code, note.field, note.asked, note.used) for note in asked.notes] == [
        ("adjusted", "quality", old, used)
    ]


def test_a_model_that_knows_the_old_words_gets_them() -> None:
    asked = image("openai:dall-e-3", quality="hd")

    assert (asked.request.quality, asked.notes) == ("hd", ())


@pytest.mark.parametrize(("said", "used"), [(True, "auto"), (False, "low")])
def test_moderation_as_a_switch_is_put_into_the_models_words(said: bool, used: str) -> None:
    asked = image(moderation=said)

    assert asked.request.options["moderation"] == used
    assert [note.field for note in asked.notes] == ["moderation"]


def test_a_prompt_that_must_not_be_rewritten_says_so() -> None:
    asked = image(disable_safe_prompt_adjust=True)

    assert asked.request.prompt == AS_WRITTEN + "a fox"
    assert [note.field for note in asked.notes] == ["disable_safe_prompt_adjust"]
    assert image(disable_safe_prompt_adjust=False).request.prompt == "a fox"


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        ("https://example.com/a.png", "url"),
        ("/media/1/t.png", "url"),
        ("data:image/png;base64,AAAA", "data"),
        ("DATA:image/png;base64,AAAA", "data"),
        ("01a1f78b-5101-77a2-bcd4-0fdc1471d809", "asset"),
        ("01A1F78B-5101-77A2-BCD4-0FDC1471D809", "asset"),
    ],
)
def test_a_picture_is_named_in_any_way(picture: str, kind: str) -> None:
    (given,) = image(root={"image_url": picture}).request.inputs

    assert given.role == "reference"
    assert (getattr(given, kind) or "").lower() == picture.lower()


def test_pictures_of_films_have_their_roles() -> None:
    references = [
        "https://e.example/r1",
        {"url": "https://e.example/r2", "type": "ASSET"},
        {"image": "https://e.example/r3", "reference_type": "style"},
    ]
    films: dict[str, Any] = {"last_frame": "https://e.example/l", "mask": "https://e.example/m"}
    films["reference_images"] = references

    asked = video(root={"input_image_url": "https://e.example/f"}, **films)

    found = [(given.role, (given.url or "")[-2:]) for given in asked.request.inputs]
    assert found[:3] == [("first_frame", "/f"), ("last_frame", "/l"), ("mask", "/m")]
    assert found[3:] == [("reference", "r1"), ("reference", "r2"), ("reference", "r3")]
    assert [(note.code, note.asked, note.used) for note in asked.notes] == [("adjusted", "style", "asset")]


def test_an_image_prompt_is_a_reference() -> None:
    (given,) = image(image_prompt="https://example.com/a.png").request.inputs

    assert (given.role, given.url) == ("reference", "https://example.com/a.png")


@pytest.mark.parametrize(
    ("settings", "field"),
    [({"poll_interval_seconds": 5.0}, "poll_interval_seconds"), ({"file_extension": "webm"}, "file_extension")],
)
def test_what_has_no_effect_is_noted(settings: dict[str, Any], field: str) -> None:
    assert [(note.code, note.field) for note in video(**settings).notes] == [("ignored", field)]


@pytest.mark.parametrize("extension", ["mp4", ".mp4", "MP4", None])
def test_mp4_is_what_films_are(extension: str | None) -> None:
    assert video(file_extension=extension).notes == ()


def test_the_poll_timeout_is_how_long_the_caller_waits() -> None:
    assert video(poll_timeout_seconds=240).wait_s == 240
    assert video().wait_s is None


@pytest.mark.parametrize(
    ("settings", "root", "as_data"),
    [
        ({}, {}, False),
        ({"response_format": "url"}, {}, False),
        ({"response_format": "b64_json"}, {}, True),
        ({}, {"save_to_db": False}, True),
    ],
)
def test_bytes_are_answered_where_they_are_asked_for(
    settings: dict[str, Any], root: dict[str, Any], as_data: bool
) -> None:
    asked = image(root=root, **settings)

    assert asked.as_data is as_data
    assert asked.request.store is root.get("save_to_db", True)


def test_unknown_keys_at_the_root_are_noted() -> None:
    asked = image(root={"scenes": [1, 2], "count": 3, "image": "x" * 500})

    assert [(note.code, note.field, note.used) for note in asked.notes] == [
        ("ignored", "scenes", None),
        ("ignored", "count", None),
        ("ignored", "image", None),
    ]
    assert len(str(asked.notes[2].asked)) < 100


def test_settings_of_other_features_are_noted() -> None:
    asked = image(root={"settings": {"text": {"model": "x"}, "image": {"size": "64x64"}}})

    assert [note.field for note in asked.notes] == ["settings.text"]


@pytest.mark.parametrize(
    ("settings", "field", "hint"),
    [
        ({"image": {"qualty": "high"}}, "settings.image.qualty", "quality"),
        ({"image": {"n": 3}}, "settings.image.n", "number_of_images"),
        ({"image": {"duration_seconds": 3}}, "settings.image.duration_seconds", "It has"),
        ({"model": "openai"}, "settings.model", "settings.image"),
    ],
)
def test_typing_errors_about_money_are_refused(settings: dict[str, Any], field: str, hint: str) -> None:
    with pytest.raises(ValidationError) as refused:
        image(root={"settings": settings})

    assert (refused.value.code, refused.value.field) == ("unknown_option", field)
    assert hint in (refused.value.hint or "")


def test_the_models_own_options_are_let_through() -> None:
    assert image("openai:gpt-image-2.6-flare", complexity="low").request.options == {"complexity": "low"}


def test_an_option_that_cannot_be_kept_is_named_as_the_caller_did() -> None:
    with pytest.raises(ValidationError, match=r"^settings\.image has 64\.\d kB") as caught:
        image(safety_identifier="x" * 64_000)

    assert caught.value.field == "settings.image"


def test_session_and_message_are_kept_as_text() -> None:
    request = image(root={"session_id": "s", "message_id": 17}).request

    assert (request.session_id, request.message_id) == ("s", "17")
