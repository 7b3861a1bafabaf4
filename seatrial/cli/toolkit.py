"""Chaos Toolkit experiments on the command line: the options of `chaos run`, by their names."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from seatrial.cli.command import Option
from seatrial.cli.console import forget_stdout, say, tell

if TYPE_CHECKING:
    from seatrial.cli.reporter import Reporter
    from seatrial.guardian.forked import Begun
    from seatrial.journal.entries import Entry
    from seatrial.plan.plan import Plan
    from seatrial.record import RunRecord
    from seatrial.store import Store
    from seatrial.toolkit.options import Options
    from seatrial.toolkit.reading import ToolkitFile

_PANEL = "Chaos Toolkit experiments"
HypothesisStrategy = Annotated[
    str | None,
    Option("--hypothesis-strategy", help="When the hypothesis is checked.", group=_PANEL),
]
HypothesisFrequency = Annotated[
    float,
    Option("--hypothesis-frequency", help="Seconds between two checks.", min=0.001, group=_PANEL),
]
FailFast = Annotated[
    bool,
    Option("--fail-fast", help="End the method at the first failing check.", group=_PANEL),
]
RollbackStrategy = Annotated[
    str | None, Option("--rollback-strategy", help="Whether rollbacks run.", group=_PANEL)
]
Dry = Annotated[
    str | None,
    Option("--dry", help="Leave out probes, actions, activities or pause.", group=_PANEL),
]
Vars = Annotated[
    list[str] | None,
    Option("--var", help="A value of the configuration.", metavar="NAME[:TYPE]=VALUE", group=_PANEL),
]
VarFiles = Annotated[
    list[Path] | None,
    Option("--var-file", help="Values from a file: JSON, YAML or .env.", group=_PANEL),
]
ControlFiles = Annotated[
    list[Path] | None,
    Option("--control-file", help="Controls for every experiment.", group=_PANEL),
]
JournalPath = Annotated[
    Path | None,
    Option("--journal-path", help="Also write a Chaos Toolkit journal here.", group=_PANEL),
]


def toolkit_options(**given: Any) -> "Options":
    """The options as given; raises InvalidInput where one is not of those that there are."""
    from seatrial.errors import InvalidInput
    from seatrial.toolkit.options import CHOICES, Options

    named: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if named.get("hypothesis_strategy") == "continously":  # as older versions of the Chaos Toolkit spell it
        named["hypothesis_strategy"] = "continuously"
    for path in (*named.get("var_files", ()), *named.get("control_files", ())):
        if not path.is_file():
            raise InvalidInput(f"there is no file {path}", "mend the path")
    _check_variables(named.get("variables", ()))
    for name, known in CHOICES.items():
        if named.get(name) not in (None, *known):
            option = name.replace("_", "-")
            raise InvalidInput(f"--{option}: {named[name]!r} is none of {', '.join(known)}", "choose one")
    several: dict[str, Any] = {k: tuple(value) for k, value in named.items() if isinstance(value, list)}
    return Options(**(named | several))


def _check_variables(variables: list[str] | tuple[str, ...]) -> None:
    from seatrial.errors import InvalidInput

    for text in variables:
        name, equals, _ = text.partition("=")
        if not equals or not name:
            raise InvalidInput(f"`--var {text}` sets nothing", "write it as `--var name=value`")


def plan_toolkit(path: Path) -> "Plan":
    """The plan of a Chaos Toolkit experiment."""
    from seatrial.cli.options import warn
    from seatrial.toolkit.planning import plan_of
    from seatrial.toolkit.reading import read_toolkit

    file = read_toolkit(path)
    file.root.close()
    warn(file.warnings)
    return plan_of(file)


def readable_script(plan: "Plan") -> str:
    """The plan of a Chaos Toolkit experiment for people."""
    script = plan.script
    assert script is not None
    lines = [
        plan.title,
        f"  file       {plan.file}, a Chaos Toolkit experiment",
        f"  plan       {plan.digest[:12]}",
        f"  hypothesis {', '.join(script.probes) or 'none'}; strategy {script.hypothesis}",
        f"  rollbacks  strategy {script.rollbacks}",
    ]
    for fault in plan.faults:
        for planned in fault.targets:
            what = getattr(planned.target, "what", "")
            lines += ["", f"  fault {fault.index + 1}    {planned.target.label}", f"    {what}"]
        lines.append(f"    undo: {fault.undo}")
    return "\n".join([*lines, *(f"\n  warning    {text}" for text in plan.warnings)])


def run_toolkit(file: "ToolkitFile", store: "Store", reporter: "Reporter | None") -> int:
    """Run one Chaos Toolkit experiment; the exit code of its outcome."""
    from msgspec.structs import replace

    from seatrial.toolkit.planning import needs_guardian, plan_of

    plan = plan_of(file)
    for warning in plan.warnings:
        tell(f"warning: {warning}")
    # Before the display, which may have a thread.
    assert plan.script is not None
    guardian = _guardian_of(file) if needs_guardian(file, plan.script) else None
    record = _run(replace(file, guardian=guardian), plan, store, reporter)
    _write_journals(file, record, store)
    return _told(record, store, are_made=reporter is not None and reporter.has_made_them())


def _run(file: "ToolkitFile", plan: "Plan", store: "Store", reporter: "Reporter | None") -> "RunRecord":
    import anyio

    from seatrial.cli.progress import open_progress
    from seatrial.run.runner import Runner
    from seatrial.toolkit.course import ToolkitCourse

    try:
        with open_progress(plan) as progress:

            def watch(t_s: float, entry: "Entry") -> None:
                if reporter is not None:
                    reporter.follow(store.root, entry)
                progress.take(t_s, entry)

            return anyio.run(Runner(file, plan, store, watch, tell, course=ToolkitCourse).run)
    finally:
        file.root.close()
        if file.guardian is not None:
            file.guardian.dismiss()


def _guardian_of(file: "ToolkitFile") -> "Begun | None":
    from seatrial.guardian.forked import fork_guardian
    from seatrial.pack import Pack

    return fork_guardian(file.root.crew_pipe, Pack(()))


def _told(record: "RunRecord", store: "Store", *, are_made: bool) -> int:
    """`are_made`: its reports."""
    from seatrial.cli.run import show_verdict, write_reports
    from seatrial.pack import load_reports
    from seatrial.toolkit.differences import DIFFERENCES, differences_of

    folder = store.root / record.run_id
    if not are_made:  # such as where the disk was full before the end of the run could be told
        write_reports(load_reports(), record, folder)
    try:
        show_verdict(record, folder)
        for name in differences_of(record):
            say(f"  unlike `chaos run`: {DIFFERENCES[name]} ({name})")
    except OSError:
        forget_stdout()
    return record.verdict.exit_code


def _write_journals(file: "ToolkitFile", record: "RunRecord", store: "Store") -> None:
    """In the run's folder, and where it was asked for."""
    from seatrial.toolkit.chaos_journal import write_chaos_journal

    wanted = [file.options.journal_path] if file.options.journal_path else []
    try:
        write_chaos_journal(record, store.root / record.run_id / "journal.json", *wanted)
    except OSError as error:
        tell(f"the Chaos Toolkit journal cannot be written: {error.filename}: {error.strerror}")
