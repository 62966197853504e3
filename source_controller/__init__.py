"""The source controller: from a Git repository to an artifact that others build from.

Owns: GitRepository (status, finalizer), artifacts and mirrors below the storage path, the server.
Reads: GitRepository, the Secrets that one names in its own namespace, Git remotes.
Writes: the status of GitRepository, files below the storage path, Events.
Never: another kind's status, anything that an artifact holds, another controller's memory.
"""
