"""Records of releases shared with the `helm` command: it goes on with ours, and we with its."""

from __future__ import annotations

import asyncio
import base64
import copy
import gzip
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helm_controller.release_record import Record, json_of, record_of, secret_name, secret_of
from shared.manifest.identity import Ref, section
from tests.helm_controller.cases import archive
from tests.peers import peer
from tests.servers import ApiServer

pytestmark = pytest.mark.slow
NOW = datetime(2026, 1, 2, tzinfo=UTC)
CHART = archive(
    {
        "Chart.yaml": "apiVersion: v2\nname: demo\nversion: 1.0.0\nappVersion: '1e6'\n"
        "keywords: [<a>, '&']\nmaintainers: [{name: n}]\nannotations: {z: '1', a: '2'}\n",
        "Chart.lock": "digest: sha256:0\ngenerated: '2026-01-01T00:00:00Z'\ndependencies: []\n",
        "values.schema.json": "{}",
        "values.yaml": "v: 1\nbig: 123456789012345678\nsmall: 0.0000001\nf: 1.50\n"
        "l: [a, null, {b: ä}]\n",
        "files/bin": b"\x00\xff",
        "templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
        "data: {v: {{ .Values.v | quote }}}\n",
        "templates/hook.yaml": "apiVersion: v1\nkind: ConfigMap\n"
        "metadata: {name: h, annotations: {helm.sh/hook: post-install}}\n",
        "templates/NOTES.txt": "Thanks <you>",
    }
)
Helm = Callable[..., Awaitable[str]]


@pytest.fixture
def helm(api_server: ApiServer, namespace: str, tmp_path: Path) -> Helm:
    """The `helm` command against the server, in the namespace of the test."""
    binary = peer("helm")
    (tmp_path / "demo.tgz").write_bytes(CHART)
    place = ["--kubeconfig", str(api_server.kubeconfig), "--namespace", namespace]

    async def run(*arguments: str) -> str:
        environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
        process = await asyncio.create_subprocess_exec(
            binary, *arguments, *place, stdout=-1, stderr=-1, cwd=tmp_path, env=environment
        )
        out, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        return out.decode()

    return run


async def test_what_helm_recorded_is_read_and_written_again_to_the_byte(
    api_server: ApiServer, namespace: str, helm: Helm
):
    await helm(
        "install", "demo", "demo.tgz", "--set", "v=2,x=1.5,y=1000000", "--labels", "team=blue"
    )

    async with api_server.client() as client:
        secret = await client.get(Ref("", "Secret", namespace, secret_name("demo", 1)))

    record = record_of(secret)
    assert (record.name, record.revision, record.status) == ("demo", 1, "deployed")
    assert record.labels == {"team": "blue"}
    assert json_of(record.release) == recorded_by(secret)
    # Helm wrote it a second time when all was installed, and forgot when it was created.
    labels = section(section(secret, "metadata"), "labels")
    modified = datetime.fromtimestamp(int(str(labels["modifiedAt"])), UTC)
    ours = secret_of(record, namespace, modified=modified)
    assert section(section(ours, "metadata"), "labels") == labels
    assert ours["type"] == secret["type"]


async def test_helm_goes_on_with_what_we_recorded(
    api_server: ApiServer, namespace: str, helm: Helm
):
    await helm("install", "demo", "demo.tgz")
    async with api_server.client() as client:
        first = record_of(await client.get(Ref("", "Secret", namespace, secret_name("demo", 1))))
        old = first.with_status("superseded", "Upgrade complete")
        await client.apply(secret_of(old, namespace, modified=NOW), manager="test")
        second = Record({**copy.deepcopy(first.release), "version": 2}, {"team": "blue"})
        await client.create(secret_of(second, namespace, created=NOW), manager="test")

    listed = json.loads(await helm("list", "--output", "json", "--selector", "team=blue"))
    history = json.loads(await helm("history", "demo", "--output", "json"))
    manifest = await helm("get", "manifest", "demo")
    await helm("rollback", "demo", "1")
    after = json.loads(await helm("status", "demo", "--output", "json"))
    await helm("uninstall", "demo")

    assert [(one["name"], one["revision"], one["status"]) for one in listed] == [
        ("demo", "2", "deployed")
    ]
    assert [(one["revision"], one["status"]) for one in history] == [
        (1, "superseded"),
        (2, "deployed"),
    ]
    assert "# Source: demo/templates/a.yaml" in manifest
    assert (after["version"], after["info"]["status"]) == (3, "deployed")


def recorded_by(secret: dict[str, object]) -> bytes:
    """The JSON in a Secret, as it was written."""
    outer = base64.b64decode(section(secret, "data")["release"])
    return gzip.decompress(base64.b64decode(outer))
