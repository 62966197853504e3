"""What a reconciliation is, as values: attempts, failures, conditions, settlements, history.

Owns: the vocabulary between a story and the worker that runs it.
Never: I/O, clocks, randomness. Time and chance come in as arguments.
"""
