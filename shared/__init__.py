"""Libraries that every controller stands on, by noun.

Plain values below, effects above; each row may import the rows under it, never its neighbours:

    runtime
    cluster
    artifact | git
    reconcile | manifest
    api
    problem
"""
