"""What a remote says when it is looked at: to one who asks for all, or to others a moment ago."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.git.error import EmptyRepository, GitError, ReferenceNotFound
from shared.git.following import Followers
from shared.git.listing import Call, Listing, Listings, Sent
from shared.git.look import Look
from shared.git.resolved import Resolved
from shared.git.revision import Commit, Wish
from shared.reconcile.clock import Clock


@dataclass(frozen=True, slots=True)
class Polls:
    """The questions to all remotes, and what came of them."""

    clock: Clock
    _listings: Listings = field(default_factory=Listings)
    _followers: Followers = field(default_factory=Followers)
    _resolved: Resolved = field(default_factory=Resolved)

    def number(self) -> int:
        """The number of somebody who comes: a question with a higher one was sent later."""
        return self._listings.number()

    def expect(self, call: Call) -> None:
        """Somebody comes, and waits for its turn: whoever asks until then asks for it too."""
        self._followers.note(call)

    def heard(self, call: Call) -> Listing | None:
        """What the remote said to others, where that is new enough for the one who comes. Like all
        that follows for who holds the lock of the mirror. Raises GitError."""
        return self._listings.find(call)

    def known(self, call: Call, wish: Wish, said: Listing) -> Commit | None:
        """The commit by what the remote said, where that leads to one as it did before. Raises
        ReferenceNotFound."""
        if said.is_empty:
            return None
        return self._resolved.find(call.key, wish.pick(said.refs), said.refs)

    def commit(self, call: Call, look: Look, wish: Wish, said: Listing | None) -> Commit:
        """The commit by what the remote said, if it did, or by asking it for all. Raises GitError,
        or one of CORRUPTION."""
        commit = look.from_here(wish, said) if said else None
        if commit is None:
            look.needed = self._resolved.objects(call.key)
            united = self._followers.united(call, self.clock.monotonic())
            commit = self._ask(call, look, wish, united)
        self._resolved.note(call.key, look.candidates, look.refs or {}, commit)
        return commit

    def lost(self, key: str) -> None:
        """What was in a mirror is gone, and is fetched anew."""
        self._resolved.forget(key)

    def forget(self, key: str) -> None:
        """A mirror is gone."""
        self._listings.forget(key)
        self._followers.forget(key)
        self._resolved.forget(key)

    def _ask(self, call: Call, look: Look, wish: Wish, prefixes: tuple[str, ...]) -> Commit:
        sent = Sent(prefixes, self._listings.number(), self.clock.monotonic())
        try:
            commit = look.at(wish, prefixes)
        except GitError as problem:
            if prefixes != call.prefixes and look.may_be_too_much():
                self._followers.part(call, sent.begun)
                return self._ask(call, look, wish, call.prefixes)
            if news := _news(look, problem):
                self._note(call, sent, news)
            raise
        self._note(call, sent, Listing(look.refs or {}))
        return commit

    def _note(self, call: Call, sent: Sent, news: Listing | GitError) -> None:
        """Keep what came of a question, for those who wait and those who come soon."""
        if isinstance(news, GitError):
            self._followers.unite(call)
        else:
            self._followers.learn(call, sent, news.refs)
        self._listings.note(call, sent, news)


def _news(look: Look, problem: GitError) -> Listing | GitError | None:
    """What a look that failed has to say to others who wait: that there is no such reference, or
    that the remote does not answer; nothing where it is a matter of the one who looked."""
    if isinstance(problem, EmptyRepository):
        return Listing({}, is_empty=True)
    if isinstance(problem, ReferenceNotFound) and look.refs is not None:
        return Listing(look.refs)
    return None if look.refs is not None or look.deadline.is_over() else problem
