"""The composition root: which controllers run in this process.

Owns: the names of the controller programs, and the command line that starts any set of them.
Never: what a controller does, or how one is run: that is `shared/runtime`.
"""
