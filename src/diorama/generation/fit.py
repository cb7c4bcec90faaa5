"""Makes a request legal for a model, or refuses it. Pure: everything is decided from the model's row.

`strict` refuses what the model cannot do and names the value and the alternatives; `nearest` takes the closest legal
value and leaves a note. What merely has no effect is dropped with a note in both. Values that came from a door's own
default (`soft`) never refuse and make no note. Of two values equally near the cheaper wins. What is left open is taken
from the row's defaults, so that quote and bill agree. The prompt, the inputs and `n` are never changed.
"""

import math
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from diorama.catalog.entry import Model, Option, Span
from diorama.errors import ValidationError
from diorama.generation.check import check_roles
from diorama.generation.choices import closest, closest_number, spelled
from diorama.generation.draft import OPTION, WORDS, Draft
from diorama.generation.rules import apply_rules
from diorama.generation.shape import fit_shape
from diorama.schemas import Note, Request

_SOUNDS = {"never": (False,), "always": (True,), "optional": (True, False)}
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """The request as the vendor will get it, and what was changed on the way."""

    request: Request
    notes: tuple[Note, ...]


def fit(
    request: Request, model: Model, *, soft: frozenset[str] = frozenset(), picture: tuple[int, int] | None = None
) -> Fitted:
    """The request fitted to the model. `picture` is the size of the input that shapes the
    output, in pixels: known once the inputs were brought.

    Raises ValidationError naming the field, or UnsupportedError for an input that the model has no use for.
    """
    _check_prompt(request, model)
    check_roles(request, model)
    draft = Draft(request, model, soft)
    if not model.prompt_max:
        draft.notes.append(_unread_prompt(request, model))
    fit_shape(draft, picture)
    _fit_number(draft, "seconds", model.seconds)
    _fit_number(draft, "fps", model.fps)
    _fit_switches(draft)
    for field in WORDS:
        _fit_word(draft, field, getattr(model, field))
    for name in draft.options():
        _fit_option(draft, name)
    _fill_what_is_open(draft)
    apply_rules(draft)
    _note_new_frame(draft, picture)
    return Fitted(request=draft.request(), notes=tuple(draft.notes))


def _check_prompt(request: Request, model: Model) -> None:
    if len(request.prompt) > model.prompt_max > 0:
        raise ValidationError(
            f"The prompt has {len(request.prompt)} characters; {model.name} reads {model.prompt_max}.",
            field="prompt",
            hint="Say it in fewer words; prompts are never cut.",
        )


def _unread_prompt(request: Request, model: Model) -> Note:
    message = f"{model.name} reads no prompt; it is left out."
    return Note(code="ignored", field="prompt", asked=request.prompt, used=None, message=message)


def _fit_number(draft: Draft, field: str, choices: Span | tuple[float, ...] | None) -> None:
    if field not in draft:
        return
    asked = draft.get(field)
    if not choices:
        draft.drop(field, f"takes no {field}, and {asked:g} was asked for", "Leave it out.")
        return
    used = closest_number(asked, choices)
    if abs(used - asked) < 1e-6:
        draft.spell(field, used)
    else:
        draft.change(field, used, f"has no {field} {asked:g}", f"{_listed(choices)} The nearest is {used:g}.")


def _fit_switches(draft: Draft) -> None:
    model = draft.model
    if "audio" in draft and draft.get("audio") not in _SOUNDS[model.audio]:
        draft.drop("audio", f"is {model.audio} heard, and audio = {draft.get('audio')} was asked for", "Leave it out.")
    for field, able in (("seed", model.seed), ("negative_prompt", model.negative_prompt)):
        if field in draft and not able:
            draft.drop(field, f"takes no {field}, and {draft.get(field)!r} was asked for", "Leave it out.")


def _fit_word(draft: Draft, field: str, choices: tuple[str, ...]) -> None:
    if field not in draft:
        return
    asked = draft.get(field)
    known = spelled(asked, choices)
    if known is not None:
        draft.spell(field, known)
    elif choices:
        used = closest(draft.model, field, asked, choices)
        draft.change(field, used, f"has no {field} {asked!r}", _listed(choices))
    else:
        draft.drop(field, f"takes no {field}, and {asked!r} was asked for", "Leave it out.")


def _fit_option(draft: Draft, name: str) -> None:
    key, asked = OPTION + name, draft.get(OPTION + name)
    option = next((option for option in draft.model.options if option.name == name), None)
    if option is None:
        names = sorted(draft.model.option_names)
        close = get_close_matches(name, names, n=1)
        meant = f"Did you mean {close[0]}? " if close else ""
        hint = f"{meant}It has {', '.join(names) or 'none'}."
        draft.drop(key, f"has no option {name!r}", hint, code="unknown_option")
        return
    value = _typed(option, asked)
    if value is None:
        article = "an" if option.type == "integer" else "a"
        draft.drop(key, f"has no {name} {asked!r}", f"It is {article} {option.type}.{_choices(option)}")
        return
    draft.spell(key, value)
    if option.values and value not in option.values:
        draft.drop(key, f"has no {name} {asked!r}", _choices(option).strip())
    elif not option.values:
        _fit_range(draft, option, key, value)


def _fit_range(draft: Draft, option: Option, key: str, value: Any) -> None:
    """Numbers are clamped; a text that is too long is refused, or left out whole."""
    low, high = option.min, option.max
    if isinstance(value, str):
        if high is not None and len(value) > high:
            draft.drop(key, f"reads {high:g} characters of {option.name}, not {len(value)}", "Make it shorter.")
        return
    used = value if low is None else max(value, low)
    used = used if high is None else min(used, high)
    if used != value:
        used = int(used) if option.type == "integer" else used
        draft.change(key, used, f"has no {option.name} {value}", _choices(option).strip())


def _typed(option: Option, value: Any) -> Any:
    """The value as the option's type; None where it is none. Command lines and forms send numbers as text."""
    if option.type == "string":
        return value if isinstance(value, str) else None
    if option.type == "boolean":
        return value if isinstance(value, bool) else _TRUTHS.get(str(value).lower())
    number = _number(value)
    if option.type == "number" or number is None:
        return number
    return int(number) if number == int(number) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _fill_what_is_open(draft: Draft) -> None:
    for name, value in draft.model.defaults.items():
        key = draft.key(name)
        if key not in draft and not draft.is_left_open(key):
            draft.fill(key, value)


def _note_new_frame(draft: Draft, picture: tuple[int, int] | None) -> None:
    """A frame of another size than the film's is cut and scaled before it goes out."""
    size = draft.get("size")
    if not (draft.model.frame_exact and picture and size and draft.roles.keys() & {"first_frame", "last_frame"}):
        return
    given = f"{picture[0]}x{picture[1]}"
    if given != size:
        message = f"{draft.model.name} takes frames of the film's own size; this one is cut and scaled to {size}."
        draft.notes.append(Note(code="reencoded", field="inputs", asked=given, used=size, message=message))


def _listed(choices: Span | tuple[Any, ...]) -> str:
    if isinstance(choices, Span):
        return f"From {choices.min:g} to {choices.max:g} in steps of {choices.step:g}."
    return (
        f"One of {', '.join(format(choice, 'g') if isinstance(choice, float) else str(choice) for choice in choices)}."
    )


def _choices(option: Option) -> str:
    if option.values:
        return f" One of {', '.join(map(str, option.values))}."
    bounds = [f"at least {option.min:g}"] if option.min is not None else []
    bounds += [f"at most {option.max:g}"] if option.max is not None else []
    return f" It is {' and '.join(bounds)}." if bounds else ""
