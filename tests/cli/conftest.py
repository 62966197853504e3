"""The follower waits for long on virtual time; everything else here runs on the real one."""

from tests.fake.loop import VirtualLoop


def pytest_asyncio_loop_factories(config, item):
    return {"virtual": VirtualLoop} if item.path.name == "test_follower.py" else None
