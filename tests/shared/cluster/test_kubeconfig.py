import base64
from pathlib import Path

import pytest
import yaml

from shared.cluster.access import AccessError, Identity
from shared.cluster.kubeconfig import USERS, Reader, access_of, from_file, in_pod
from shared.cluster.plugin import PluginCredential


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def kubeconfig(cluster=None, user=None, **more):
    cluster = {"server": "https://k8s.example.com/"} if cluster is None else cluster
    return {
        "current-context": "here",
        "contexts": [
            {"name": "here", "context": {"cluster": "c", "user": "u"}},
            {"name": "anonymous", "context": {"cluster": "c"}},
        ],
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user or {}}],
        **more,
    }


def written(directory: Path, **parts) -> Path:
    path = directory / "config"
    path.write_text(yaml.safe_dump(kubeconfig(**parts)))
    return path


CLUSTER = {
    "server": "https://k8s.example.com/k8s/",
    "certificate-authority-data": encoded("CA"),
    "insecure-skip-tls-verify": True,
    "tls-server-name": "kubernetes",
    "proxy-url": "http://proxy:3128",
}


def test_a_cluster_is_read_whole(tmp_path, clock):
    access = from_file(written(tmp_path, cluster=CLUSTER, user={"as": "dev"}), clock)

    assert access.server == "https://k8s.example.com/k8s"
    assert access.ca.read() == b"CA"
    assert access.insecure
    assert access.server_name == "kubernetes"
    assert access.proxy == "http://proxy:3128"
    assert access.headers == {"Impersonate-User": "dev"}


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({}, Identity()),
        ({"token": "t"}, Identity("Bearer t")),
        ({"username": "u", "password": "p"}, Identity("Basic dTpw")),
        ({"tokenFile": "token", "token": "t"}, Identity("Bearer filed")),
        (
            {"client-certificate-data": encoded("C"), "client-key-data": encoded("K")},
            Identity("", b"C", b"K"),
        ),
        ({"client-certificate": "tls.crt", "client-key": "tls.key"}, Identity("", b"FC", b"FK")),
    ],
)
async def test_a_user_is_told_by_token_password_or_certificate(tmp_path, clock, user, expected):
    for name, content in {"token": "filed\n", "tls.crt": "FC", "tls.key": "FK"}.items():
        (tmp_path / name).write_text(content)

    access = from_file(written(tmp_path, user=user), clock)

    assert await access.credential.identity() == expected


async def test_another_context_may_be_named(tmp_path, clock):
    access = from_file(written(tmp_path, user={"token": "t"}), clock, context="anonymous")

    assert await access.credential.identity() == Identity()


@pytest.mark.parametrize("user", [{"exec": {}}, {"auth-provider": {}}])
def test_a_user_who_needs_a_program_is_left_to_the_library(tmp_path, clock, user):
    access = from_file(written(tmp_path, user=user), clock)

    assert isinstance(access.credential, PluginCredential)


async def test_a_kubeconfig_of_a_user_opens_no_file_starts_no_program_and_trusts_nobody(
    tmp_path, clock
):
    (tmp_path / "secret").write_text("secret")
    here = str(tmp_path / "secret")
    cluster = {"server": "x", "certificate-authority": here, "insecure-skip-tls-verify": True}
    user = {"tokenFile": here, "client-key": here, "exec": {"command": "touch"}, "token": "t"}

    text = yaml.safe_dump(kubeconfig(cluster, user))
    access = Reader("Secret/apps/kubeconfig", clock, USERS).read(text)

    assert access.server == "https://x"
    assert not access.ca
    assert not access.insecure
    assert await access.credential.identity() == Identity("Bearer t")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("- a", "is not a kubeconfig"),
        ("a: [CANARY", "is not YAML"),
        (yaml.safe_dump(kubeconfig(**{"current-context": "x"})), "there is no 'x' in contexts"),
        (yaml.safe_dump(kubeconfig(clusters=[1])), "there is no 'c' in clusters"),
        (yaml.safe_dump(kubeconfig({"a": "b"})), "the cluster has no server"),
        (yaml.safe_dump(kubeconfig(CLUSTER | {"proxy-url": "socks5://p"})), "socks5 is not"),
        (
            yaml.safe_dump(kubeconfig(CLUSTER | {"certificate-authority-data": "CANARY!"})),
            "certificate-authority-data is not base64",
        ),
    ],
)
def test_what_is_wrong_is_said_with_the_place_and_without_the_content(clock, content, complaint):
    with pytest.raises(AccessError, match=f"the file.*{complaint}") as caught:
        Reader("the file", clock).read(content)

    assert "CANARY" not in str(caught.value)


# Where it is found


@pytest.fixture
def home(tmp_path):
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube/config").write_text(yaml.safe_dump(kubeconfig({"server": "https://home"})))
    return tmp_path


@pytest.fixture
def named(tmp_path):
    path = tmp_path / "named"
    path.write_text(yaml.safe_dump(kubeconfig({"server": "https://named"})))
    return str(path)


POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "6443"}


def test_the_flag_goes_before_the_environment_before_the_pod_before_the_home(home, named, clock):
    environment = {"HOME": str(home), "KUBECONFIG": f"/missing:{named}", **POD}

    assert access_of(named, {}, clock).server == "https://named"
    assert access_of("", environment, clock).server == "https://named"
    assert access_of("", environment | {"KUBECONFIG": ""}, clock).server == "https://10.0.0.1:6443"
    assert access_of("", {"HOME": str(home)}, clock).server == "https://home"


def test_without_any_way_the_message_says_what_to_give(tmp_path, clock):
    with pytest.raises(AccessError, match="give --kubeconfig"):
        access_of("", {"HOME": str(tmp_path)}, clock)


def test_a_file_that_is_missing_is_named(clock):
    with pytest.raises(AccessError, match="cannot read the kubeconfig /missing"):
        access_of("/missing", {}, clock)


async def test_a_pod_speaks_with_its_service_account(tmp_path, clock):
    (tmp_path / "token").write_text("t")
    (tmp_path / "ca.crt").write_text("CA")

    access = in_pod({"KUBERNETES_SERVICE_HOST": "fd00::1"}, clock, tmp_path)

    assert access.server == "https://[fd00::1]:443"
    assert access.ca.read() == b"CA"
    assert await access.credential.identity() == Identity("Bearer t")


def test_a_proxy_of_the_environment_is_used_where_the_file_names_none(tmp_path, clock):
    environment = {"HTTPS_PROXY": "http://p:1"}

    access = from_file(written(tmp_path), clock, environment=environment)

    assert access.proxy == "http://p:1"


def test_no_secret_is_shown_by_what_was_read(tmp_path, clock):
    access = from_file(written(tmp_path, user={"token": "CANARY"}), clock)

    assert "CANARY" not in repr(access)
    assert "CANARY" not in repr(Identity("CANARY", b"CANARY", b"CANARY"))
