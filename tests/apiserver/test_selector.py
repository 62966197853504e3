"""Which labels a selector accepts."""

from __future__ import annotations

import pytest

from apiserver.refusal import Refusal
from apiserver.selector import label_selector, parse_labels, selector_text
from tests.apiserver.tables import rows


@pytest.mark.parametrize("row", rows("selector"), ids=lambda row: repr(row["selector"]))
def test_a_selector_accepts_labels(row):
    if row.get("refused"):
        with pytest.raises(Refusal, match=r"found|unable to parse"):
            parse_labels(row["selector"])
        return

    accepted = all(each.accepts(row["labels"]) for each in parse_labels(row["selector"]))

    assert accepted is row["accepts"]


def test_a_workloads_selector_joins_labels_and_expressions():
    selector = {
        "matchLabels": {"a": "b"},
        "matchExpressions": [
            {"key": "c", "operator": "In", "values": ["e", "d"]},
            {"key": "f", "operator": "DoesNotExist"},
        ],
    }

    accepts = label_selector(selector)

    assert accepts({"a": "b", "c": "d"})
    assert not accepts({"a": "b", "c": "d", "f": ""})
    assert selector_text(selector) == "a=b,c in (d,e),!f"
