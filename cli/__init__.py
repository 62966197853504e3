"""The `penstock` command, one file a verb.

Owns: what people type and read: options, progress, tables, exit codes.
Reads: the cluster, through `shared`; runs controllers and the embedded API server in its process.
Never: what a controller does.
"""
