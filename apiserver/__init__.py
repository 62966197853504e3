"""An embedded Kubernetes-compatible API server: laptop clusters, rehearsals, tests.

Owns: what it stores. Reads and writes: nothing else; it imports nothing of the rest of the project,
so that our clients are always tested against a stranger.
Never: runs a container, calls a webhook, trusts a body it has not measured.

The way of a request: `route` (what the URL names) → `body` (bounded bytes to an object) → `write`,
`deletion`, `listing` or `watch` (what the verb means) → `storage` (one revision a write) →
`form` (object, metadata only, or table) → `answer` (bytes).
`simulation/` plays the controllers and the kubelet.
"""
