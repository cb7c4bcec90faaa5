"""How a vendor stands in this installation: whether its key is here, where it was found, and where requests go."""

import re
from typing import Final

from diorama.catalog.entry import Vendor
from diorama.schemas import Shape
from diorama.settings import VendorEnvironment

SHOWN: Final = 4
LONG_ENOUGH: Final = 16
"""Of a shorter key not even its end is shown."""


class Variable(Shape):
    """A variable that is set, and where. `ending` is the end of its value: enough to tell two keys apart."""

    name: str
    where: str
    ending: str | None


class Standing(Shape):
    """`variables` hold the key that counts; without one, `wants` says what to set.

    `overridden_by` is the variable that replaces the vendor's own base URL; a password in it is not shown.
    """

    vendor: str
    display_name: str
    needs_key: bool
    variables: tuple[Variable, ...]
    wants: str
    base_url: str
    overridden_by: str | None

    @property
    def usable(self) -> bool:
        return bool(self.variables) or not self.needs_key


def standing(vendor: Vendor, environment: VendorEnvironment) -> Standing:
    """Reads names and addresses only; a key's value does not leave this function but for its last letters."""
    found = (environment.keys(vendor.keys) or {}) if environment.keys(vendor.needed) else {}
    base = next((name for name in vendor.base_env if environment.first((name,))), None)
    return Standing(
        vendor=vendor.vendor,
        display_name=vendor.display_name,
        needs_key=bool(vendor.keys),
        variables=tuple(
            Variable(name=name, where=environment.origin(name), ending=_ending(key.get_secret_value()))
            for name, key in found.items()
        ),
        wants=" or ".join(" and ".join(names) for names in vendor.needed),
        base_url=re.sub(r"//[^/]*@", "//…@", environment.first(vendor.base_env) or vendor.base),
        overridden_by=base,
    )


def _ending(value: str) -> str | None:
    return value[-SHOWN:] if len(value) >= LONG_ENOUGH else None
