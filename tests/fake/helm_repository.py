"""A Helm repository of static files on loopback, and the charts in it, made here by hand."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import ssl
import tarfile
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

MADE = "2026-01-01T00:00:00Z"


def chart_files(name: str, version: str, **metadata: object) -> dict[str, str]:
    """The files of a small chart; JSON is YAML too."""
    fields = {"apiVersion": "v2", "name": name, "version": version, **metadata}
    return {
        "Chart.yaml": json.dumps(fields),
        "values.yaml": "# how many\nreplicas: 1\nimage:\n  tag: old\n",
        "values-prod.yaml": "image:\n  tag: new\n",
        "templates/config.yaml": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n",
        "templates/.hidden": "no part of a chart\n",
        "README.md": f"# {name}\n",
    }


def packed(name: str, files: Mapping[str, str | bytes]) -> bytes:
    """A packed chart."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for path, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(made.getvalue(), mtime=0)


@dataclass
class FakeRepository:
    """`login`: the user and password that are asked for; `answers`: statuses for paths instead of
    their files; `asked`: the paths that were asked for, with the Authorization that came along."""

    url: str = ""
    login: tuple[str, str] | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, web.StreamResponse] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    entries: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def add(self, name: str, version: str, **metadata: object) -> bytes:
        """A chart of small files in the repository, and in its index."""
        return self.put(name, version, chart_files(name, version, **metadata))

    def put(self, name: str, version: str, files: Mapping[str, str | bytes]) -> bytes:
        """A chart in the repository, and in its index."""
        data = packed(name, files)
        self.files[f"charts/{name}-{version}.tgz"] = data
        self.entries.setdefault(name, []).append(
            {
                "apiVersion": "v2",
                "name": name,
                "version": version,
                "created": MADE,
                "digest": hashlib.sha256(data).hexdigest(),
                "urls": [f"charts/{name}-{version}.tgz"],
            }
        )
        self.index()
        return data

    def index(self, **more: object) -> bytes:
        """Write the index anew, in YAML that is no JSON."""
        fields = {"apiVersion": "v1", "generated": MADE, "entries": self.entries, **more}
        lines = [f"{key}: {json.dumps(value)}" for key, value in fields.items()]
        self.files["index.yaml"] = "\n".join(lines).encode()
        return self.files["index.yaml"]

    @property
    def revision(self) -> str:
        """The revision of the index."""
        return f"sha256:{hashlib.sha256(self.files['index.yaml']).hexdigest()}"

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path.lstrip("/")
        said = request.headers.get("Authorization", "")
        self.asked.append((path, said))
        if path in self.answers:
            return self.answers[path]
        if self.login and said != f"Basic {b64encode(':'.join(self.login).encode()).decode()}":
            return web.Response(status=401)
        content = self.files.get(path)
        return web.Response(status=404) if content is None else web.Response(body=content)


@asynccontextmanager
async def standing(context: ssl.SSLContext | None = None) -> AsyncIterator[FakeRepository]:
    """A repository that is served on this machine, with TLS where a context is given."""
    repository = FakeRepository()
    runner = web.ServerRunner(web.Server(repository.answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    scheme = "https" if context else "http"
    repository.url = f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
    repository.index()
    try:
        yield repository
    finally:
        await runner.cleanup()
