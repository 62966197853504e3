"""Any Kubernetes object, as plain data: identity, order, readiness, inventory, YAML.

Owns: `Manifest` and what can be told from one without asking a cluster.
Never: I/O. Values go in, values come out.
"""
