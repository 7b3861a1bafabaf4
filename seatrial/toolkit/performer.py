"""A hand that knows one experiment: loads it, configures it, performs its activities, calls its controls.

    load ──▶ configure ──▶ (fork) ──▶ begin ──▶ control, perform, control, ... ──▶ finish

Runs in a hand, on chaoslib's own objects, for controls may change them. Its answers are JSON.
"""

import copy
import datetime
from collections.abc import Callable, Iterator
from typing import Any

from seatrial.toolkit.call import as_json, called, sentence, warnings_kept
from seatrial.toolkit.culprit import culprit
from seatrial.toolkit.raw_experiment import activities_of, known_to_chaoslib, resolved
from seatrial.toolkit.vault import SECTION, credentials_of, prepare_client, without_vault

Document = dict[str, Any]


class Performer:
    """One experiment in this process."""

    def __init__(self) -> None:
        self._experiment: Document = {}
        self.configuration: Document = {}
        self.secrets: Document = {}
        self._settings: Document = {}
        self._vars: tuple[Document, Document] = ({}, {})

    def load(
        self, path: str, variables: list[str], var_files: list[str], control_files: list[str], validate: bool
    ) -> Document:
        """Read and validate; answers the experiment, or the first thing that chaoslib finds wrong."""
        from chaoslib import convert_vars, merge_vars
        from chaoslib.control import get_global_controls, load_global_controls
        from chaoslib.experiment import ensure_experiment_is_valid
        from chaoslib.loader import load_experiment
        from chaoslib.settings import load_settings

        with warnings_kept() as warnings:
            try:
                self._settings = load_settings() or {}
                self._vars = merge_vars(convert_vars(variables), var_files)
                load_global_controls(self._settings, control_files)
                self._experiment = load_experiment(path, self._settings)
                if validate:
                    ensure_experiment_is_valid(known_to_chaoslib(self._experiment))
            except Exception as error:  # noqa: BLE001  of chaoslib, of a driver that is imported: it is told
                return {"problem": sentence(error), "way": culprit(self._experiment)}
        return {
            "warnings": warnings,
            "runtime": as_json(self._settings.get("runtime") or {}),
            "global_controls": len(get_global_controls()),
        }

    def configure(self) -> Document:
        """Read configuration and secrets, dynamic ones too; answers what the runner has to know of them."""
        from chaoslib import substitute
        from chaoslib.configuration import load_configuration, load_dynamic_configuration

        config_vars, secret_vars = copy.deepcopy(self._vars)
        experiment = self._experiment
        with warnings_kept() as warnings:
            try:
                static = load_configuration(experiment.get("configuration") or {}, config_vars)
                self.secrets = self._read_secrets(static, secret_vars)
                # A copy: chaoslib writes every secret into each dynamic entry.
                self.configuration = load_dynamic_configuration(copy.deepcopy(static), self.secrets)
                experiment["title"] = substitute(experiment["title"], self.configuration, self.secrets)
            except Exception as error:  # noqa: BLE001  of chaoslib, of a vault
                return {"problem": sentence(error), "warnings": warnings}
        return {
            "title": str(experiment["title"]),
            "configuration": as_json(self.configuration),
            "missing": sorted(set(static) - set(self.configuration)),
            "secrets": self._hidden(),
            "timing": {section: self._timing(section) for section in ("hypothesis", "method", "rollback")},
            "warnings": warnings,
        }

    def recall(
        self, path: str, variables: list[str], var_files: list[str], configuration: Document
    ) -> Document:
        """For an undo: the configuration that was written down, and the secrets read again."""
        from chaoslib.configuration import load_configuration

        self.load(path, variables, var_files, [], validate=False)
        config_vars, secret_vars = copy.deepcopy(self._vars)
        static = load_configuration(self._experiment.get("configuration") or {}, config_vars)
        not_written = {k: v for k, v in static.items() if isinstance(v, bytes)} | credentials_of(static)
        self.configuration = {**configuration, **not_written}
        self.secrets = self._read_secrets(self.configuration, secret_vars)
        return {"secrets": self._hidden()}

    def _read_secrets(self, configuration: Document, variables: Document) -> Document:
        from chaoslib.secret import load_secrets

        written = self._experiment.get("secrets") or {}
        if without_vault(written) != written:
            prepare_client()
        return load_secrets(written, configuration, variables)  # type: ignore[no-any-return]

    def _hidden(self) -> dict[str, str]:
        """Every secret text by its name: `group.key`."""
        return _leaves({**self.secrets, SECTION: credentials_of(self.configuration)})

    def _timing(self, section: str) -> list[Document]:
        """By activity, its pauses and the timeout of its provider with `${name}` put in."""
        from chaoslib import substitute

        found: list[Document] = []
        for written in activities_of(self._experiment, section):
            activity = resolved(self._experiment, written)
            pauses = substitute(activity.get("pauses") or {}, self.configuration, self.secrets)
            timeout = (activity.get("provider") or {}).get("timeout")
            timeout = substitute(timeout, self.configuration, self.secrets)
            found.append({"before": pauses.get("before"), "after": pauses.get("after"), "timeout": timeout})
        return found

    def begin(self) -> Document:
        """Configure the controls."""
        from chaoslib.control import initialize_controls, initialize_global_controls
        from chaoslib.run import EventHandlerRegistry

        registry = EventHandlerRegistry()
        given = self._experiment, self.configuration, self.secrets
        initialize_global_controls(*given, self._settings, event_registry=registry)
        initialize_controls(*given, event_registry=registry)
        return {}

    def finish(self) -> Document:
        """Let the controls clean up."""
        from chaoslib.control import cleanup_controls, cleanup_global_controls

        return self._controlled(lambda: (cleanup_controls(self._experiment), cleanup_global_controls()))

    def control(
        self, level: str, scope: str, section: str = "", index: int = 0, state: Any = None
    ) -> Document:
        """Call the controls of one level; answers the state, which they may have changed, or an interrupt."""
        from chaoslib.control import apply_controls
        from chaoslib.settings import loaded_settings

        loaded_settings.set(self._settings)
        context: Any = self._experiment
        if level == "activity":
            context = resolved(self._experiment, activities_of(self._experiment, section)[index])
        elif level == "hypothesis":
            context = self._experiment["steady-state-hypothesis"]
        given = {"configuration": self.configuration, "secrets": self.secrets}
        told = self._controlled(
            lambda: apply_controls(level, self._experiment, context, scope, state, **given)
        )
        return {
            **told,
            "state": as_json(state),
            "activity": as_json(context) if level == "activity" else None,
        }

    def _controlled(self, call: Callable[[], object]) -> Document:
        from chaoslib.exceptions import InterruptExecution

        try:
            call()
        except (InterruptExecution, SystemExit, KeyboardInterrupt) as error:
            return {"interrupt": str(error) or sentence(error)}
        except Exception as error:  # noqa: BLE001  a control is anyone's code
            return {"failed": sentence(error)}
        return {}

    def perform(
        self, section: str, index: int, dry: bool, judge: bool, activity: Document | None
    ) -> Document:
        """Run one activity; `activity` stands in for it where controls have changed it in another process."""
        activity = activity or resolved(self._experiment, activities_of(self._experiment, section)[index])
        start = datetime.datetime.now(datetime.UTC)
        if dry:
            told: Document = {"status": "succeeded", "tolerance_met": True if judge else None}
        else:
            told = called(activity, self.configuration, self.secrets, judge=judge)
        end = datetime.datetime.now(datetime.UTC)
        return {
            **told,
            "activity": as_json(activity),
            "start": start.isoformat(),
            "end": end.isoformat(),
            "duration": (end - start).total_seconds(),
        }

    def row(self, section: str, first: int, count: int) -> Iterator[Document]:
        """Run so many activities one after the other, up to one that ends the run."""
        for index in range(first, first + count):
            told = self.perform(section, index, dry=False, judge=False, activity=None)
            yield told
            if told["status"] == "interrupted":
                return

    def capture(self, section: str, index: int) -> Document:
        """What it takes to take a driver's action back, read before it runs."""
        from chaoslib import substitute

        from seatrial.toolkit import inverse

        provider = resolved(self._experiment, activities_of(self._experiment, section)[index])["provider"]
        row = inverse.row_of(provider["module"], provider["func"])
        assert row is not None
        arguments = substitute(provider.get("arguments") or {}, self.configuration, self.secrets)
        groups = [self.secrets.get(name) or {} for name in provider.get("secrets") or ()]
        merged = {key: value for group in groups for key, value in group.items()}
        hand = inverse.calling(merged, self.configuration)
        try:
            return {"inverse": inverse.capture(row, arguments, hand).model_dump(mode="json")}
        except Exception as error:  # noqa: BLE001  a driver is anyone's code
            return {"problem": sentence(error)}

    def set_back(self, state: Document) -> Document:
        """Take an action back by what was captured before it."""
        from seatrial.errors import ForeignChange
        from seatrial.toolkit import inverse

        captured = inverse.Inverse.model_validate(state["inverse"])
        groups = [self.secrets.get(name) or {} for name in state["secrets"]]
        hand = inverse.calling({k: v for group in groups for k, v in group.items()}, self.configuration)
        try:
            before = inverse.is_set_back(captured, hand)
            inverse.set_back(captured, hand)
            after = inverse.is_set_back(captured, hand)
        except ForeignChange as error:
            return {"result": "foreign", "problem": str(error)}
        except Exception as error:  # noqa: BLE001  a driver is anyone's code
            return {"result": "failed", "problem": sentence(error)}
        return {"result": ("already" if before else "restored") if after else "failed"}


def _leaves(secrets: Document, prefix: str = "") -> dict[str, str]:
    """Every text in these, by the way to it: `group.key`."""
    found: dict[str, str] = {}
    for key, value in secrets.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            found |= _leaves(value, f"{name}.")
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            found[name] = str(value)
    return found
