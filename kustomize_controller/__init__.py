"""Kustomizations: what a source says, built, applied, pruned and watched until it is healthy.

Owns: the status and the finalizer of Kustomizations, and the objects in their inventories.
Reads: artifacts of sources, the state of dependencies, the live state of what it applies.
Writes: what was built, by server-side apply as `kustomize-controller`; deletes what is stale.
Never: sources, the objects of other owners, a file on disk.

`kustomization.py` is the story; `wiring.py` is the only file that knows concrete classes.
"""
