"""A request on its way to being legal: its values so far, which of them give way in silence, and what was noted."""

from collections import Counter
from typing import Any, Final

from diorama.catalog.entry import Model
from diorama.errors import ValidationError
from diorama.schemas import Note, NoteCode, Request

FIELDS: Final = (
    "size",
    "aspect_ratio",
    "resolution",
    "seconds",
    "fps",
    "audio",
    "seed",
    "negative_prompt",
    "quality",
    "background",
    "output_format",
    "input_fidelity",
)
WORDS: Final = ("quality", "background", "output_format", "input_fidelity")
OPTION: Final = "options."


class Draft:
    """Fields are known by name, options as `options.NAME`. A field without a value is not there."""

    def __init__(self, request: Request, model: Model, soft: frozenset[str]) -> None:
        self.model = model
        self.roles = Counter(given.role for given in request.inputs)
        self.notes: list[Note] = []
        self._request = request
        self._strict = request.fit == "strict"
        self._values = {name: value for name in FIELDS if (value := getattr(request, name)) not in (None, "")}
        self._values |= {OPTION + name: value for name, value in request.options.items() if value is not None}
        self._soft = {name for name in self._values if {name, name.removeprefix(OPTION)} & soft}
        if "options" in soft:
            self._soft |= {name for name in self._values if name.startswith(OPTION)}
        self._left_open: set[str] = set()
        self._origin: dict[str, tuple[str, Any]] = {}

    def __contains__(self, field: str) -> bool:
        return field in self._values

    def get(self, field: str) -> Any:
        return self._values.get(field)

    def key(self, name: str) -> str:
        """How a name of the catalog's rules and defaults is known here."""
        return OPTION + name if name in self.model.option_names else name

    def options(self) -> list[str]:
        return [name.removeprefix(OPTION) for name in self._values if name.startswith(OPTION)]

    def is_hard(self, field: str) -> bool:
        """Whether the caller asked for this value (and not a door, or the model's defaults)."""
        return field in self._values and field not in self._soft

    def spell(self, field: str, value: Any) -> None:
        """The same value in the model's spelling."""
        self._values[field] = value

    def fill(self, field: str, value: Any) -> None:
        """A value that nobody asked for; None takes it away."""
        if value is None:
            self.remove(field)
            return
        self._values[field] = value
        self._soft.add(field)

    def leave_open(self, *fields: str) -> None:
        """Send nothing: the model decides better by itself."""
        for field in fields:
            self.remove(field)
            self._left_open.add(field)

    def is_left_open(self, field: str) -> bool:
        return field in self._left_open

    def remove(self, field: str) -> None:
        """Without a word: it said nothing, or is said by another field."""
        self._values.pop(field, None)
        self._soft.discard(field)

    def convert(self, source: str, **into: Any) -> None:
        """One field said in terms of others."""
        asked, hard = self._values[source], self.is_hard(source)
        self.remove(source)
        for field, value in into.items():
            self.remove(field)
            self._values[field] = value
            if hard:
                self._origin[field] = (source, asked)
            else:
                self._soft.add(field)

    def change(self, field: str, used: Any, why: str, hint: str) -> None:
        """Another value instead. Refused when the fit is strict and the caller asked for this one."""
        if self.is_hard(field):
            self._refuse_if_strict(field, why, hint, "invalid_value")
            plain = f"{used:g}" if isinstance(used, float) else used
            self._note("adjusted", field, used, f"{self.model.name} {why}; {plain} is used instead.")
        self._values[field] = used

    def drop(self, field: str, why: str, hint: str, *, code: str = "invalid_value", harmless: bool = False) -> None:
        """Nothing instead. A `harmless` value only has no effect, so that even a strict fit lets it go with a note."""
        if self.is_hard(field):
            if not harmless:
                self._refuse_if_strict(field, why, hint, code)
            self._note("ignored", field, None, f"{self.model.name} {why}; it is left out.")
        self.remove(field)

    def blamed(self, field: str) -> tuple[str, Any]:
        """What the caller wrote that became this field's value, and in which field."""
        return self._origin.get(field) or (field, self._values[field])

    def request(self) -> Request:
        used = {name: self._values.get(name) for name in FIELDS}
        options = {name: self._values[OPTION + name] for name in self.options()}
        return self._request.model_copy(update=used | {"options": options})

    def _refuse_if_strict(self, field: str, why: str, hint: str, code: str) -> None:
        if self._strict:
            raise ValidationError(f"{self.model.name} {why}.", field=self.blamed(field)[0], code=code, hint=hint)

    def _note(self, code: NoteCode, field: str, used: Any, message: str) -> None:
        said, asked = self.blamed(field)
        self.notes.append(Note(code=code, field=said, asked=asked, used=used, message=message))
