"""Finding and reading the kustomization file of a directory."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from kustomize.charts import ChartArguments, ChartGlobals
from kustomize.configuration_file import first_of
from kustomize.decoding import decoded
from kustomize.directory import Directory
from kustomize.kustomization import GeneratorArguments, Kustomization
from kustomize.problem import BuildError

KUSTOMIZATION_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""The names that make a directory a kustomization; exactly one of them may be there."""

_MOVED = frozenset(("bases", "imageTags", "helmChartInflationGenerator"))
_VERSIONS = {
    "Kustomization": "kustomize.config.k8s.io/v1beta1",
    "Component": "kustomize.config.k8s.io/v1alpha1",
}


class Found(NamedTuple):
    """A kustomization, the name of its file, and the line of a second document in it (0: none)."""

    kustomization: Kustomization
    file: str
    second: int


def kustomization_of(directory: Directory) -> Found:
    """The kustomization of a directory. Raises BuildError."""
    name, content = _only_file(directory)
    path = directory.reader.told(f"{directory.path}/{name}".lstrip("/"))
    value, second = first_of(content, path, "invalid Kustomization")
    kustomization = _completed(_read(value, path))
    nothing = Kustomization(kustomization.api_version, kustomization.kind)
    if kustomization == nothing and not _has_lists(value):
        raise BuildError("kustomization.yaml is empty", path=path)
    _check_kind(kustomization, path)
    return Found(kustomization, name, second)


def _only_file(directory: Directory) -> tuple[str, bytes]:
    contents = ((name, directory.own(name)) for name in KUSTOMIZATION_FILES)
    found = [(name, content) for name, content in contents if content is not None]
    where = directory.where
    if not found:
        raise BuildError(
            "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' "
            f"in directory '{where}'",
            path=directory.path,
        )
    if len(found) > 1:
        raise BuildError(f"Found multiple kustomization files under: {where}", path=directory.path)
    return found[0]


def _has_lists(value: object) -> bool:
    """Whether a field holds a list or mapping, maybe an empty one. To kustomize `resources: []` is
    something, though not in fields of former days, which it moves before it looks."""
    return isinstance(value, dict) and any(
        isinstance(field, list | dict) for name, field in value.items() if name not in _MOVED
    )


def _read(value: object, path: str) -> Kustomization:
    try:
        return decoded(Kustomization, value, "Kustomization")
    except BuildError as error:
        raise BuildError(f"invalid Kustomization: {error.message}", path=path) from error


def _completed(given: Kustomization) -> Kustomization:
    """With the fields of former days moved to those that replaced them."""
    kind = given.kind or "Kustomization"
    return replace(
        given,
        kind=kind,
        api_version=given.api_version or _VERSIONS.get(kind, _VERSIONS["Kustomization"]),
        resources=given.resources + given.bases,
        bases=(),
        images=given.images + given.image_tags,
        image_tags=(),
        config_map_generator=tuple(map(_with_envs, given.config_map_generator)),
        secret_generator=tuple(map(_with_envs, given.secret_generator)),
        helm_charts=(
            *given.helm_charts,
            *(old.chart() for old in given.helm_chart_inflation_generator),
        ),
        helm_globals=given.helm_globals or _chart_globals(given.helm_chart_inflation_generator),
        helm_chart_inflation_generator=(),
    )


def _chart_globals(given: tuple[ChartArguments, ...]) -> ChartGlobals | None:
    """What entries of former days said of all charts; the last one counts."""
    homes = [old.chart_home for old in given if old.chart_home]
    configurations = [old.helm_home for old in given if old.helm_home]
    if not homes and not configurations:
        return None
    return ChartGlobals("".join(homes[-1:]), "".join(configurations[-1:]))


def _with_envs(given: GeneratorArguments) -> GeneratorArguments:
    return replace(given, envs=(*given.envs, given.env), env="") if given.env else given


def _check_kind(kustomization: Kustomization, path: str) -> None:
    problems = []
    if kustomization.kind not in _VERSIONS:
        problems.append("kind should be Kustomization or Component")
    version = _VERSIONS.get(kustomization.kind, _VERSIONS["Kustomization"])
    if kustomization.api_version != version:
        problems.append(f"apiVersion for {kustomization.kind} should be {version}")
    if problems:
        raise BuildError(f"Failed to read kustomization file: {'; '.join(problems)}", path=path)
