"""YAML as the real server reads it."""

from __future__ import annotations

import pytest

from apiserver.document import parse
from apiserver.refusal import Refusal
from tests.apiserver.tables import rows


@pytest.mark.parametrize("row", rows("document"), ids=lambda row: row["text"])
def test_a_document_is_read(row):
    if row.get("refused"):
        with pytest.raises(Refusal, match="error decoding YAML"):
            parse(row["text"].encode())
        return

    value = parse(row["text"].encode())

    assert value == row["value"]
    assert type(value["a"]) is type(row["value"]["a"])


def test_merge_keys_do_not_explode():
    lines = ["a0: &a0 {" + ", ".join(f"k{each}: 1" for each in range(10)) + "}"]
    for level in range(1, 12):
        inner = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} {{<<: [{inner}]}}")

    with pytest.raises(Refusal, match="merge keys copy too much"):
        parse("\n".join(lines).encode())
