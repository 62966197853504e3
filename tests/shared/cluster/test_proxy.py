import json
from pathlib import Path

import pytest

from shared.cluster.proxy import proxy_for

CASES = json.loads((Path(__file__).parents[2] / "data/cluster/proxy.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_proxy_of_a_url_is_the_one_that_go_takes(case):
    assert proxy_for(case["url"], case["env"]) == case["expect"]
