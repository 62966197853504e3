"""The source controller: from repositories, registries, buckets and charts to artifacts that others
build from.

Owns: GitRepository, OCIRepository, Bucket, HelmRepository, HelmChart and ArtifactGenerator (status,
finalizer), the ExternalArtifacts of generators, artifacts and mirrors in its storage, the server.
Reads: those, the Secrets and service accounts that one names in its own namespace, the remotes.
Writes: their status, ExternalArtifacts that it made, files in its storage, Events.
Never: an ExternalArtifact of somebody else, anything that an artifact holds, another controller's
memory.
"""
