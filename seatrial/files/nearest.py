"""The nearest right word for a wrong one."""

from collections.abc import Iterable

_MEANT = {
    "name": ("title",),
    "duration": ("for", "max_duration"),
    "hold": ("for",),
    "start": ("at",),
    "after": ("at",),
    "parameters": ("with",),
    "arguments": ("with",),
    "params": ("with",),
    "args": ("with",),
    "selector": ("targets",),
    "target": ("targets",),
    "guards": ("stop_when",),
    "abort_when": ("stop_when",),
    "steady_state": ("slis", "hypothesis"),
    "indicators": ("slis",),
    "blast": ("blast_radius",),
    "vars": ("variables",),
    "type": ("action",),
    "slo": ("objective",),
    "rps": ("rate",),
}
"""What people write in other tools, and what it is called here."""


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option that was probably meant, or None."""
    by_form = {_form(option): option for option in options}
    form = _form(word)
    if form in by_form:
        return by_form[form]
    for meant in _MEANT.get(form, ()):
        if meant in by_form.values():
            return meant
    import difflib

    close = difflib.get_close_matches(form, by_form, n=1, cutoff=0.6)
    return by_form[close[0]] if close else None


def _form(word: str) -> str:
    """`maxTargets`, `max-targets` and `MAX_TARGETS` are the same word."""
    spaced = "".join(f"_{c}" if c.isupper() and not word.isupper() else c for c in word)
    return spaced.strip("_").replace("-", "_").replace(" ", "_").lower()


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a`, `b` and `c`."""
    quoted = [f"`{word}`" for word in words]
    return f" {last} ".join(part for part in (", ".join(quoted[:-1]), *quoted[-1:]) if part)
