"""The only place that reads the environment (and `.env`)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic import ValidationError as SchemaError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from diorama.errors import ConfigurationError
from diorama.keyfile import NAME as KEY_FILE
from diorama.keyfile import read_keys
from diorama.problems import secrets_of, to_error

ENVIRONMENT = "the environment"
YES, NO = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


def find_home() -> Path:
    """The nearest `.diorama/` upward from here, else the user's data directory."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ".diorama").is_dir():
            return folder / ".diorama"
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "diorama"


def pairs(text: str) -> dict[str, str]:
    """`a=b,c=d` as a dict."""
    found: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, sign, value = part.partition("=")
        if not (sign and name.strip() and value.strip()):
            raise ValueError(f"{part!r} is not NAME=VALUE")
        found[name.strip()] = value.strip()
    return found


def _substitutes(text: str) -> dict[str, str]:
    return pairs(",".join(part for part in text.split(",") if part.strip() != "successors"))


class Settings(BaseSettings):
    """Every knob, its default and its meaning. Environment names carry the prefix `DIORAMA_`."""

    model_config = SettingsConfigDict(
        env_prefix="DIORAMA_", env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    home: Path = Field(default_factory=find_home, description="`diorama.db`, `media/` and `run/` live here.")
    database_url: str | None = Field(default=None, repr=False, description="SQLite in home, or `postgresql://...`.")
    storage_url: str | None = Field(default=None, description="`media/` in home, or `file:///dir`.")
    public_url: str | None = Field(
        default=None, description="Our own address in media URLs, `Location` and links. Default `http://{host}:{port}`."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on; only loopback while there is no auth.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on.")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(
            "http://localhost:5173",
            "http://127.0.0.1:5173",
            "http://localhost:3000",
            "http://127.0.0.1:3000",
        ),
        description="Origins of other pages that may call us, comma separated.",
    )
    default_image_model: str | None = Field(default=None, description="The image model when none is named.")
    default_video_model: str | None = Field(default=None, description="The video model when none is named.")
    substitutes: str = Field(
        default="",
        description="`asked=used,...` answers retired or missing models with another; `successors` follows each "
        "retired model's successor.",
    )
    vendors: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(),
        description="Folders of vendors that you bring yourself: `<vendor>.toml` and `<vendor>.py` each, whose code "
        "runs here. Several stand with `:` between them (`;` on Windows).",
    )
    limits: Annotated[dict[str, int], NoDecode] = Field(
        default_factory=dict, description="Calls at once per vendor, `xai=20,openai=5`, over the catalog's."
    )
    wait_s: float = Field(default=600, gt=0, description="How long a waiting door waits, in seconds.")
    queue_max: int = Field(default=10_000, ge=1, description="Calls that may wait for a slot before we answer 429.")
    max_upload_mb: float = Field(default=50, gt=0, description="Largest input, in MB.")
    max_media_mb: float = Field(default=1024, gt=0, description="Largest result that is taken from a vendor, in MB.")
    log: Literal["debug", "info", "warning", "error"] = Field(default="info", description="How much is logged.")

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _origins(cls, value: Any) -> Any:
        return tuple(filter(None, (part.strip() for part in value.split(",")))) if isinstance(value, str) else value

    @field_validator("vendors", mode="before")
    @classmethod
    def _folders(cls, value: Any) -> Any:
        return tuple(filter(None, value.split(os.pathsep))) if isinstance(value, str) else value

    @field_validator("vendors")
    @classmethod
    def _absolute_folders(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(dict.fromkeys(folder.expanduser().absolute() for folder in value))

    @field_validator("limits", mode="before")
    @classmethod
    def _limits(cls, value: Any) -> Any:
        return pairs(value) if isinstance(value, str) else value

    @field_validator("limits")
    @classmethod
    def _positive(cls, value: dict[str, int]) -> dict[str, int]:
        for vendor, cap in value.items():
            if cap < 1:
                raise ValueError(f"{vendor} needs at least 1 call at once")
        return value

    @field_validator("substitutes")
    @classmethod
    def _in_pairs(cls, value: str) -> str:
        _substitutes(value)
        return value

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def follows_successors(self) -> bool:
        return "successors" in {part.strip() for part in self.substitutes.split(",")}

    @property
    def substitute_pairs(self) -> dict[str, str]:
        return _substitutes(self.substitutes)

    @property
    def own_url(self) -> str:
        """Our own address, without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")


class VendorEnvironment:
    """Keys and base URLs of vendors, looked up by the names that their catalog files give. A variable that says no, as
    switches do, counts as not set."""

    def __init__(self, values: Mapping[str, str], origins: Mapping[str, str] | None = None) -> None:
        self._values = {name: value for name, value in values.items() if value and value.lower() not in NO}
        self._origins = dict(origins or {})

    def origin(self, name: str) -> str:
        """Where a variable that is set was found, as people say it."""
        return self._origins.get(name, ENVIRONMENT)

    def first(self, names: tuple[str, ...]) -> str | None:
        """The first of these variables that is set."""
        return next((self._values[name] for name in names if name in self._values), None)

    def keys(self, choices: tuple[tuple[str, ...], ...]) -> dict[str, SecretStr] | None:
        """The first complete set of key variables, or None; one that is switched on goes before the others."""
        whole = [names for names in choices if all(name in self._values for name in names)]
        whole.sort(key=lambda names: not any(self._values[name].lower() in YES for name in names))
        return {name: SecretStr(self._values[name]) for name in whole[0]} if whole else None


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment and `.env`; a bad value is a ConfigurationError that names it."""
    try:
        return Settings(**overrides)
    except SchemaError as error:
        raise _bad_setting(error.errors(include_url=False)[0]) from None
    except (OSError, UnicodeDecodeError):
        raise _unreadable() from None


def _bad_setting(found: Any) -> ConfigurationError:
    name, *rest = found["loc"]
    variable = f"DIORAMA_{name.upper()}"
    secret = {variable} if name in secrets_of(Settings) else ()
    said = to_error([{**found, "loc": (variable, *rest)}], secret=secret)
    hint = "docs/reference/settings.md lists every setting with its meaning."
    return ConfigurationError(said.message, key=variable, hint=said.hint or hint)


def _unreadable() -> ConfigurationError:
    return ConfigurationError(
        "The file '.env' in this folder cannot be read.", key=".env", hint="Make it UTF-8 text that you may read."
    )


def vendor_environment(home: Path | None = None) -> VendorEnvironment:
    """Vendors' keys and base URLs: the process's environment over `.env` over what this home keeps.

    Raises ConfigurationError.
    """
    from dotenv import dotenv_values

    try:
        in_file = {name: value for name, value in dotenv_values(".env").items() if value}
    except (OSError, UnicodeDecodeError):
        raise _unreadable() from None
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    for origin, found in ((KEY_FILE, read_keys(home) if home else {}), (".env", in_file), (ENVIRONMENT, os.environ)):
        values |= found
        origins |= dict.fromkeys(found, origin)
    return VendorEnvironment(values, origins)
