"""What the demo shows: lines as things happen, a spinner on a terminal, plain text in a pipe."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.status import Status


@dataclass(frozen=True, slots=True)
class Show:
    """Where to write. On a terminal the last line says what is being waited for."""

    console: Console
    waiting: Status

    @classmethod
    def on_standard_output(cls) -> Show:
        """Colours and a spinner where somebody watches; neither in a pipe."""
        console = Console(highlight=False, soft_wrap=True)
        return cls(console, console.status("starting"))

    def step(self, text: str) -> None:
        """Something is done."""
        self.console.print(f"[green]✔[/green] {escaped(text)}")

    def pending(self, text: str) -> None:
        """Something is not there yet; it may come by itself."""
        self.console.print(f"[yellow]…[/yellow] {escaped(text)}")

    def trouble(self, text: str) -> None:
        """Something is not as it should be."""
        self.console.print(f"[red]✗[/red] {escaped(text)}")

    def text(self, text: str = "") -> None:
        """Plain lines."""
        self.console.print(escaped(text))

    def wait_for(self, text: str) -> None:
        """Say what is being waited for; seen on a terminal only."""
        if self.console.is_terminal:
            self.waiting.update(escaped(text))
            self.waiting.start()

    def rest(self) -> None:
        """Nothing is being waited for."""
        self.waiting.stop()


def escaped(text: str) -> str:
    """The text, with nothing in it that the console would take for a style."""
    return text.replace("[", "\\[")
