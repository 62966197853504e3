"""Logs are events with fields: JSON for machines, colours for people."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog

LEVELS = {"trace": 5, "debug": 10, "info": 20, "error": 40}
Encoding = Literal["json", "console"]


def configure(level: str, encoding: str) -> None:
    """Set up logging for this process. `level`: trace, debug, info or error; unknown: info."""
    number = LEVELS.get(level, logging.INFO)
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if encoding == "console"
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr)
