"""`kustomize build` as a pure library: a tree of bytes in, manifests out.

Owns: the Kustomization and Component kinds, their order of work, and what a build read.
Reads: a mapping of paths to bytes, nothing else.
Writes: nothing. Never: I/O, processes, plugins, state between two builds.

`build.py` is the door, `accumulation.py` the order of work; every transformer is a file of its own.
"""
