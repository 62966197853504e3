"""Artifacts: the tarballs that sources offer, from packing to reading them elsewhere.

Owns: the form of a tarball, the directory where they are stored, the server, the download.
Never: what a tarball is made of. That is the business of a source's story.
"""
