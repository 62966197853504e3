"""The library is loaded here, which takes its time."""

import sys

import orjson
import pytest

from shared.cluster.access import AccessError, Identity
from shared.cluster.plugin import PluginCredential
from tests.fake.clock import ManualClock

pytestmark = pytest.mark.slow

PROGRAM = """
import json, pathlib, sys
calls = pathlib.Path(sys.argv[1])
calls.write_text(calls.read_text() + "x" if calls.exists() else "x")
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                  "status": json.loads(sys.argv[2])}))
"""


def credential(tmp_path, status, program=PROGRAM):
    (tmp_path / "plugin.py").write_text(program)
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": sys.executable,
            "args": [
                str(tmp_path / "plugin.py"),
                str(tmp_path / "calls"),
                orjson.dumps(status).decode(),
            ],
        }
    }
    config = {
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://k8s.example.com"}}],
        "users": [{"name": "u", "user": user}],
    }
    return PluginCredential(config, "here", str(tmp_path), ManualClock())


async def test_a_program_hands_out_a_token_that_is_kept_until_it_is_refused(tmp_path):
    found = credential(tmp_path, {"token": "t"})

    for fresh in (False, False, True):
        assert await found.identity(fresh=fresh) == Identity("Bearer t")

    assert (tmp_path / "calls").read_text() == "xx"


async def test_a_program_hands_out_a_certificate(tmp_path):
    found = credential(tmp_path, {"clientCertificateData": "C", "clientKeyData": "K"})

    assert await found.identity() == Identity("", b"C", b"K")


async def test_a_program_that_fails_is_said_with_the_context(tmp_path):
    found = credential(tmp_path, {}, program="import sys; sys.exit('no login')")

    with pytest.raises(AccessError, match=r"credential plugin of context here: .*no login"):
        await found.identity()
