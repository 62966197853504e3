"""HelmRelease: a chart and values, released as Helm does it, and kept as it was released.

Owns: HelmReleases and the HelmCharts made for them; Helm's records; the objects of releases.
Reads: HelmCharts, OCIRepositories, ExternalArtifacts; ConfigMaps and Secrets with values.
Writes: in the name of each HelmRelease's account.
Never: a chart in this process; a credential or a cluster in a process that renders.

The story is `helm_release.py`: chart, values, then `pursuit.py`: observe, decide (`decision.py`, a
table), act, until nothing is left. `engine.py` is the only way to a chart: it asks worker processes
(`engine_worker.py`), which are the only ones that load Helm's library (`library.py`), and ends what
hangs, swells or dies.
"""
