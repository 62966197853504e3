"""Makes `signed.json` beside it anew: artifacts signed by the real cosign, as a registry holds them.

    python -m tests.data.source.cosign.make

Needs the reference registry (python -m tests.real.build) and cosign (./dev peers cosign).
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import tempfile
from pathlib import Path

import aiohttp
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fake.oci_artifact import INDEX, MANIFEST, Layer, artifact
from tests.peers import peer
from tests.real.registry import RealRegistry, real_registry

REPOSITORY = "team/apps"
OLD = ("--new-bundle-format=false",)
HERE = Path(__file__).parent


class Cosign:
    """The real cosign, in a home of its own."""

    def __init__(self, home: Path, registry: RealRegistry) -> None:
        self.home = home
        self._place = f"{registry.address}/{REPOSITORY}"

    def __call__(self, *arguments: str) -> None:
        environment = {"HOME": str(self.home), "COSIGN_PASSWORD": "", "PATH": os.environ["PATH"]}
        command = [str(peer("cosign")), *arguments]
        subprocess.run(command, env=environment, cwd=self.home, check=True, capture_output=True)

    def sign(self, digest: str, key: str, *more: str) -> None:
        offline = ("--tlog-upload=false", "--use-signing-config=false", "--allow-http-registry")
        self("sign", "--key", f"{key}.key", *offline, "-y", *more, f"{self._place}@{digest}")

    def attest(self, digest: str, key: str) -> None:
        (self.home / "predicate.json").write_text('{"built": "well"}')
        offline = ("--tlog-upload=false", "--use-signing-config=false", "--allow-http-registry")
        about = ("--predicate", "predicate.json", "--type", "custom")
        self("attest", "--key", f"{key}.key", *about, *offline, "-y", f"{self._place}@{digest}")

    def take(self, name: str, private: rsa.RSAPrivateKey) -> None:
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (self.home / f"{name}.pem").write_bytes(pem)
        self("import-key-pair", "--key", f"{name}.pem", "--output-key-prefix", name)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder, real_registry() as registry:
        cosign = Cosign(Path(folder), registry)
        cosign("generate-key-pair", "--output-key-prefix", "ecdsa")
        cosign("generate-key-pair", "--output-key-prefix", "other")
        cosign.take("rsa", rsa.generate_private_key(65_537, 2_048))
        digests = {}
        for name in ("ecdsa", "rsa"):
            for form, flags in (("bundle", ()), ("simple", OLD)):
                digests[f"{name} {form}"] = await pushed(registry, f"{name} {form}")
                cosign.sign(digests[f"{name} {form}"], name, *flags)
        digests["attested"] = await pushed(registry, "attested")
        cosign.attest(digests["attested"], "ecdsa")
        digests["both"] = await pushed(registry, "both")
        cosign.attest(digests["both"], "ecdsa")
        cosign.sign(digests["both"], "other")
        cosign.sign(digests["both"], "ecdsa", *OLD)
        digests["unsigned"] = await pushed(registry, "unsigned")
        names = ("ecdsa", "rsa", "other")
        keys = {name: (Path(folder) / f"{name}.pub").read_text() for name in names}
        held = await everything(registry)
    said = {"digests": digests, "keys": keys, **held}
    (HERE / "signed.json").write_text(json.dumps(said, indent=1) + "\n")


async def pushed(registry: RealRegistry, name: str) -> str:
    made = artifact(Layer(name.encode(), "text/plain"))
    return await registry.push(made, REPOSITORY, name.replace(" ", "-"))


async def everything(registry: RealRegistry) -> dict[str, object]:
    """All manifests by their references, and all blobs by their digests, in base64."""
    root = f"http://{registry.address}/v2/{REPOSITORY}"
    manifests: dict[str, list[str]] = {}
    blobs: dict[str, str] = {}
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{root}/tags/list") as answer:
            ahead = (await answer.json())["tags"]
        while ahead:
            reference = ahead.pop()
            accept = {"Accept": f"{MANIFEST}, {INDEX}"}
            async with session.get(f"{root}/manifests/{reference}", headers=accept) as answer:
                body = await answer.read()
                kind = answer.headers["Content-Type"]
                digest = answer.headers["Docker-Content-Digest"]
            for place in (reference, digest):
                manifests[place] = [kind, base64.b64encode(body).decode()]
            said = json.loads(body)
            ahead += [one["digest"] for one in said.get("manifests", [])]
            for one in [*said.get("layers", []), *([said["config"]] if "config" in said else [])]:
                async with session.get(f"{root}/blobs/{one['digest']}") as answer:
                    blobs[one["digest"]] = base64.b64encode(await answer.read()).decode()
    return {"manifests": manifests, "blobs": blobs}


if __name__ == "__main__":
    asyncio.run(main())
