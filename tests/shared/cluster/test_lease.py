import pytest

from shared.cluster.error import Conflict, NotFound, Unreachable
from shared.cluster.lease import Lease, Seen, Tenure
from tests.fake.api_server import Says, status
from tests.fake.clock import NOON

GROUP = "/apis/coordination.k8s.io/v1"
LEASES = f"{GROUP}/namespaces/flux-system/leases"
STAMP = "2026-01-01T12:00:00.000000Z"
SPEC = {
    "holderIdentity": "us",
    "leaseDurationSeconds": 35,
    "acquireTime": STAMP,
    "renewTime": STAMP,
    "leaseTransitions": 0,
}
TENURE = Tenure.first("us", 35, NOON)


@pytest.fixture
def lease(server, client):
    kind = {"name": "leases", "kind": "Lease", "namespaced": True, "verbs": []}
    server.on(f"GET {GROUP}", Says(body={"resources": [kind]}))
    return Lease(client, "flux-system", "x")


def answer(spec):
    return Says(body={"metadata": {"resourceVersion": "5"}, "spec": spec})


async def test_a_lease_is_made(server, lease):
    server.on(f"POST {LEASES}", answer(SPEC))

    assert await lease.create(TENURE) == Seen(TENURE, "5")
    assert server.seen[-1].json["spec"] == SPEC


async def test_a_lease_is_read_whatever_is_missing_in_it(server, lease):
    server.on(f"GET {LEASES}/x", answer(SPEC), answer({"holderIdentity": None}))

    assert await lease.read() == Seen(TENURE, "5")
    assert await lease.read() == Seen(Tenure("", 0), "5")


async def test_a_lease_is_written_only_where_it_is_what_was_read(server, lease):
    server.on(f"PATCH {LEASES}/x", status(409, "Conflict", "changed"))

    with pytest.raises(Conflict):
        await lease.update(TENURE, "4")

    assert server.seen[-1].json == {"metadata": {"resourceVersion": "4"}, "spec": SPEC}


async def test_a_lease_is_asked_for_once_a_try(server, lease):
    server.on(f"GET {LEASES}/x", Says(503, b""))

    with pytest.raises(Unreachable):
        await lease.read()

    assert len(server.asked(f"GET {LEASES}/x")) == 1


async def test_a_lease_that_is_not_there(server, lease):
    server.on(f"GET {LEASES}/x", status(404, "NotFound", "not found"))

    with pytest.raises(NotFound):
        await lease.read()


def test_a_tenure_goes_on_for_its_holder_and_begins_for_another():
    held = Tenure("us", 35, "a", "b", 3)

    assert held.renewed_by("us", 20, NOON) == Tenure("us", 20, "a", STAMP, 3)
    assert held.renewed_by("them", 20, NOON) == Tenure("them", 20, STAMP, STAMP, 4)
    assert held.given_up(NOON) == Tenure("", 1, STAMP, STAMP, 3)
