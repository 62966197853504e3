import pytest

from shared.reconcile.key import Key
from shared.runtime.metric import Metrics
from shared.runtime.probe import Address
from shared.runtime.queue import Queue


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [(":8080", "0.0.0.0", 8080), ("127.0.0.1:0", "127.0.0.1", 0), ("[::1]:9440", "::1", 9440)],
)
def test_addresses_are_written_as_in_go(text, host, port):
    assert Address.parse(text) == Address(host, port)


def test_the_figures_have_the_names_that_dashboards_know():
    metrics = Metrics()
    queue = Queue()
    metrics.watch_queue("GitRepository", queue)
    metrics.watch_requests(lambda: [("GET", "configmaps", 3)])
    metrics.reconciled("GitRepository", Key("flux-system", "apps"), 0.2, "success")

    text = metrics.text().decode()

    assert 'gotk_reconcile_duration_seconds_count{kind="GitRepository",name="apps"' in text
    assert (
        'controller_runtime_reconcile_total{controller="gitrepository",result="success"} 1.0'
        in text
    )
    assert 'rest_client_requests_total{method="GET",resource="configmaps"} 3.0' in text
    assert 'workqueue_depth{name="gitrepository"} 0.0' in text


class Tokens:
    """Credentials of a cloud."""

    served, failed, evicted = 5, 1, 2

    def __len__(self) -> int:
        return 3


def test_credentials_of_all_clouds_are_counted_together():
    metrics = Metrics()
    for _ in range(2):
        metrics.watch_tokens(Tokens())

    text = metrics.text().decode()

    assert "gotk_token_cached_items 6.0" in text
    assert 'gotk_token_cache_requests_total{status="success"} 10.0' in text
    assert 'gotk_token_cache_requests_total{status="failure"} 2.0' in text
    assert "gotk_token_cache_evictions_total 4.0" in text


def test_the_series_of_an_object_that_is_gone_go_too():
    metrics = Metrics()
    metrics.reconciled("GitRepository", Key("flux-system", "apps"), 0.2, "success")

    metrics.gone("GitRepository", Key("flux-system", "apps"))

    assert "gotk_reconcile_duration_seconds_count{" not in metrics.text().decode()
