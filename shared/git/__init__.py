"""Git: who may read what, which commit a reference means, and what is in it.

Owns: the only use of dulwich and paramiko; mirrors of remotes below the storage path.
Reads: remotes over HTTP and SSH, and directories that the operator names.
Never: a work tree, a hook, a filter, a command of the machine, credentials in a message.
"""
