"""Builds of sources that are encrypted, in part or as a whole."""

from __future__ import annotations

import base64
import re

import pytest

from kustomize_controller.build import KustomizeBuilder
from kustomize_controller.decryption import Decryption
from kustomize_controller.sops.keyring import Keyring
from kustomize_controller.substitution import Substitution
from shared.api.kustomization import Kustomization
from shared.api.parsing import parse
from shared.manifest.tree import Tree
from shared.problem import Problem
from tests.fake.sops import FILES, encrypted, expected, keyring

SECRET = encrypted("regex-secret.yaml")
SECRETS = [name for name in FILES if name.endswith("-secret.yaml")]


class Keys:
    """Plays where keys come from."""

    def __init__(self, ring: Keyring | None, *, ignore_mac: bool = False) -> None:
        self.found = Decryption(ring, ignore_mac) if ring else None

    async def of(self, _: Kustomization) -> Decryption | None:
        return self.found


def kustomization(**spec: object) -> Kustomization:
    least = {
        "interval": "1m",
        "prune": True,
        "sourceRef": {"kind": "GitRepository", "name": "apps"},
        "decryption": {"provider": "sops"},
    }
    meta = {"name": "apps", "namespace": "flux-system"}
    return parse(Kustomization, {"metadata": meta, "spec": least | spec})


async def built(files: dict[str, bytes], keys: Keys | None = None, **spec: object) -> dict:
    """What becomes of a source: the data of its first object, decoded."""
    builder = KustomizeBuilder(keys=keys or Keys(keyring()))
    found = await builder.build(kustomization(**spec), Tree(files))
    [manifest] = found.manifests
    return {k: base64.b64decode(v).decode() for k, v in manifest["data"].items()}


PLAIN = {"user": "admin", "password": "correct horse", "config.yaml": "a: 1\nb: two\n"}


@pytest.mark.parametrize("name", SECRETS)
async def test_an_encrypted_secret_is_decrypted(name: str) -> None:
    assert await built({"secret.yaml": encrypted(name)}) == PLAIN


async def test_what_the_build_changed_is_decrypted_all_the_same() -> None:
    files = {
        "kustomization.yaml": b"resources: [secret.yaml]\nnamePrefix: my-\nnamespace: prod\n"
        b"labels: [{pairs: {a: b}, includeSelectors: false}]\n",
        "secret.yaml": SECRET,
    }

    assert await built(files) == PLAIN


async def test_variables_are_filled_into_what_was_decrypted() -> None:
    variables = Fixed(Substitution({"a": b"1"}))
    builder = KustomizeBuilder(variables, Keys(keyring()))

    found = await builder.build(kustomization(), Tree({"secret.yaml": SECRET}))

    assert found.manifests[0]["data"]["user"] == base64.b64encode(b"admin").decode()


class Fixed:
    """Plays where variables come from."""

    def __init__(self, found: Substitution) -> None:
        self.found = found

    async def of(self, _: Kustomization) -> Substitution:
        return self.found


WEB = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"
COMPONENT = b"apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
GENERATOR = b"secretGenerator: [{name: s, %s, options: {disableNameSuffixHash: true}}]\n"


@pytest.mark.parametrize(
    ("said", "path", "name", "key"),
    [
        (b"files: [c/config.json]", "c/config.json", "age-config.json", "config.json"),
        (b"files: [x.yaml=any]", "any", "age-comments.yaml", "x.yaml"),
        (b"files: [words]", "words", "age-words.txt", "words"),
        (b"files: [a.ini]", "a.ini", "age-settings.ini", "a.ini"),
        (b"files: [.dockerconfigjson=docker]", "docker", "age-config.json", ".dockerconfigjson"),
    ],
)
async def test_e11_files_of_a_generator_are_decrypted_by_the_name_of_their_key(
    said: bytes, path: str, name: str, key: str
) -> None:
    files = {"kustomization.yaml": GENERATOR % said, path: encrypted(name)}

    assert await built(files) == {key: expected(name).decode()}


async def test_so_are_variables_of_a_generator() -> None:
    files = {
        "kustomization.yaml": GENERATOR % b"envs: [variables]",
        "variables": encrypted("age-variables.env"),
    }

    found = await built(files)

    assert (found["A"], found["B"]) == ("1", "two words")


async def test_and_those_of_a_component_and_of_a_base() -> None:
    files = {
        "kustomization.yaml": b"resources: [base]\n",
        "base/kustomization.yaml": b"components: [../part]\n",
        "part/kustomization.yaml": COMPONENT + GENERATOR % b"files: [words]",
        "part/words": encrypted("age-words.txt"),
    }

    assert await built(files) == {"words": expected("age-words.txt").decode()}


async def test_a_patch_is_decrypted() -> None:
    files = {
        "kustomization.yaml": b"resources: [s.yaml]\npatches: [{path: patch.yaml}]\n",
        "s.yaml": b"apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n",
        "patch.yaml": SECRET,
    }

    assert await built(files) == PLAIN


async def test_an_entry_that_is_encrypted_itself_is_decrypted() -> None:
    inner = base64.b64encode(encrypted("age-config.json")).decode()
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\ndata: {{c.json: {inner}}}\n"

    assert await built({"s.yaml": text.encode()}) == {
        "c.json": expected("age-config.json").decode()
    }


async def test_e11_a_format_that_does_not_fit_its_name_is_told() -> None:
    inner = base64.b64encode(encrypted("age-comments.yaml")).decode()
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\ndata: {{config: {inner}}}\n"

    with pytest.raises(Problem, match=r"Secret/x: data\.config: .*no binary data"):
        await built({"s.yaml": text.encode()})


async def test_e05_an_encrypted_secret_is_not_applied_without_decryption() -> None:
    with pytest.raises(Problem, match="is SOPS encrypted"):
        await built({"s.yaml": SECRET}, Keys(None))


async def test_e05_unless_it_is_marked() -> None:
    marked = SECRET.replace(
        b"    name: db\n",
        b"    name: db\n    annotations: {kustomize.toolkit.fluxcd.io/decrypt: Disabled}\n",
    )
    builder = KustomizeBuilder(keys=Keys(keyring()))

    found = await builder.build(kustomization(), Tree({"s.yaml": marked}))

    assert "sops" in found.manifests[0]


async def test_e03_a_committed_file_that_was_changed_is_refused_whatever_is_built_of_it() -> None:
    files = {
        "kustomization.yaml": b"resources: [apps/s.yaml]\nnamePrefix: x-\n",
        "apps/s.yaml": SECRET.replace(b"app: web", b"app: other"),
    }

    with pytest.raises(Problem, match=r"Secret/x-db: apps/s\.yaml: MAC mismatch"):
        await built(files)

    assert await built(files, Keys(keyring(), ignore_mac=True)) == PLAIN


async def test_e03_so_is_one_of_a_generator() -> None:
    changed = re.sub(rb"^\{", b'{"x_unencrypted": "y",', encrypted("age-config.json"))
    files = {"kustomization.yaml": GENERATOR % b"files: [c.json]", "c.json": changed}

    with pytest.raises(Problem, match=r"c\.json: MAC mismatch"):
        await built(files)


async def test_documents_of_one_file_have_one_mac() -> None:
    builder = KustomizeBuilder(keys=Keys(keyring()))
    content = encrypted("several.yaml")

    found = await builder.build(kustomization(), Tree({"s.yaml": content}))

    assert [list(one["data"].values()) for one in found.manifests] == [["b25l"], ["dHdv"]]
    changed = content.replace(b"name: second", b"name: third")
    with pytest.raises(Problem, match=r"Secret/first: s\.yaml: MAC mismatch"):
        await builder.build(kustomization(), Tree({"s.yaml": changed}))


async def test_files_put_into_one_have_each_their_own() -> None:
    builder = KustomizeBuilder(keys=Keys(keyring()))
    content = SECRET + b"---\n" + encrypted("several.yaml") + b"---\n" + WEB

    found = await builder.build(kustomization(), Tree({"s.yaml": content}))

    assert len(found.manifests) == 4


async def test_e04_without_the_key_the_object_and_the_missing_entry_are_named() -> None:
    with pytest.raises(Problem, match=r"Secret/db cannot be decrypted: no key opens it: age key"):
        await built({"s.yaml": SECRET}, Keys(keyring("rsa.asc")))


async def test_e09_a_file_that_is_too_large_is_refused() -> None:
    files = {
        "kustomization.yaml": GENERATOR % b"files: [c.json]",
        "c.json": encrypted("age-config.json") + b" " * (5 << 20),
    }

    with pytest.raises(Problem, match=r"c\.json: has \d+ bytes, more than"):
        await built(files)


async def test_a_build_is_remembered_by_the_files_as_they_were_committed() -> None:
    keys = Keys(keyring())
    builder = KustomizeBuilder(keys=keys)
    files = {
        "kustomization.yaml": GENERATOR % b"files: [words]",
        "words": encrypted("age-words.txt"),
        "other": b"1",
    }
    first = await builder.build(kustomization(), Tree(files))

    assert await builder.build(kustomization(), Tree({**files, "other": b"2"})) is first
    keys.found = Decryption(keyring("one.agekey"))
    assert (await builder.build(kustomization(), Tree(files))).digest == first.digest
    assert builder.builds == 2
    with pytest.raises(Problem):
        await builder.build(kustomization(), Tree({**files, "words": b'"mac": "ENC['}))


async def test_e07_the_same_plain_text_under_another_data_key_is_the_same_build() -> None:
    builder = KustomizeBuilder(keys=Keys(keyring()))

    one = await builder.build(kustomization(), Tree({"s.yaml": SECRET}))
    other = await builder.build(kustomization(), Tree({"s.yaml": encrypted("rotated-secret.yaml")}))

    assert one.manifests == other.manifests
    assert one.digest == other.digest
