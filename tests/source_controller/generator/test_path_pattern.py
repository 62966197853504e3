from __future__ import annotations

import pytest

from shared.api.artifact_generator import ArtifactGeneratorSpec
from source_controller.generator import path_pattern
from source_controller.generator.material import File, Material
from source_controller.generator.path_pattern import demanded, is_object_name
from source_controller.generator.problem import PatternError

FILES = (
    "apps/Web/envs/prod/a", "apps/Web/envs/dev/a", "apps/api/envs/prod/a", "apps/README.md",
    "x.y/z+z/a", ".hidden/a",
)  # fmt: skip
REPO = {"repo": Material(dict.fromkeys(FILES, File(b"")), frozenset({"empty/one"}))}


def spec(pattern: str, name: str = "{app}-{env}", **copy: str) -> ArtifactGeneratorSpec:
    wanted = {"from": "@repo/apps/{app}/envs/{env}/**", "to": "@artifact/{app}/", **copy}
    return ArtifactGeneratorSpec.model_validate(
        {
            "sources": [{"alias": "repo", "kind": "GitRepository", "name": "mono"}],
            "pathPattern": pattern,
            "artifacts": [{"name": name, "copy": [wanted]}],
        }
    )


def test_each_directory_that_fits_makes_a_set_of_artifacts():
    found = demanded(spec("@repo/apps/{app}/envs/{env}"), REPO)

    assert [demand.output.name for demand in found] == ["web-dev", "web-prod", "api-prod"]
    assert found[0].labels == {"app": "web", "env": "dev"}
    assert found[0].output.copies[0].from_ == "@repo/apps/Web/envs/dev/**"
    assert found[0].output.copies[0].to == "@artifact/Web/"


def test_a_directory_without_files_fits_too():
    plain = {"from": "@repo/empty/{app}", "to": "@artifact/"}

    [found] = demanded(spec("@repo/empty/{app}", "{app}", **plain), REPO)

    assert found.output.name == "one"


def test_files_and_the_root_do_not_fit():
    plain = {"from": "@repo/apps", "to": "@artifact/"}

    found = demanded(spec("@repo/apps/{app}", "{app}", **plain), REPO)

    assert [demand.output.name for demand in found] == ["web", "api"]
    assert demanded(spec("@repo/", "x", **plain), REPO) == []


def test_without_a_pattern_the_artifacts_are_as_they_are():
    plain = spec("", "as-{it}-is")

    [found] = demanded(plain, REPO)

    assert found.output == plain.artifacts[0]
    assert found.labels == {}


@pytest.mark.parametrize(
    ("pattern", "name", "message"),
    [
        ("@other/{app}", "{app}", "source alias 'other' is not among the sources"),
        ("@repo/apps/{app}/envs/{app}", "{app}", "'{app}' is there twice"),
        ("@repo/apps/{a-b}", "{app}", "is no name in braces"),
        ("@repo/apps/{}", "{app}", "is no name in braces"),
        ("@repo/apps/{app", "{app}", "is no name in braces"),
        ("@repo/apps/app}", "{app}", "closing brace without an opening one"),
        ("@repo/apps/{_app}", "{_app}", "'_app' is no key that a label may have"),
        ("@repo/apps/{app}/envs/{env}", "{app}", "both make an artifact named 'web'"),
        ("@repo/apps/{app}/envs/{env}", "{other}", "'other' is not in pathPattern"),
        ("@repo/apps/{app}/envs/{env}", "{app}-", "'web-' is no name that an object may have"),
        ("@repo/x.y/{app}", "a", "'z+z', which stands for 'app', is no value for a label"),
        ("@repo/{app}", "a", "'.hidden', which stands for 'app', is no value for a label"),
    ],
)
def test_what_makes_no_artifacts_is_said_with_the_pattern(pattern, name, message):
    with pytest.raises(PatternError) as failure:
        demanded(spec(pattern, name), REPO)

    assert str(failure.value).startswith(f'pathPattern "{pattern}": ')
    assert message in str(failure.value)


def test_signs_of_expressions_mean_nothing_in_a_pattern():
    plain = {"from": "@repo/x.y", "to": "@artifact/"}

    assert demanded(spec("@repo/.*", "a", **plain), REPO) == []
    assert len(demanded(spec("@repo/x.y", "a", **plain), REPO)) == 1


def test_there_is_a_limit_to_what_a_source_may_bring_about():
    many = {
        "repo": Material(
            {f"apps/a{n}/x": File(b"") for n in range(path_pattern.MOST_ARTIFACTS + 1)}
        )
    }

    with pytest.raises(PatternError, match="more than 5000 artifacts"):
        demanded(spec("@repo/apps/{app}", "{app}", **{"from": "@repo/x", "to": "@artifact/"}), many)


def test_many_captures_do_not_take_long():
    pattern = "@repo/" + "".join(f"{{c{number}}}" for number in range(30)) + "!"
    wide = {"repo": Material({"a" * 4_000 + "/x": File(b"")})}

    assert demanded(spec(pattern, "x", **{"from": "@repo/x", "to": "@artifact/"}), wide) == []


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("a", True), ("a.b-c", True), ("1", True), ("a" * 253, True),
        ("", False), ("A", False), ("a_b", False), ("-a", False), ("a.", False), ("a..b", False),
        ("a" * 254, False), ("a\n", False),
    ],
)  # fmt: skip
def test_which_names_objects_may_have(name, may):
    assert is_object_name(name) is may
