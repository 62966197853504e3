"""What is asked of the engine and what it answers, and both as lines of JSON. Pure."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

import orjson

from helm_controller.number import told_apart
from helm_controller.problem import HelmError, Stage
from shared.manifest.identity import Manifest, section, text


@dataclass(frozen=True, slots=True)
class Order:
    """One rendering. `chart` is an archive (`.tgz`) in memory, or a place on this machine.

    `kube_version` and `api_versions` are the cluster's; empty ones leave what Helm assumes without
    a cluster, and `api_versions` come on top of that. `of_cluster`: they are what a live cluster
    says, and there is nothing else (the helper heeds that; the library cannot leave out what Helm
    assumes). `only_definitions`: nothing is rendered, only the definitions are wanted, of an
    archive. `door`: where `lookup` asks, empty for nowhere; `names`: whether templates may ask for
    the addresses of hosts.
    """

    chart: bytes | Path
    name: str
    namespace: str
    values: Manifest = field(default_factory=dict)
    revision: int = 1
    is_upgrade: bool = False
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    of_cluster: bool = False
    skip_schema: bool = False
    only_definitions: bool = False
    door: str = ""
    names: bool = False

    def line(self) -> bytes:
        """The order for a worker. A number of the values without a dot is one that stays whole.
        Raises HelmError where the values have no form in JSON."""
        order: Manifest = {key: getattr(self, key) for key in self.__slots__ if key != "chart"}
        if isinstance(self.chart, bytes):
            order["archive"] = base64.b64encode(self.chart).decode()
        else:
            order["path"] = str(self.chart)
        try:
            order["values"] = told_apart(self.values)
            return json.dumps(order, allow_nan=False, ensure_ascii=True).encode() + b"\n"
        except (ValueError, OverflowError, RecursionError) as error:
            raise HelmError("values", f"the values have no form in JSON: {error}") from error

    @classmethod
    def of(cls, line: bytes) -> Order:
        """The order that a line of `line` is."""
        order = json.loads(line)
        path, archive = order.pop("path", None), order.pop("archive", "")
        chart = base64.b64decode(archive) if path is None else Path(path)
        return cls(chart=chart, **{**order, "api_versions": tuple(order["api_versions"])})


@dataclass(frozen=True, slots=True)
class Document:
    """One object as a template wrote it: `path` is the template, `text` the YAML untouched."""

    path: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Hook:
    """An object with `helm.sh/hook`, and what its annotations ask for."""

    path: str
    kind: str
    name: str
    text: str
    events: tuple[str, ...]
    weight: int = 0
    delete_policies: tuple[str, ...] = ()
    output_log_policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """A file of a chart's crds/, which is no template. It may hold several objects."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendering:
    """What became of a chart. Documents and hooks come in the order of installation.

    `metadata` and `values` are the chart's own once its dependencies are worked out, which is what
    a release's record holds.
    """

    documents: tuple[Document, ...]
    hooks: tuple[Hook, ...]
    definitions: tuple[Definition, ...]
    notes: str
    metadata: Manifest
    values: Manifest

    @property
    def manifest(self) -> str:
        """The text of a release's record: every document, hooks left out, with its source."""
        return "".join(f"---\n# Source: {one.path}\n{one.text}\n" for one in self.documents)


def answer_line(outcome: Rendering | HelmError, *, memory: int) -> bytes:
    """The answer of a worker, and the most memory it ever had, in bytes."""
    if isinstance(outcome, HelmError):
        answer: object = {"stage": outcome.stage, "error": str(outcome)}
    else:
        answer = asdict(outcome)
    return json.dumps({"answer": answer, "memory": memory}).encode() + b"\n"


def answer_of(line: bytes) -> tuple[Rendering, int]:
    """What a line of `answer_line` says. Raises HelmError where it tells of one, or is no answer.

    The line comes from a process that has loaded a hostile chart: nothing in it is taken on trust.
    """
    try:
        said = orjson.loads(line)
        if error := section(said, "answer").get("error"):
            refusal = HelmError(cast("Stage", said["answer"]["stage"]), str(error))
        else:
            return _rendering(section(said, "answer")), int(said["memory"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise HelmError("engine", f"the renderer's answer cannot be read: {error}") from error
    raise refusal


def _rendering(answer: Manifest) -> Rendering:
    hooks = [_hook(one) for one in _objects(answer, "hooks")]
    return Rendering(
        documents=tuple(Document(**one) for one in _texts(answer, "documents")),
        hooks=tuple(hooks),
        definitions=tuple(Definition(**one) for one in _texts(answer, "definitions")),
        notes=text(answer, "notes"),
        metadata=section(answer, "metadata"),
        values=section(answer, "values"),
    )


def _hook(hook: Manifest) -> Hook:
    lists = {key: tuple(map(str, cast("list[object]", hook[key]))) for key in _LISTS}
    return Hook(
        path=text(hook, "path"),
        kind=text(hook, "kind"),
        name=text(hook, "name"),
        text=text(hook, "text"),
        weight=int(cast("int", hook["weight"])),
        **lists,
    )


_LISTS = ("events", "delete_policies", "output_log_policies")


def _objects(answer: Manifest, key: str) -> list[Manifest]:
    return cast("list[Manifest]", answer[key])


def _texts(answer: Manifest, key: str) -> list[dict[str, str]]:
    return [{name: str(value) for name, value in one.items()} for one in _objects(answer, key)]
