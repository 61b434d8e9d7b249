"""Structured logs: a line per event, with the ids that it is about and never what was said.

The rule of this file: set up once, by the command line.
"""

import logging
import sys

import structlog


def set_up_logs(level: str, *, as_json: bool) -> None:
    number = logging.getLevelNamesMapping()[level.upper()]
    shown = max(number, logging.WARNING)  # of libraries
    logging.basicConfig(level=shown, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
