"""JSON patches by the rules of the library that kustomize uses."""

from __future__ import annotations

import pytest

from kustomize.json_patch import MOST_OPERATIONS, in_double_precision, operations_of, patched
from kustomize.problem import BuildError


def result(patch: str) -> dict[str, object]:
    manifest: dict[str, object] = {"a": [1, 2, 3], "m": {"x/y": 1, "t~": 2}, "n": None, "b": True}
    return patched(manifest, operations_of(patch, "p.yaml"))


@pytest.mark.parametrize(
    ("patch", "path", "wanted"),
    [
        ("- {op: add, path: /a/-, value: 4}", "a", [1, 2, 3, 4]),
        ("- {op: add, path: /a/0, value: 0}", "a", [0, 1, 2, 3]),
        ("- {op: add, path: /a/3, value: 4}", "a", [1, 2, 3, 4]),
        ("- {op: remove, path: /a/-1}", "a", [1, 2]),
        ("- {op: replace, path: /a/1, value: yes}", "a", [1, True, 3]),
        ("- {op: replace, path: /m/none, value: 1}", "m", {"x/y": 1, "t~": 2, "none": 1}),
        ("- {op: remove, path: /m/x~1y}", "m", {"t~": 2}),
        ("- {op: remove, path: /m/t~0}", "m", {"x/y": 1}),
        ("- {op: move, from: /a/0, path: /m/z}", "m", {"x/y": 1, "t~": 2, "z": 1}),
        ("- {op: copy, from: /a, path: /m}", "m", [1, 2, 3]),
        ("- {op: test, path: /a, value: [1, 2, 3]}", "a", [1, 2, 3]),
        ("- {op: test, path: /none, value: null}", "a", [1, 2, 3]),
        ('[{"op": "replace", "path": "/n", "value": "x"}]', "n", "x"),
    ],
)
def test_an_operation_does(patch: str, path: str, wanted: object) -> None:
    assert result(patch)[path] == wanted


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ("- {op: add, path: /none/x, value: 1}", 'doc is missing path: "/none/x"'),
        ("- {op: add, path: /a/9, value: 1}", "invalid index referenced"),
        ("- {op: add, path: /a/x, value: 1}", "x is not an index"),
        ("- {op: remove, path: /m/none}", "Unable to remove nonexistent key: none"),
        ("- {op: remove, path: /a/9}", "Unable to access invalid index: 9"),
        ("- {op: test, path: /b, value: 1}", "testing value /b failed"),
        ("- {op: test, path: /none, value: 1}", "testing value /none failed"),
        ("- {op: frob, path: /a}", "Unexpected kind: frob"),
        ("- {op: add, path: a, value: 1}", "doc is missing path"),
        ("- {op: add, path: /b/c, value: 1}", "doc is missing path"),
        ("- [x]", "cannot unmarshal"),
        ("{op: add}", "cannot unmarshal"),
        ("op: [", "did not find expected node"),
    ],
)
def test_what_cannot_be_done_is_told(patch: str, message: str) -> None:
    with pytest.raises(BuildError) as caught:
        result(patch)

    assert message in str(caught.value)


def test_there_can_be_too_many_operations() -> None:
    with pytest.raises(BuildError, match=f"more than {MOST_OPERATIONS}"):
        operations_of("- {}\n" * (MOST_OPERATIONS + 1), "p.yaml")


def test_numbers_pass_through_double_precision() -> None:
    assert in_double_precision({"a": [9007199254740993, 12345678901234567890, 5, True]}) == {
        "a": [9007199254740992, 12345678901234567000, 5, True]
    }
