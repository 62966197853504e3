"""A Git repository that tests write to, and a server on loopback that gives it out.

The server is Git's own (`git http-backend`), behind a wrapper that counts, and that misbehaves when
told to.
"""

from __future__ import annotations

import os
import ssl
import subprocess
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from dulwich.objects import Blob, Commit, ShaFile, Tag, Tree
from dulwich.repo import Repo

AUTHOR = b"Ada <ada@example.org>"
SOME_TIME = 1_700_000_000


class Repository:
    """A bare repository, written without a work tree. Every commit is a second after the last."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.repo = Repo.init_bare(path, mkdir=True)
        # Commits without a reference are given out, as hosted servers do.
        self.repo.get_config().set((b"uploadpack",), b"allowAnySHA1InWant", b"true")
        self.repo.get_config().write_to_path()
        self.time = SOME_TIME
        self.tips: dict[str, bytes] = {}

    def commit(
        self, files: Mapping[str, str | bytes], message: str = "change", branch: str = "main"
    ) -> str:
        """A commit with exactly these files on top of a branch; its id. A name that ends in `*` is
        one that may be run; one that ends in `@` is a symbolic link."""
        return self.commit_tree(self.tree(files), message, branch)

    def commit_tree(self, tree: bytes, message: str = "change", branch: str = "main") -> str:
        commit = Commit()
        commit.tree = tree
        commit.parents = [self.tips[branch]] if branch in self.tips else []
        commit.author = commit.committer = AUTHOR
        self.time += 1
        commit.author_time = commit.commit_time = self.time
        commit.author_timezone = commit.commit_timezone = 0
        commit.message = message.encode()
        self.add(commit)
        self.tips[branch] = commit.id
        self.point(f"refs/heads/{branch}", commit.id.decode())
        return commit.id.decode()

    def tree(self, files: Mapping[str, str | bytes]) -> bytes:
        """A tree with these files; its id."""
        tree, below = Tree(), dict[str, dict[str, str | bytes]]()
        for path, content in files.items():
            name, slash, rest = path.partition("/")
            if slash:
                below.setdefault(name, {})[rest] = content
            else:
                mode = {"*": 0o100755, "@": 0o120000}.get(name[-1], 0o100644)
                raw = content.encode() if isinstance(content, str) else content
                tree.add(name.rstrip("*@").encode(), mode, self.add(Blob.from_string(raw)))
        for name, inner in below.items():
            tree.add(name.encode(), 0o040000, self.tree(inner))
        return self.add(tree)

    def raw_tree(self, *entries: tuple[bytes, int, bytes]) -> bytes:
        """A tree of (name, mode, id), whatever Git would say to it."""
        raw = b"".join(
            b"%o %s\0%s" % (mode, name, bytes.fromhex(entry.decode()))
            for name, mode, entry in entries
        )
        return self.add(Tree.from_string(raw))

    def blob(self, content: bytes = b"x") -> bytes:
        return self.add(Blob.from_string(content))

    def add(self, thing: ShaFile) -> bytes:
        self.repo.object_store.add_object(thing)
        return thing.id

    def tag(self, name: str, commit: str, *, annotated: bool = False) -> str:
        """A tag; the id of what its reference points to."""
        target = commit
        if annotated:
            tag = Tag()
            tag.name, tag.object = name.encode(), (Commit, commit.encode())
            tag.tagger, tag.message = AUTHOR, b"a release"
            tag.tag_time, tag.tag_timezone = self.time, 0
            target = self.add(tag).decode()
        self.point(f"refs/tags/{name}", target)
        return target

    def point(self, reference: str, target: str) -> None:
        self.repo.refs[reference.encode()] = target.encode()

    def drop(self, reference: str) -> None:
        del self.repo.refs[reference.encode()]

    def close(self) -> None:
        self.repo.close()


@dataclass
class Conversation:
    """What was asked and answered: `GET` or `POST`, the path, and the sizes of both bodies."""

    method: str
    path: str
    asked: bytes
    answered: int
    headers: Mapping[str, str]

    @property
    def command(self) -> str:
        """`ls-refs` or `fetch` for questions of version 2; empty for others."""
        words = self.asked[4:].split(b"\n", 1)[0]
        return words.removeprefix(b"command=").decode() if words.startswith(b"command=") else ""


Answer = Callable[[BaseHTTPRequestHandler, bytes], bool]
"""Answers a request in place of Git; False leaves it to Git."""


class Gate:
    """Holds up the first request until it is opened; says when it has come."""

    def __init__(self, then: Answer = lambda handler, body: False) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        self.asked = 0
        self._then = then

    def __call__(self, handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        self.asked += 1
        self.reached.set()
        self.opened.wait(30)
        return self._then(handler, body)


@dataclass
class HttpRemote:
    """The server. `interfere`: comes before Git; `spoil`: changes what Git answers, told the
    number of the answer; `version`: the newest protocol it speaks."""

    root: Path
    interfere: Answer = lambda handler, body: False
    spoil: Callable[[bytes, int], bytes] = lambda answer, number: answer
    version: int = 2
    conversations: list[Conversation] = field(default_factory=list)
    url: str = ""
    closing: threading.Event = field(default_factory=threading.Event)

    def of(self, repository: Repository) -> str:
        """The URL of a repository."""
        return f"{self.url}/{repository.path.name}"

    def fetches(self) -> list[Conversation]:
        return [talk for talk in self.conversations if talk.command == "fetch"]

    def listings(self) -> list[Conversation]:
        return [talk for talk in self.conversations if talk.command == "ls-refs"]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        if not self.interfere(handler, body):
            self.pass_on(handler, body)

    def pass_on(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """Let Git answer."""
        path, _, query = handler.path.partition("?")
        protocol = handler.headers.get("Git-Protocol", "") if self.version == 2 else ""
        variables = {
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": handler.command,
            "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": protocol,
        }
        said = subprocess.run(
            ["git", "-c", "safe.directory=*", "http-backend"],
            input=body,
            env=os.environ | variables,
            capture_output=True,
            check=False,
        ).stdout
        head, _, answer = said.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        answer = self.spoil(answer, len(self.conversations))
        self.conversations.append(
            Conversation(handler.command, handler.path, body, len(answer), dict(handler.headers))
        )
        send(handler, int(headers.pop("Status", "200").split()[0]), answer, headers)


def send(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> bool:
    """Answer a request, in full."""
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
    return True


def redirect(place: Callable[[str], str]) -> Answer:
    """Sends the first question elsewhere."""

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        return send(handler, 302, headers={"Location": place(handler.path)})

    return answer


def demand(username: str, password: str, *, realm: str = "git") -> Answer:
    """Lets in only who signs in like this."""
    pair = b64encode(f"{username}:{password}".encode()).decode()
    return demand_header(f"Basic {pair}", realm)


def demand_header(expected: str, realm: str = "git") -> Answer:
    """Lets in only who brings this header."""

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        if handler.headers.get("Authorization") == expected:
            return False
        said = handler.headers.get("Authorization", "nothing")
        return send(
            handler, 401, said.encode(), {"WWW-Authenticate": f'Basic realm="{realm} {said}"'}
        )

    return answer


@contextmanager
def serving(root: Path, context: ssl.SSLContext | None = None) -> Iterator[HttpRemote]:
    """The server, for all repositories below `root`; over TLS where a context is given."""
    remote = HttpRemote(root)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # As hosted servers have it: else an answer in two parts waits 40 ms for the client's word.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            remote.answer(self)

        do_POST = do_GET  # noqa: N815 - the library's own name

        def log_message(self, *words: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: object, address: object) -> None:
            """A client that hangs up is what some tests are about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        remote.url = f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield remote
        finally:
            remote.closing.set()
            server.shutdown()
            thread.join()
