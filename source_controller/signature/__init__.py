"""Signatures of artifacts in registries: cosign, with keys and without, and notation.

What cannot be read, is too much or is not understood is no signature; nothing of it is passed over.
"""
