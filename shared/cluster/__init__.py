"""The Kubernetes API, as the rest of the project sees it: objects in, objects out.

Owns: connections and who we are on them, requests and when they are tried again, watches and
caches, status and finalizers of our objects, events, Leases.
Reads and writes: whatever it is asked to. It has no opinion about any kind.
Never: a value of a Secret in an error; a retry of what may have been done already.
"""
