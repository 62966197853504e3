"""Helm releases: a chart and values, rendered by Helm's own engine in processes of their own.

Owns: rendering of charts, the grammar of values, the form of the release records Helm keeps.
Reads: charts as archives or directories, values.
Writes: nothing yet but the answers to its callers.
Never: a chart in this process; a credential, a cluster or a network in a process that renders.

`engine.py` is the only way to a chart: it asks worker processes (`engine_worker.py`), which are the
only ones that load Helm's library (`library.py`), and ends what hangs, swells or dies.
"""
