"""Rendered files to documents and hooks, without an engine."""

from __future__ import annotations

import pytest
import yaml

from helm_controller.manifest_order import ordered, split
from helm_controller.problem import HelmError


def parse(document: str) -> dict[str, object]:
    """YAML, read plainly."""
    try:
        return yaml.safe_load(document) or {}
    except yaml.YAMLError as error:
        raise HelmError("parse", "no YAML") from error


def thing(kind: str, name: str, **annotations: object) -> str:
    """A document of YAML."""
    return yaml.safe_dump({"kind": kind, "metadata": {"name": name, "annotations": annotations}})


def hook(events: str, **more: object) -> str:
    """A Job that is a hook."""
    return thing("Job", "j", **{"helm.sh/hook": events, **more})


@pytest.mark.parametrize(
    ("content", "expect"),
    [
        ("a\n---\nb\n", ["a\n", "b\n"]),
        ("---\n\n---   \n  a: 1\n---\t\n\n", ["a: 1\n"]),
        ("a: |\n  ---\nb\n", ["a: |\n  ---\nb\n"]),
        ("a\n--- # b\nc\n", ["a\n", "# b\nc\n"]),
        ("a\r\n---\r\nb\r\n", ["a\r\n", "b\r\n"]),
        (" \n\t", []),
    ],
)
def test_a_file_is_cut_at_lines_of_dashes_without_regard_to_yaml(content: str, expect: list[str]):
    assert split(content) == expect


def test_kinds_have_an_order_and_unknown_ones_come_last_by_name():
    files = {
        "c/templates/b.yaml": "\n---\n".join(
            [
                thing("Zebra", "z"),
                thing("Deployment", "d"),
                thing("Ant", "a"),
                thing("Service", "2"),
            ]
        ),
        "c/templates/a.yaml": thing("Service", "1"),
    }

    documents, _ = ordered(files, parse)

    found = [(one.kind, parse(one.text)["metadata"]["name"]) for one in documents]
    assert found == [
        ("Service", "1"), ("Service", "2"), ("Deployment", "d"), ("Ant", "a"), ("Zebra", "z"),
    ]  # fmt: skip


def test_partials_and_blank_files_are_left_out():
    assert ordered({"c/templates/_a.yaml": "a: 1", "c/templates/b.yaml": "\n \n"}, parse) == (
        (),
        (),
    )


def test_what_has_only_a_comment_is_a_document_without_a_kind():
    (document,), _ = ordered({"c/templates/a.yaml": "# nothing\n"}, parse)

    assert (document.kind, document.text) == ("", "# nothing\n")


def test_a_hook_has_events_weight_and_policies():
    annotations = {
        "helm.sh/hook-weight": "-5",
        "helm.sh/hook-delete-policy": " Hook-Succeeded, hook-failed",
        "helm.sh/hook-output-log-policy": "hook-failed",
    }

    documents, (found,) = ordered({"a": hook(" Pre-Install ,test-success", **annotations)}, parse)

    assert documents == ()
    assert (found.name, found.kind, found.weight) == ("j", "Job", -5)
    assert found.events == ("pre-install", "test")
    assert found.delete_policies == ("hook-succeeded", "hook-failed")
    assert found.output_log_policies == ("hook-failed",)


@pytest.mark.parametrize(
    ("weight", "expect"),
    [
        ("abc", 0), (7, 7), ("+3", 3), ("1.5", 0), ("", 0), ("1_0", 0), ("0" * 30 + "7", 7),
        ("9223372036854775807", 2**63 - 1), ("9223372036854775808", 0),
        pytest.param("9" * 9000, 0, id="9000 digits"),
    ],
)  # fmt: skip
def test_a_weight_that_is_no_whole_number_is_none(weight: object, expect: int):
    _, (found,) = ordered({"a": hook("test", **{"helm.sh/hook-weight": weight})}, parse)

    assert found.weight == expect


def test_a_hook_of_an_event_nobody_knows_is_dropped_whole():
    assert ordered({"a": hook("pre-install,at-noon")}, parse) == ((), ())


def test_a_document_that_is_not_yaml_is_told_with_its_template():
    with pytest.raises(HelmError, match=r"YAML parse error on c/templates/a\.yaml: no YAML"):
        ordered({"c/templates/a.yaml": "a: [1"}, parse)
