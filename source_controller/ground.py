"""What the controllers of all kinds of source stand on together: one store, one server, one table
of what is on offer."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.artifact.server import ArtifactServer
from shared.artifact.storage import Storage
from shared.cloud.service import CloudService
from shared.cloud.web import WebService
from shared.cluster.cache import Cache
from shared.manifest.identity import Kind
from shared.runtime.clouds import clouds_of
from shared.runtime.probe import Address
from shared.runtime.site import Site
from source_controller.address import StorageAddress
from source_controller.feature import features
from source_controller.offer import Offers, Watched
from source_controller.secret import ClusterSecrets
from source_controller.settings import SourceSettings
from source_controller.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Ground:
    """The common ground of one process. `offering`: the kinds that have artifacts here, as they are
    in paths; `sources`: the kinds that others may build from."""

    site: Site
    settings: SourceSettings
    storage: Storage
    server: ArtifactServer
    offers: Offers
    offering: dict[str, Watched]
    sources: dict[Kind, Cache] = field(default_factory=dict)

    @classmethod
    def prepared(
        cls, site: Site, settings: SourceSettings, storage: Storage, *, shared: bool = False
    ) -> Ground:
        """The ground before anything is built on it. `shared`: whether other replicas store where
        this one serves from."""
        offering: dict[str, Watched] = {}
        offers = Offers(offering)
        listen = Address.parse(settings.storage_addr)
        clock = site.clock if shared else None
        server = ArtifactServer(storage, offers, listen.host, listen.port, clock)
        return cls(site, settings, storage, server, offers, offering)

    def own(self, kind: Kind) -> Cache:
        """The objects of a kind that this process reconciles, as the flags narrow them."""
        return self.site.caches.of(kind, labels=self.site.settings.watch_label_selector)

    def shelf(self, kind: Kind, *, of_all: bool = False) -> Shelf:
        """Where the artifacts of a kind are kept. What its objects name is on offer from now on,
        and they can be sources of others. `of_all`: those too that the flags leave to others, for a
        kind whose objects do not carry the labels of what they are made by."""
        name = kind.kind.lower()
        self.sources[kind] = self.site.caches.of(kind)
        self.offering[name] = self.sources[kind] if of_all else self.own(kind)
        return Shelf(name, self.storage, self.offers, self.address, self.site.clock)

    @property
    def address(self) -> StorageAddress:
        """Where artifacts are fetched from."""
        host = host_of(self.settings.storage_addr)
        return StorageAddress(self.settings.storage_adv_addr, host, self.server)

    def clouds(self, web: WebService) -> CloudService:
        """Who gives credentials of clouds; somebody has to `run` the web."""
        return clouds_of(
            self.site,
            web,
            objects=features(self.settings.feature_gates).object_identities,
            default_account=self.settings.default_service_account,
        )

    @property
    def secrets(self) -> ClusterSecrets:
        """The Secrets of the cluster."""
        return ClusterSecrets(self.site.client)


def host_of(address: str) -> str:
    """The host of a listening address as it was written: empty for `:9090`."""
    return address.rpartition(":")[0].strip("[]")
