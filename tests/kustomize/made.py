"""Trees with kustomizations, made by Hypothesis: bases, overlays, components, and what they ask."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import yaml
from hypothesis import strategies as st

from tests.kustomize.made_objects import (
    BODIES,
    NAMES,
    Made,
    few_texts,
    name,
    objects,
    scalar,
)

regex = st.sampled_from(("", "web", "w.*", "web|api", "^web$", ".*"))
kind = st.sampled_from([kind for _, kind in BODIES])
literals = st.dictionaries(name, scalar, max_size=2).map(
    lambda found: [f"{key}={value}" for key, value in found.items()]
)
field_path = st.sampled_from(
    ("metadata.name", "metadata.namespace", "metadata.annotations.app", "data.web", "spec.replicas",
     "spec.template.spec.containers.[name=main].image", "spec.template.spec.containers.0.name",
     "spec.template.spec.containers.*.env.[name=A].value", "metadata.labels.[app]",
     "metadata.labels.tier", "spec.a.b9")
)  # fmt: skip


@dataclass(slots=True)
class Folder:
    """A directory in the making: its path, its kustomization, and the whole tree."""

    path: str
    files: dict[str, bytes]
    draw: st.DrawFn
    kustomization: Made = field(default_factory=dict)

    def write(self, file: str, *documents: object, as_json: bool = False) -> str:
        """Write a file; returns its name."""
        text = json.dumps(documents[0]) if as_json else yaml.safe_dump_all(documents)
        self.files[f"{self.path}/{file}"] = text.encode()
        return file

    def maybe(self, key: str, values: st.SearchStrategy[object]) -> None:
        """Set a field of the kustomization, or not: one time in four."""
        if self.draw(st.integers(0, 3)) == 0:
            self.kustomization[key] = self.draw(values)


@st.composite
def patches(draw: st.DrawFn, known: list[Made]) -> Made:
    """A patch for an object that is there, or for whatever a selector meets."""
    target = draw(st.sampled_from(known)) if known else draw(objects())
    body = draw(st.fixed_dictionaries({}, optional=BODIES[target["apiVersion"], target["kind"]]))  # type: ignore[index]
    if draw(st.integers(0, 4)) == 0:
        body = draw(
            st.sampled_from(
                ({"$patch": "delete"}, {"spec": None}, {"metadata": {"labels": {"app": None}}},
                 {"spec": {"template": {"spec": {"$patch": "replace", "containers": []}}}},
                 {"spec": {"template": {"spec": {"containers": [
                     {"name": "main", "$patch": "delete"}]}}}})
            )
        )  # fmt: skip
    meta: object = body.get("metadata", {})
    patch = {
        "apiVersion": target["apiVersion"],
        "kind": target["kind"],
        **body,
        "metadata": {**target["metadata"], **meta},  # type: ignore[dict-item]
    }
    if draw(st.booleans()):
        return {"patch": yaml.safe_dump(patch)}
    return {"patch": yaml.safe_dump(patch), "target": draw(selectors)}


selectors = st.fixed_dictionaries(
    {},
    optional={
        "kind": kind,
        "name": regex,
        "namespace": regex,
        "labelSelector": st.sampled_from(("app=web", "tier", "!app", "app in (web,db)")),
    },
)
operation = st.one_of(
    st.builds(
        dict,
        op=st.sampled_from(("add", "replace", "test")),
        path=st.sampled_from(
            ("/metadata/annotations", "/metadata/labels/app", "/spec/replicas", "/data/web",
             "/spec/template/spec/containers/0/image", "/spec/template/spec/containers/-")
        ),
        value=st.one_of(scalar, st.integers(0, 5), few_texts),
    ),
    st.builds(dict, op=st.just("remove"), path=st.sampled_from(("/spec", "/metadata/labels/app"))),
)  # fmt: skip
json_patches = st.builds(
    dict,
    patch=st.lists(operation, min_size=1, max_size=2).map(yaml.safe_dump),
    target=selectors,
)
generators = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(("settings", "files", "web")), "literals": literals},
        optional={
            "options": st.fixed_dictionaries(
                {},
                optional={
                    "labels": few_texts,
                    "disableNameSuffixHash": st.booleans(),
                    "immutable": st.booleans(),
                },
            ),
        },
    ),
    max_size=2,
    unique_by=lambda each: each["name"],
)
target = st.fixed_dictionaries(
    {
        "select": st.fixed_dictionaries({"kind": kind}, optional={"name": name}),
        "fieldPaths": st.lists(field_path, min_size=1, max_size=2),
    },
    optional={
        "options": st.fixed_dictionaries(
            {},
            optional={
                "create": st.booleans(),
                "delimiter": st.sampled_from((":", "-")),
                "index": st.integers(-1, 2),
            },
        )
    },
)


@st.composite
def replacements(draw: st.DrawFn, known: list[Made]) -> Made:
    """From an object that is there, as far as nobody renamed it, to whatever there is."""
    source = draw(st.sampled_from(known))
    own = {"kind": source["kind"], "name": _name_of(source)}
    path = draw(st.sampled_from(("metadata.name", "metadata.name", "metadata.labels.app")))
    return {
        "source": {**own, "fieldPath": path},
        "targets": draw(st.lists(target, min_size=1, max_size=2)),
    }


labels = st.fixed_dictionaries(
    {"pairs": few_texts},
    optional={"includeSelectors": st.booleans(), "includeTemplates": st.booleans()},
)
images = st.fixed_dictionaries(
    {"name": st.sampled_from(("nginx", "redis", "reg.io:5000/team/api", "team/api", "busybox"))},
    optional={
        "newName": st.sampled_from(("mirror/nginx", "reg.io/x")),
        "newTag": st.sampled_from(("1.27", "1", "latest")),
        "digest": st.just("sha256:123"),
    },
)
FIELDS: dict[str, st.SearchStrategy[object]] = {
    "namePrefix": st.sampled_from(("prod-", "p")),
    "nameSuffix": st.sampled_from(("-v1", "-1")),
    "namespace": st.sampled_from(("team-a", "team-b", "default")),
    "labels": st.lists(labels, max_size=2),
    "commonLabels": few_texts,
    "commonAnnotations": few_texts,
    "images": st.lists(images, max_size=2),
    "generatorOptions": st.fixed_dictionaries(
        {}, optional={"disableNameSuffixHash": st.booleans(), "labels": few_texts}
    ),
    "sortOptions": st.sampled_from(({"order": "legacy"}, {"order": "fifo"})),
    "buildMetadata": st.sampled_from((["originAnnotations"], ["transformerAnnotations"])),
}


def _fill(folder: Folder, known: list[Made], own: int) -> None:
    """Objects of its own, and what the kustomization does to all of them."""
    made = folder.draw(st.lists(objects(), max_size=own, unique_by=_identity))
    resources = [folder.write(f"r{at}.yaml", each) for at, each in enumerate(made)]
    folder.kustomization["resources"] = [*folder.kustomization.get("resources", ()), *resources]  # type: ignore[misc]
    known += made
    for key, values in FIELDS.items():
        folder.maybe(key, values)
    _name_what_is_there(folder, known)
    folder.maybe("patches", st.lists(st.one_of(patches(known), json_patches), max_size=3))
    folder.write("kustomization.yaml", folder.kustomization)


def _name_what_is_there(folder: Folder, known: list[Made]) -> None:
    """Fields that fail where nothing has the name they give: mostly something has."""
    scaled = [_name_of(each) for each in known if each["kind"] in ("Deployment", "StatefulSet")]
    if scaled:
        replica = st.builds(dict, name=st.sampled_from(scaled), count=st.integers(0, 9))
        folder.maybe("replicas", st.lists(replica, max_size=2))
    if known:
        folder.maybe("replacements", st.lists(replacements(known), max_size=2))
    for key, kind_made in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        folder.maybe(key, generators)
        found = [each["metadata"] for each in known if each["kind"] == kind_made]
        if found and folder.draw(st.booleans()):
            entry = {
                **{k: v for k, v in found[0].items() if k in ("name", "namespace")},  # type: ignore[attr-defined]
                "behavior": folder.draw(st.sampled_from(("merge", "replace", "merge", "create"))),
                "literals": folder.draw(literals),
            }
            folder.kustomization.setdefault(key, []).append(entry)  # type: ignore[attr-defined]


def _identity(made: Made) -> tuple[object, ...]:
    metadata = made["metadata"]
    return (made["kind"], metadata["name"], metadata.get("namespace"))  # type: ignore[index, attr-defined]


def _name_of(made: Made) -> str:
    return str(made["metadata"]["name"])  # type: ignore[index]


@st.composite
def trees(draw: st.DrawFn) -> dict[str, bytes]:
    """A tree with a kustomization in `top`, over one or two bases and maybe a component."""
    files: dict[str, bytes] = {}
    known: list[Made] = []
    bases = draw(st.integers(0, 2))
    for number in range(bases):
        _fill(Folder(f"base{number}", files, draw), known, own=3)
    if draw(st.integers(0, 3)) == 0:
        component = Folder("component", files, draw)
        component.kustomization.update(
            kind="Component", apiVersion="kustomize.config.k8s.io/v1alpha1"
        )
        _fill(component, known, own=1)
    top = Folder("top", files, draw)
    top.kustomization["resources"] = [f"../base{number}" for number in range(bases)]
    if "component/kustomization.yaml" in files:
        top.kustomization["components"] = ["../component"]
    _fill(top, known, own=2)
    return files


__all__ = ["NAMES", "trees"]
