import pytest

from shared.cluster.error import ClusterError, Unreachable
from shared.cluster.webhook import Webhook
from tests.fake.api_server import DROP, Says


@pytest.fixture
async def webhook(server, clock):
    webhook = Webhook(f"{server.url}/hook", clock)
    yield webhook
    await webhook.close()


@pytest.mark.parametrize(
    ("answers", "posts"),
    [
        ([Says(202)], 1),
        ([Says(429)], 1),
        ([Says(500), DROP, Says(202)], 3),
    ],
    ids=["taken", "a duplicate is taken too", "tried again"],
)
async def test_an_event_is_delivered(server, webhook, answers, posts):
    server.on("POST /hook", *answers)

    await webhook.post({"a": 1})

    assert [asked.json for asked in server.seen] == [{"a": 1}] * posts


@pytest.mark.parametrize(
    "answer", [Says(400), Says(302, headers={"Location": "/elsewhere"})], ids=["bad", "elsewhere"]
)
async def test_an_event_that_is_refused_is_not_sent_again(server, webhook, answer):
    server.on("POST /hook", answer)

    with pytest.raises(ClusterError, match=rf"the answer was {answer.status}"):
        await webhook.post({})

    assert len(server.seen) == 1


async def test_an_event_that_nobody_takes_is_given_up_after_five_tries(server, webhook, clock):
    server.on("POST /hook", Says(503))

    with pytest.raises(Unreachable, match="/hook: the answer was 503"):
        await webhook.post({})

    assert len(server.seen) == 5
    assert clock.monotonic() == 1 + 2 + 4 + 8


async def test_nobody_there_is_unreachable(server, webhook):
    await server.stop()

    with pytest.raises(Unreachable, match="Cannot connect"):
        await webhook.post({})
