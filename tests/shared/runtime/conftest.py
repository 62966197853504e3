"""Everything here runs on virtual time: the loop jumps ahead instead of waiting."""

from tests.fake.loop import VirtualLoop


def pytest_asyncio_loop_factories(config, item):
    return {"virtual": VirtualLoop}
