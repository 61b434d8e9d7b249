"""The hub's metrics of itself, for Prometheus at `/metrics`.

The rule of this file: one registry per process, created here, with few labels and never a customer's.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from routing.estimates import Errors

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    def __init__(self) -> None:
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
        )
        self.estimate_bias = Gauge(
            "hub_estimate_bias_share",
            "Sum of the estimated waits divided by the sum of the real waits, less one.",
            ["queue", "tier"],
            registry=registry,
        )
        self.is_routing = Gauge("hub_routing", "1 while this process routes.", registry=registry)
        self.is_bus_healthy = Gauge(
            "hub_bus_healthy", "1 while this process hears what others tell it through the bus.", registry=registry
        )
        self.misplaced = Gauge(
            "hub_misplaced_interactions",
            "Open interactions without a place in the policy in force, or not in exactly one place.",
            registry=registry,
        )
        self.wall_ahead = Gauge(
            "hub_wall_clock_ahead_seconds",
            "The machine's wall clock less hub time. It changes when somebody sets the clock.",
            registry=registry,
        )
        self.open_interactions = Gauge("hub_open_interactions", "Interactions that are open.", registry=registry)

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

    def render(self) -> bytes:
        return generate_latest(self.registry)
