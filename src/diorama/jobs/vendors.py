"""The vendors of this installation: their catalog entries, keys, addresses, limits and adapters."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from diorama.assets.allowance import Allowance, vendor_hosts
from diorama.catalog.catalog import Catalog
from diorama.catalog.entry import Limits, Pace, Vendor
from diorama.errors import ConfigurationError
from diorama.providers import load_provider
from diorama.providers.base import Provider
from diorama.schemas import Kind
from diorama.settings import VendorEnvironment

if TYPE_CHECKING:
    import httpx2

AT_ONCE: Final = Pace(first_s=1, cap_s=10, total_s=900)
"""For vendors whose catalog gives no pace, because they answer at once: how long one call may take in all."""


class Vendors:
    """What the house knows of each vendor. Adapters are made when first needed; they share one HTTP client."""

    def __init__(
        self,
        catalog: Catalog,
        environment: VendorEnvironment,
        limits: Mapping[str, int],
        make_client: "Callable[[], httpx2.AsyncClient]",
    ) -> None:
        self.catalog = catalog
        self._environment = environment
        self._limits = limits
        self._make_client = make_client
        self._client: httpx2.AsyncClient | None = None
        self._providers: dict[str, Provider] = {}

    def entry(self, vendor: str) -> Vendor:
        """Raises ConfigurationError for a vendor that was taken away while calls of it are left."""
        if vendor not in self.catalog.vendors:
            hint = "Bring its files back by DIORAMA_VENDORS."
            raise ConfigurationError(f"There is no vendor {vendor!r} here.", key="DIORAMA_VENDORS", hint=hint)
        return self.catalog.vendors[vendor]

    def cap(self, vendor: str) -> int:
        """Calls at once: the operator's word, else the vendor's documented limit."""
        entry = self.catalog.vendors.get(vendor)
        return self._limits.get(vendor, (entry.limits if entry else Limits()).concurrent)

    def pace(self, vendor: str, kind: Kind) -> Pace:
        return self.entry(vendor).pace.get(kind, AT_ONCE)

    @property
    def keyed(self) -> frozenset[str]:
        """Vendors whose key is set."""
        return frozenset(name for name, entry in self.catalog.vendors.items() if self._environment.keys(entry.needed))

    @property
    def key_names(self) -> dict[str, tuple[str, ...]]:
        """The variables that hold the key in use, by vendor."""
        found = {name: self._environment.keys(entry.keys) for name, entry in self.catalog.vendors.items()}
        return {name: tuple(keys) for name, keys in found.items() if keys}

    @property
    def usable(self) -> frozenset[str]:
        """Vendors that this process can speak to: those with a key, and those that need none."""
        return self.keyed | {name for name, entry in self.catalog.vendors.items() if not entry.keys}

    @property
    def overridden(self) -> frozenset[str]:
        """Vendors whose base URL somebody has replaced by another than their own."""
        named = {
            name: [self._environment.first(entry.base_env) or entry.base, *self._further_urls(entry)]
            for name, entry in self.catalog.vendors.items()
        }
        return frozenset(
            name for name, urls in named.items() if any(url and not self.entry(name).answers_at(url) for url in urls)
        )

    @property
    def deployments(self) -> dict[str, str]:
        """What the environment says about names under which a vendor's models run, as it is written there."""
        named = {name: entry.deployments for name, entry in self.catalog.vendors.items() if entry.deployments}
        return {name: self._environment.first((variable,)) or "" for name, variable in named.items()}

    def base_url(self, vendor: str) -> str:
        entry = self.entry(vendor)
        return self._environment.first(entry.base_env) or entry.base

    def allowance(self, vendor: str) -> Allowance:
        """Hosts from which this vendor's results may be fetched although they are not public."""
        return vendor_hosts(self.base_url(vendor), overridden=vendor in self.overridden)

    def provider(self, vendor: str) -> Provider:
        """The adapter. Raises ConfigurationError when the vendor's key is not set."""
        if vendor not in self._providers:
            self._providers[vendor] = self._make(vendor)
        return self._providers[vendor]

    def _make(self, vendor: str) -> Provider:
        entry, adapter = self.entry(vendor), load_provider(vendor, self.catalog.brought.get(vendor))
        if not entry.keys:
            return adapter(None, self._settings(entry))
        keys = self._environment.keys(entry.keys)
        if keys is None or self._environment.keys(entry.needed) is None:
            names = " or ".join(" and ".join(names) for names in entry.needed)
            raise ConfigurationError(
                f"{entry.display_name} has no key here: {names} is not set.",
                code="missing_key",
                key=entry.keys[0][0],
                hint="Set it, or try without any key by --model sketch.",
            )
        from diorama.providers.wire import Wire

        if self._client is None:
            self._client = self._make_client()
        wire = Wire(
            vendor=vendor,
            name=entry.display_name,
            base_url=self.base_url(vendor),
            authorize=lambda: adapter.authorize(keys),
            explain=adapter.explain,
            bills_on_5xx=entry.bills_on_5xx,
            submit_timeout_s=entry.submit_timeout_s,
            client=self._client,
            key_names=tuple(keys),
            hosts=self._hosts(entry),
        )
        return adapter(wire, self._settings(entry))

    def _hosts(self, entry: Vendor) -> tuple[str, ...]:
        """Further hosts of the vendor's API; `{domain}` stands for what the base URL's host is a name in. An address
        among its settings is one, too."""
        domain = (urlsplit(self.base_url(entry.vendor)).hostname or "").partition(".")[2]
        return *(host.replace("{domain}", domain) for host in entry.hosts), *self._further_urls(entry)

    def _further_urls(self, entry: Vendor) -> list[str]:
        """Addresses among the vendor's settings."""
        return [value for value in self._settings(entry).values() if value.startswith(("https://", "http://"))]

    def _settings(self, entry: Vendor) -> dict[str, str]:
        """What the environment says under the further names that a vendor's file lists."""
        named = ((name, self._environment.first((name,))) for name in entry.settings)
        return {name: value for name, value in named if value is not None}

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
