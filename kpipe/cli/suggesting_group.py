"""The group of commands, which suggests a command for an unknown one."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

from kpipe.nearest import nearest

#: What other tools call the commands.
_ALIASES = {
    "train": "run",
    "fit": "run",
    "sweep": "tune",
    "search": "tune",
    "test": "evaluate",
    "eval": "evaluate",
    "infer": "predict",
    "init": "copy",
    "new": "copy",
    "summary": "show",
    "help": "--help",
}


class SuggestingGroup(TyperGroup):
    """Commands whose misspelled names, and names in other tools, are reported with the command that was meant."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the first argument names."""
        name = args[0]
        if name not in self.commands and not name.startswith("-"):
            ctx.fail(f"no such command {name!r}{self._remedy(name)}")
        return super().resolve_command(ctx, args)

    def _remedy(self, name: str) -> str:
        if name.endswith((".yaml", ".yml")) or name.startswith("kpipe:"):
            return f"; write kpipe run {name}"
        meant = nearest(name, [*self.commands, *_ALIASES])
        if meant is None:
            return f"; available: {', '.join(self.commands)}"
        return f"; did you mean {_ALIASES.get(meant, meant)}?"
