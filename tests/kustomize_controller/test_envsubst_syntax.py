from __future__ import annotations

import pytest

from kustomize_controller.envsubst_syntax import DEEPEST, Reference, parsed
from kustomize_controller.problem import KustomizationProblem


def test_text_and_references_alternate() -> None:
    assert parsed("a ${b} $$ ${c:-d${e}}") == (
        "a ",
        Reference("b"),
        " $",
        " ",
        Reference("c", ":-", ("d", Reference("e"))),
        "",
    )


def test_references_nest_to_a_limit() -> None:
    def nested(levels: int) -> str:
        return "${a:-" * levels + "x" + "}" * levels

    assert parsed(nested(DEEPEST))
    with pytest.raises(KustomizationProblem, match="nested"):
        parsed(nested(DEEPEST + 1))
