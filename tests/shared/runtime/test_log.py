import json

import pytest
import structlog

from shared.runtime import log


@pytest.fixture(autouse=True)
def _as_it_was():
    yield
    structlog.reset_defaults()


def test_a_line_is_an_event_with_fields(capsys):
    log.configure("info", "json")

    structlog.get_logger().info("artifact.published", revision="main@sha1:1")
    structlog.get_logger().debug("not.shown")

    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["revision"], line["level"]) == (
        "artifact.published",
        "main@sha1:1",
        "info",
    )


def test_people_get_plain_lines(capsys):
    log.configure("debug", "console")

    structlog.get_logger().debug("artifact.published", revision="main@sha1:1")

    assert "artifact.published" in capsys.readouterr().err
