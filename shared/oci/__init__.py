"""Registries, as a client that only reads: the distribution specification over HTTP.

Everything is bounded, and everything that has a digest is held against it before it is given out.
Wire formats: distribution-spec 1.1 and image-spec 1.1, Docker's token authentication and config.
"""
