"""Documents that somebody bent: they open, or are refused; nothing else happens."""

from __future__ import annotations

import ast
import random
import time
from pathlib import Path

import pytest

from kustomize_controller import sops
from kustomize_controller.sops.format import INI, YAML, Format, format_of_name
from kustomize_controller.sops.value import SopsProblem
from tests.fake.sops import FILES, data_key, encrypted

ROOT = Path(sops.__file__).parent
WEIRD = [
    b"\x00",
    b"\xff",
    b"\n",
    b": ",
    b"- ",
    b"{",
    b"[",
    b"&a ",
    b"*a",
    b"!!x ",
    b"__list_9",
    b"=",
]


def bent(content: bytes, chance: random.Random) -> bytes:
    """The document with a few accidents."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(content) + 1)
        match chance.randrange(4):
            case 0:
                content = content[:at] + chance.choice(WEIRD) + content[at:]
            case 1:
                content = content[:at] + content[at + chance.randint(1, 40) :]
            case 2:
                content = content[:at]
            case 3:
                content = content[:at] + content[at : at + 200] + content[at:]
    return content


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_e09_an_accident_is_refused_or_does_not_matter(name: str) -> None:
    key, kind = data_key(name), format_of_name(name)
    chance = random.Random(name)

    said = [outcome(kind, bent(encrypted(name), chance), key) for _ in range(150)]

    assert any(said)
    assert not [text for text in said if "correct horse" in text]


def outcome(kind: Format, content: bytes, key: bytes) -> str:
    """What is said of a document; nothing where it opens."""
    try:
        kind.emit(kind.document(content).decrypted(key, verify=len(content) % 2 == 0))
    except SopsProblem as problem:
        return str(problem)
    return ""


@pytest.mark.parametrize(
    "content",
    [
        b"a: " + b"[" * 5000 + b"]" * 5000,
        b"{" * 100_000,
        b"a: &a [x]\nb: &b [*a, *a]\n" + b"\n".join(
            b"%c: &%c [*%c, *%c, *%c]" % (n, n, n - 1, n - 1, n - 1) for n in range(99, 122)
        ),
        b"? [a, b]\n: c\n",
        b"- a\n",
        b"a: !!python/object/apply:os.system [x]\n",
        b"\xff\xfe",
        b"a: 1\na: 2\n",
    ],
    ids=["deep", "deeper", "aliases", "complex key", "list", "tag", "no UTF-8", "twice"],
)  # fmt: skip
def test_yaml_that_would_blow_up_is_refused(content: bytes) -> None:
    with pytest.raises(SopsProblem):
        YAML.document(content + b"\nsops:\n    mac: ENC[x]\n")


def test_json_that_is_too_deep_is_refused() -> None:
    with pytest.raises(SopsProblem):
        format_of_name("x.json").document(b'{"a":' + b"[" * 100_000)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["x.yaml", "x.json", "x.env", "x.ini", "x"])
def test_five_megabytes_are_read_in_the_time_of_their_size(name: str) -> None:
    line = {"x.yaml": b"a%d: b # c\n", "x.env": b"a%d=b\n", "x.ini": b"a%d = b ; c\n"}
    body = b"".join(line.get(name, b'"a%d": "b",\n') % number for number in range(150_000))
    content = b"{" + body + b'"z": 1}' if name in ("x.json", "x") else body
    started = time.process_time()

    with pytest.raises(SopsProblem, match="metadata"):
        format_of_name(name).document(content)

    assert time.process_time() - started < 30


def test_ini_lines_that_are_long_take_no_longer_than_they_are() -> None:
    for line in (b"a" * 200_000, b"a" * 200_000 + b"=", b"`" * 200_000, b'"' * 200_000 + b"=x"):
        try:
            INI.load(line)
        except SopsProblem:
            continue


def test_e12_plain_text_has_no_way_to_a_disk() -> None:
    """Nothing here, nor what uses it, so much as imports what could write a file."""
    files = [*ROOT.glob("*.py"), *ROOT.parent.glob("*crypt*.py"), ROOT.parent / "build.py"]
    imported = {
        name
        for path in files
        for node in ast.walk(ast.parse(path.read_text()))
        for name in _modules(node)
    }

    assert len(files) > 25
    assert not imported & {"os", "io", "pathlib", "tempfile", "shutil", "subprocess", "mmap"}


def _modules(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            return [alias.name.split(".")[0] for alias in node.names]
        case ast.ImportFrom():
            return [(node.module or "").split(".")[0]]
    return []
