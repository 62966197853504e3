"""Key and value pairs from literals, files and env files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from kustomize.directory import Directory
from kustomize.kustomization import GeneratorArguments
from kustomize.problem import BuildError

Pair = tuple[str, bytes]
_BOM = b"\xef\xbb\xbf"


def pairs_of(directory: Directory, arguments: GeneratorArguments) -> dict[str, bytes]:
    """All pairs: env files first, then literals, then files. Raises BuildError for what is
    malformed or missing, and for a key that is there twice."""
    result: dict[str, bytes] = {}
    for key, value in _all(directory, arguments):
        if key in result:
            raise BuildError(f"configmap {arguments.name} illegally repeats the key `{key}`")
        result[key] = value
    return result


def _all(directory: Directory, arguments: GeneratorArguments) -> Iterator[Pair]:
    for path in arguments.envs:
        yield from _lines(_loaded(directory, path, "env source files"), path)
    for literal in arguments.literals:
        yield _literal(literal, arguments.literals)
    for source in arguments.files:
        key, path = _file_source(source)
        yield key, _loaded(directory, path, "file sources")


def _loaded(directory: Directory, path: str, what: str) -> bytes:
    try:
        return directory.load(path)
    except BuildError as error:
        raise error.under(f"loading KV pairs: {what}: [{path}]") from error


def _literal(source: str, among: tuple[str, ...]) -> Pair:
    key, equals, value = source.partition("=")
    if not key or not equals:
        raise BuildError(
            f"loading KV pairs: literal sources [{' '.join(among)}]: invalid literal source "
            f"{source}, expected key=value"
        )
    return key, _unquoted(value).encode()


def _unquoted(value: str) -> str:
    """Without one pair of quotes around all of it."""
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def _file_source(source: str) -> tuple[str, str]:
    """`key=path`, or a path whose last part is the key."""
    if "=" not in source:
        return posixpath.basename(source), source
    key, _, path = source.partition("=")
    if "=" in path:
        raise BuildError(f"source \"{source}\" key name or file path contains '='")
    if not key:
        raise BuildError(f'missing key name for file path "{path}" in source "{source}"')
    if not path:
        raise BuildError(f'missing file path for key name "{key}" in source "{source}"')
    return key, path


def _lines(content: bytes, path: str) -> Iterator[Pair]:
    for number, line in enumerate(content.split(b"\n")):
        try:
            text = line.removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            raise BuildError("line has invalid utf8 bytes", path=path, line=number + 1) from error
        if number == 0:
            text = text.removeprefix(_BOM.decode())
        text = text.lstrip()
        if not text or text.startswith("#"):
            continue
        key, _, value = text.partition("=")
        if key:
            yield key, value.encode()
