"""What `kubectl get` shows of the built-in kinds.

Owns: the columns of each kind, and the cells of an object under them: one room a family of kinds,
`catalogue` gathers them.
Reads: objects. Writes: nothing.
Never: decides what is listed.
"""
