"""What runs one controller: queue, worker, clock, triggers, leadership, probes, metrics, logs.

Owns: when a reconciliation runs and what becomes of its outcome.
Reads and writes: the custom resources of the controller it runs (metadata, status), Leases, Events.
Never: what a kind means. That is its story's business.
"""
