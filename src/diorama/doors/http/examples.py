"""Requests that work as they stand, for the reference: the built-in sketch needs no key."""

from typing import Any

IMAGES: dict[str, Any] = {
    "sketch": {
        "summary": "A picture by the built-in sketch",
        "value": {
            "prompt": "A serene mountain landscape at sunset",
            "settings": {"image": {"model": "sketch", "width": 1024, "height": 1024}},
            "customer_id": 123,
        },
    },
    "family": {
        "summary": "A picture by today's default model of a family",
        "value": {
            "prompt": "A serene mountain landscape at sunset",
            "settings": {"image": {"model": "openai", "width": 1024, "height": 1024, "quality": "high"}},
            "customer_id": 123,
            "save_to_db": True,
        },
    },
}
VIDEOS: dict[str, Any] = {
    "sketch": {
        "summary": "A film by the built-in sketch",
        "value": {
            "prompt": "A serene mountain landscape at sunset",
            "settings": {"video": {"model": "sketch", "duration_seconds": 5, "aspect_ratio": "9:16"}},
            "customer_id": 123,
        },
    },
    "picture": {
        "summary": "A film that begins with a picture made before",
        "value": {
            "prompt": "The sun sinks behind the mountains",
            "settings": {"video": {"model": "sketch", "duration_seconds": 4}},
            "input_image_url": "/media/019a9f3c-0000-7000-8000-000000000000/token.png",
            "customer_id": 123,
        },
    },
}
GENERATIONS: dict[str, Any] = {
    "picture": {
        "summary": "Two pictures",
        "value": {"model": "sketch", "prompt": "a fox in the snow", "size": "1024x1024", "n": 2},
    },
    "film": {
        "summary": "A film",
        "value": {"model": "sketch:motion", "prompt": "a fox in the snow", "size": "1280x720", "seconds": 4},
    },
}
EXTENSIONS: dict[str, Any] = {
    "asset": {
        "summary": "A film made before goes on",
        "value": {
            "prompt": "The fox turns and runs into the forest",
            "video_id": "019a9f3c-0000-7000-8000-000000000000",
            "settings": {"video": {"duration_seconds": 4}},
            "customer_id": 123,
        },
    },
}
