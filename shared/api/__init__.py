"""The wire shapes of our custom resources, one kind a file, and the CRDs written from them.

Owns: pydantic models of Flux's APIs, field for field; Go durations; structural schemas.
Never: I/O. What a field means is the business of the controller that reads it.
"""
