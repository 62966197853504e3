"""dotenv files as SOPS reads and writes them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from kustomize_controller.sops.flat import nested
from kustomize_controller.sops.value import Branch, Branches, Comment, SopsProblem

_PREFIX = "sops_"


def loaded(text: bytes) -> Branches:
    """The variables of a file, with its metadata below `sops`. Raises SopsProblem."""
    branch: Branch = {}
    flat: dict[str, str] = {}
    for number, line in enumerate(_decoded(text).split("\n"), start=1):
        if line.startswith("#"):
            branch[Comment(line[1:])] = None
        elif line:
            name, equals, value = line.partition("=")
            if not equals:
                raise SopsProblem(f"line {number} is no variable: it has no =")
            if name.startswith(_PREFIX):
                flat[name.removeprefix(_PREFIX)] = value
            else:
                branch[name] = value.replace("\\n", "\n")
    return [branch | ({"sops": nested(flat)} if flat else {})]


def emitted(branches: Branches) -> bytes:
    """The variables as a file. Raises SopsProblem for what has no place in one."""
    return "".join(line for branch in branches[:1] for line in _lines(branch)).encode(
        "utf-8", "surrogateescape"
    )


def _lines(branch: Branch) -> Iterator[str]:
    for name, value in branch.items():
        if isinstance(name, Comment):
            yield f"#{name.text}\n"
        elif isinstance(value, str):
            yield "{}={}\n".format(name, value.replace("\n", "\\n"))
        else:
            raise SopsProblem(f"{name}: only text has a place in a dotenv file")


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")
