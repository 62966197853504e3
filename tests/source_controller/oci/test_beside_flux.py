"""Flux's own source-controller and ours, given the same objects and the same registry: what they
offer and what they say is the same, but for what differs on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import io
import socket
import tarfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from shared.cluster.client import Client
from shared.manifest.identity import Manifest, Ref, section
from tests import servers
from tests.fake.cases import DATA
from tests.fake.cosign import KEYS, Signed
from tests.fake.notary import NOW, Notary, policy
from tests.fake.oci_artifact import HELM_LAYER, Layer, artifact, index
from tests.fake.oci_registry import FakeRegistry, fake_registry
from tests.fake.sigstore import FakeSigstore, referring
from tests.journeys.controllers import Controllers, command
from tests.journeys.journey import install
from tests.peers import peer

pytestmark = [pytest.mark.slow]

CASES: list[dict[str, Any]] = yaml.safe_load((DATA / "source/beside_flux_oci.yaml").read_text())
HOME = "apps"
LIMIT = 60.0


def layer(media_type: str, **files: str) -> Layer:
    """A layer as tar makes it, with a directory that nothing is in."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as made:
        for name in ("empty", "deploy"):
            info = tarfile.TarInfo(name)
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            made.addfile(info)
        for name, text in files.items():
            info = tarfile.TarInfo(f"deploy/{name}")
            info.size, info.mode = len(text), 0o755 if name.endswith(".sh") else 0o644
            made.addfile(info, io.BytesIO(text.encode()))
        link = tarfile.TarInfo("deploy/link")
        link.type, link.linkname = tarfile.SYMTYPE, "a.yaml"
        made.addfile(link)
    return Layer(file.getvalue(), media_type)


async def filled(registry: FakeRegistry) -> dict[str, str]:
    """What the cases are about; the words in them that stand for something."""
    files = {"a.yaml": "a: 1\n", "run.sh": "#!/bin/sh\n", "notes.txt": "x", "picture.png": "x"}
    apps = artifact(
        layer("application/x.first", **files),
        layer("application/x.second", **{"b.yaml": "b: 2\n"}),
        annotations={"org.opencontainers.image.revision": "main@sha1:1"},
    )
    tags = ("latest", "1.0.0", "1.2.3", "v1.1.0", "1.2", "2.0.0-rc.1", "old", "1.2.3_build")
    digest = await registry.push(apps, "team/apps", *tags)
    chart = layer(HELM_LAYER, **{"Chart.yaml": "name: web"})
    await registry.push(artifact(chart), "charts/web", "1.0.0", "1.1.0_build.5", "0.9.0")
    await registry.push(apps, "team/index")
    both = index(apps.descriptor(platform={"os": "linux", "architecture": "amd64"}))
    await registry.push(both, "team/index", "latest")
    await registry.push(artifact(Layer(b"plain")), "team/plain", "latest")
    await registry.push(artifact(), "team/empty", "latest")
    signed = FakeRegistry()
    Signed(signed).fill()
    registry.blobs |= signed.blobs
    for (_, reference), held in signed.manifests.items():
        registry.manifests["team/apps-signed", reference] = held
    await sign_without_keys(registry)
    await sign_by_notation(registry)
    return {"apps": digest, "registry": f"oci://{registry.address}"}


SIGSTORE = FakeSigstore()


NOTARY, STRANGER = Notary(), Notary()


async def sign_by_notation(registry: FakeRegistry) -> None:
    """Signatures of notation, good ones and others."""
    expiry = "io.cncf.notary.expiry"
    over = {
        expiry: (NOW - timedelta(hours=1)).isoformat(),
        "io.cncf.notary.signingTime": (NOW - timedelta(hours=2)).isoformat(),
        "crit": ["io.cncf.notary.signingScheme", expiry],
    }
    server = (ExtendedKeyUsageOID.SERVER_AUTH,)
    signers = {
        "ec": (NOTARY.signer("EC 256"), {}),
        "rsa": (NOTARY.signer("RSA 2048"), {}),
        "stranger": (STRANGER.signer(), {}),
        "expired": (NOTARY.signer(), over),
        "old": (NOTARY.signer(days=(-2, -1)), {}),
        "server": (NOTARY.signer(uses=server), {}),
        "unsigned": None,
    }
    for name, signer in signers.items():
        made = artifact(layer("application/x.first", **{"a.yaml": name}))
        await registry.push(made, "team/notation", name)
        if signer:
            signature = signer[0].sign(made, **signer[1])
            await registry.push(signature, "team/notation")
    await sign_and_revoke(registry)
    for name, kind in (("cose-ec", "EC 384"), ("cose-rsa", "RSA 3072")):
        made = artifact(layer("application/x.first", **{"a.yaml": name}))
        await registry.push(made, "team/notation", name)
        await registry.push(NOTARY.signer(kind).sign_in_cose(made), "team/notation")


async def sign_and_revoke(registry: FakeRegistry) -> None:
    """Signatures with certificates that name a list, which the registry gives out too."""
    lists: dict[str, bytes] = {}
    for name in ("listed", "unlisted", "unknown"):
        url = x509.UniformResourceIdentifier(f"http://{registry.address}/lists/{name}")
        place = x509.CRLDistributionPoints([x509.DistributionPoint([url], None, None, None)])
        signer = NOTARY.signer(more=(place,))
        made = artifact(layer("application/x.first", **{"a.yaml": name}))
        await registry.push(made, "team/notation", name)
        await registry.push(signer.sign(made), "team/notation")
        if name != "unknown":
            lists[name] = NOTARY.listed(*([signer.chain[0]] if name == "listed" else []))

    async def answer(request: web.Request) -> web.StreamResponse | None:
        found = lists.get(request.path.removeprefix("/lists/"))
        return web.Response(body=found) if found else None

    registry.interfere = answer


def trusted_by_notation(registry: str) -> dict[str, dict[str, str]]:
    """Secrets with trust policies, by their names."""
    certificate = {"ca.crt": NOTARY.certificate}
    place = f"{registry.removeprefix('oci://')}/team/notation"
    mine = ["x509.subject: C=NL, ST=Utrecht, O=Tests"]
    others = ["x509.subject: C=NL, ST=Utrecht, O=Others"]
    policies = {
        "strict": policy(),
        "permissive": policy("permissive"),
        "audit": policy("audit"),
        "skip": policy("skip"),
        "scoped": policy(scope=place, trustedIdentities=mine),
        "elsewhere": policy(scope="registry.example/other"),
        "others": policy(trustedIdentities=others),
        "broken": policy("nonsense"),
    }
    return {
        f"notation-{name}": {"trustpolicy.json": text, **certificate}
        for name, text in policies.items()
    } | {"notation-bare": {"trustpolicy.json": policy()}}


async def sign_without_keys(registry: FakeRegistry) -> None:
    """Signatures of an identity, in both forms, and one that is no signature but an attestation."""
    for form in ("bundle", "simple", "attested"):
        made = artifact(layer("application/x.first", **{"a.yaml": form}))
        digest = await registry.push(made, "team/keyless", form)
        signer = SIGSTORE.signer()
        if form == "simple":
            tag = digest.replace(":", "-") + ".sig"
            signature = SIGSTORE.simple(digest, signer)
            await registry.push(artifact(signature), "team/keyless", tag)
            continue
        kind = {} if form == "bundle" else {"predicateType": "https://slsa.dev/provenance/v1"}
        bundle = SIGSTORE.bundle(digest, signer, **kind)
        await registry.push(referring(bundle, made), "team/keyless")


def named(case: dict[str, Any]) -> str:
    return case["name"].replace(" ", "-")


def meant(value: object, words: dict[str, str]) -> Any:
    """A spec with its words filled in."""
    match value:
        case dict():
            return {key: meant(one, words) for key, one in value.items()}
        case str():
            for word, text in words.items():
                value = value.replace(f"{{{word}}}", text)
    return value


async def asked(client: Client, words: dict[str, str]) -> None:
    """All objects of the cases, and the Secrets that they name."""
    await client.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME}}, manager="someone"
    )
    secrets = {
        "keys": {"ecdsa.pub": KEYS["ecdsa"], "rsa.pub": KEYS["rsa"]},
        "other": {"other.pub": KEYS["other"]},
        "root": {"trusted_root.json": SIGSTORE.trusted_root()},
        "other-root": {"trusted_root.json": FakeSigstore().trusted_root()},
        **trusted_by_notation(words["registry"]),
    }
    for name, data in secrets.items():
        meta = {"name": name, "namespace": HOME}
        await client.apply(
            {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": data},
            manager="someone",
        )
    for case in CASES:
        spec = {
            "url": "{registry}/team/apps",
            "interval": "1h",
            "insecure": True,
            "timeout": "20s",
            **case["spec"],
        }
        await client.apply(
            {
                "apiVersion": "source.toolkit.fluxcd.io/v1",
                "kind": "OCIRepository",
                "metadata": {"name": named(case), "namespace": HOME},
                "spec": meant(spec, words),
            },
            manager="someone",
        )


def is_settled(found: Manifest) -> bool:
    """Whether an attempt came to an end, and all was written: Flux writes conditions first."""
    status = section(found, "status")
    conditions = {one["type"]: one for one in status.get("conditions", [])}
    if conditions.get("Ready", {}).get("status") == "True":
        return status.get("observedGeneration") == section(found, "metadata")["generation"]
    again = conditions.get("Reconciling", {}).get("reason") == "ProgressingWithRetry"
    return "Ready" in conditions and (again or "Stalled" in conditions)


async def outcome(client: Client, name: str) -> dict[str, Any]:
    """What became of an object, without moments and addresses."""
    ref = Ref("source.toolkit.fluxcd.io", "OCIRepository", HOME, name, "v1")
    while not is_settled(found := await client.get(ref)):
        await asyncio.sleep(0.05)
    status = section(found, "status")
    conditions = {(one["type"], one["status"], one["reason"]) for one in status["conditions"]}
    offered = section(status, "artifact")
    return {
        "conditions": conditions,
        "artifact": {key: offered.get(key) for key in ("revision", "path", "metadata")},
        "content": await content(offered, found) if offered else None,
        "observed": {"observedGeneration": -1}
        | {key: one for key, one in status.items() if key.startswith("observed")},
        "url": status.get("url", "").partition(f"/{HOME}/")[2],
    }


async def content(offered: Manifest, found: Manifest) -> object:
    """The digest of what was copied; the entries of what was packed."""
    if section(section(found, "spec"), "layerSelector").get("operation") == "copy":
        return offered["digest"]
    async with aiohttp.ClientSession() as session, session.get(str(offered["url"])) as answer:
        assert answer.status == 200, await answer.text()
        body = await answer.read()
    with tarfile.open(fileobj=io.BytesIO(body)) as made:
        return [
            (
                one.name,
                one.type,
                one.mode,
                one.mtime,
                (made.extractfile(one) or io.BytesIO()).read(),
            )
            for one in made
        ]


@contextlib.asynccontextmanager
async def working(
    place: Path, words: dict[str, str], program: list[str], **flags: str
) -> AsyncIterator[dict[str, Any]]:
    """What a controller makes of all cases, on an API server of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    place.mkdir()
    async with servers.embedded() as server, server.client() as client:
        await install(client)
        await asked(client, words)
        line = [word.format(kubeconfig=server.kubeconfig) for word in program]
        line += [f"--storage-path={place}", f"--storage-addr={address}"]
        line += [f"--storage-adv-addr={address}", "--concurrent=4"]
        controllers = Controllers([line], "flux-system", place / "log")
        await controllers.start()
        try:
            async with asyncio.timeout(LIMIT):
                yield {named(case): await outcome(client, named(case)) for case in CASES}
        except TimeoutError:
            pytest.fail(f"not within {LIMIT:g}s\n{(place / 'log').read_text()[-4000:]}")
        finally:
            await controllers.end()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """What Flux makes of all cases, and what we make of them."""
    binary = peer("source-controller")
    place = tmp_path_factory.mktemp("beside")

    async def worked() -> tuple[dict[str, Any], dict[str, Any]]:
        async with fake_registry() as registry:
            words = await filled(registry)
            theirs = ["env", "KUBECONFIG={kubeconfig}", str(binary), "--events-addr="]
            theirs += ["--metrics-addr=0", "--health-addr=127.0.0.1:0"]
            ours = command("source_controller", kubeconfig=Path("{kubeconfig}"))
            async with working(place / "theirs", words, theirs) as first:
                pass
            async with working(place / "ours", words, ours) as second:
                return first, second

    return asyncio.run(worked())


@pytest.mark.parametrize("case", CASES, ids=named)
def test_what_flux_offers_and_says_we_offer_and_say_too(both, case):
    theirs, ours = (side[named(case)] for side in both)

    if "ours" in case:
        assert ours["conditions"] == {tuple(one) for one in case["ours"]}
        assert ours["conditions"] != theirs["conditions"], "it differs no more: drop `ours`"
        return
    assert ours == theirs


def test_every_difference_has_a_reason():
    assert [case["name"] for case in CASES if ("ours" in case) != bool(case.get("why"))] == []
