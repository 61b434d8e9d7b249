"""The hub's metrics of itself, for Prometheus at `/metrics`.

The rule of this file: one registry per process, created here, with few labels and never a customer's. Where several
processes share a port they share their metrics too, through files, so that whichever answers a scrape answers for
all: counts are summed, and a gauge is taken of the processes that live.
"""

import os
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess, values

from routing.estimates import Errors

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the library's own name for it


def share_metrics(folder: Path, process: str) -> None:
    """Keep the metrics of this process in `folder`, with those of the other processes of this hub. Call it before
    any metric is made. A process that starts again under its name counts on."""
    os.environ[_FOLDER] = str(folder)
    values.ValueClass = values.MultiProcessValue(lambda: process)  # type: ignore[no-untyped-call]  # the library's gap


def forget_process(process: str) -> None:
    """A process has ended: its gauges no longer count, and what it counted stays."""
    multiprocess.mark_process_dead(process)  # type: ignore[no-untyped-call]  # the library's gap


def count_starts() -> Counter:
    """Of the process that starts the others."""
    return Counter("hub_process_starts", "Starts of a process.", ["process"], registry=CollectorRegistry())


class Metrics:
    def __init__(self, process: str) -> None:
        self.process, self.is_shared = process, _FOLDER in os.environ
        self.registry = CollectorRegistry()
        registry = self.registry
        self.batches = Histogram(
            "hub_batch_seconds", "Deciding and storing one batch.", buckets=SECONDS, registry=registry
        )
        self.arrivals = Counter("hub_arrivals", "Arrivals handled by the router.", registry=registry)
        self.commits = Histogram("hub_commit_seconds", "One transaction.", buckets=SECONDS, registry=registry)
        self.sent = Counter("hub_sent", "Requests to providers.", ["channel", "state"], registry=registry)
        self.estimate_error = Gauge(
            "hub_estimate_error_share",
            "Median error of the first estimate of the wait, as a share of the wait.",
            ["queue", "tier"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self.estimate_bias = Gauge(
            "hub_estimate_bias_share",
            "Sum of the estimated waits divided by the sum of the real waits, less one.",
            ["queue", "tier"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self.swept = Counter(
            "hub_segment_checks", "Customers whose segments were compared with the rules at night.", registry=registry
        )
        self.wrong_memberships = Counter(
            "hub_segment_differences",
            "Memberships that the nightly check found wrong. It should stay at 0.",
            registry=registry,
        )
        self.is_routing = Gauge(
            "hub_routing", "1 while this hub routes.", registry=registry, multiprocess_mode="livesum"
        )
        self.is_bus_healthy = Gauge(
            "hub_bus_healthy",
            "1 while every process of this hub hears what others tell it through the bus.",
            registry=registry,
            multiprocess_mode="livemin",
        )
        self.misplaced = Gauge(
            "hub_misplaced_interactions",
            "Open interactions without a place in the policy in force, or not in exactly one place.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.wall_ahead = Gauge(
            "hub_wall_clock_ahead_seconds",
            "The machine's wall clock less hub time. It changes when somebody sets the clock.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.open_interactions = Gauge(
            "hub_open_interactions",
            "Interactions that are open.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.processes = Gauge(
            "hub_processes", "Processes of this hub that run.", registry=registry, multiprocess_mode="livesum"
        )
        self.processes.set(1)
        self.cpu = Counter(
            "hub_cpu_seconds", "CPU of each process, of all its threads.", ["process"], registry=registry
        ).labels(process)
        self._cpu_counted = 0.0

    def observe_batch(self, arrivals: int, seconds: float) -> None:
        self.batches.observe(seconds)
        self.arrivals.inc(arrivals)

    def observe_commit(self, units: int, seconds: float) -> None:
        self.commits.observe(seconds)

    def observe_sent(self, channel: str, state: str) -> None:
        self.sent.labels(channel, state).inc()

    def observe_estimates(self, queue: str, tier: str, errors: Errors) -> None:
        self.estimate_error.labels(queue, tier).set(errors.median)
        self.estimate_bias.labels(queue, tier).set(errors.bias)

    def observe_sweep(self, customers: int, differences: int) -> None:
        self.swept.inc(customers)
        self.wrong_memberships.inc(differences)

    def count_cpu(self) -> None:
        used = time.process_time()
        self.cpu.inc(max(0.0, used - self._cpu_counted))
        self._cpu_counted = used

    def render(self) -> bytes:
        """The metrics of this process, or of all that share theirs."""
        if not self.is_shared:
            return generate_latest(self.registry)
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's gap
        return generate_latest(registry)
