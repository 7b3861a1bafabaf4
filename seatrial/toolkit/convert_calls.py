"""Activities of a Chaos Toolkit file as SLIs, faults and their undo."""

import re
from collections.abc import Sequence
from typing import Any, Final

from pydantic import TypeAdapter

from seatrial.model.record import JsonValue
from seatrial.net.access import Url
from seatrial.toolkit.activity import Activity
from seatrial.toolkit.convert_values import JUDGE, Values
from seatrial.toolkit.convert_yaml import Remark, as_remark
from seatrial.toolkit.drivers import function
from seatrial.toolkit.inverse import row_of
from seatrial.toolkit.provider import HttpProvider, PythonProvider

Tree = dict[Any, Any]
_URL: Final = TypeAdapter(Url)
TIMEOUT_S: Final = 5.0
"""Of a probe that had none, so that nothing waits for it for ever."""
_TIMEOUT_S_MAX: Final = 59.0


def call_of(activity: Activity, values: Values) -> Tree:
    """The keys of a call: a function with what it is given, or another provider as it stands."""
    provider = activity.provider
    if not isinstance(provider, PythonProvider):
        left = provider.unknown_in(activity.document["provider"])
        known = {key: value for key, value in activity.document["provider"].items() if key not in left}
        remark: Tree = {as_remark("Kept from its provider:", left): None} if left else {}
        return {**remark, "provider": values.value(known)}
    call: Tree = {"module": provider.module, "func": provider.func}
    if provider.arguments:
        call["arguments"] = values.value(provider.arguments)
    found = function(provider.module, provider.func)
    if values.configuration and (found is None or "configuration" in found.known):
        call["configuration"] = dict(values.configuration)
    if secrets := values.secrets_of(provider.secrets):
        call["secrets"] = secrets
    return call


def sli_of(activity: Activity, values: Values) -> Tree:
    """A probe of the hypothesis: `ok` says whether it was within its tolerance."""
    remarks = remarks_of(activity)
    if (native := _native_http(activity, values)) is not None:
        return {**remarks, **native}
    timeout_s = _timeout_s(activity, values)
    call = {
        **call_of(activity, values),
        "tolerance": _tolerance(activity, values),
        "timeout": f"{timeout_s:g} s",
    }
    return {**remarks, "chaostoolkit": call, "objective": "ok == true", "timeout": f"{timeout_s + 1:g} s"}


def _timeout_s(activity: Activity, values: Values) -> float:
    provider = activity.provider
    given = None if isinstance(provider, PythonProvider) else provider.timeout
    limits = [activity.timeout, sum(given) if isinstance(given, list) else values.number(given)]
    usable = [limit for limit in limits if limit]
    return min([*[limit for limit in usable if limit > 0], _TIMEOUT_S_MAX]) if usable else TIMEOUT_S


def _tolerance(activity: Activity, values: Values) -> JsonValue:
    """A text in it is substituted by the Chaos Toolkit; so are patterns, paths and what is expected."""
    return True if activity.tolerance is None else values.value(activity.tolerance)


def _native_http(activity: Activity, values: Values) -> Tree | None:
    """The probe `http`, where nothing but the status is looked at."""
    provider, status = activity.provider, activity.tolerance
    if not isinstance(provider, HttpProvider) or not isinstance(status, int) or isinstance(status, bool):
        return None
    headers = provider.headers or {}
    plain = provider.timeout is None or (isinstance(provider.timeout, float) and provider.timeout > 0)
    if (
        provider.arguments
        or provider.max_retries
        or provider.unknown_in(activity.document["provider"])
        or not plain
    ):
        return None
    if not all(isinstance(value, str) for value in headers.values()) or not provider.method.isalpha():
        return None
    if not isinstance(provider.verify_tls, bool) or not _is_address(values.text(provider.url)):
        return None
    timeout_s = _timeout_s(activity, values)
    keys: Tree = {"url": values.text(provider.url), "timeout": f"{timeout_s:g} s"}
    keys |= {"method": provider.method.upper()} if provider.method.upper() != "GET" else {}
    keys |= {"headers": values.value(headers)} if headers else {}
    keys |= {} if provider.verify_tls else {"verify": False}
    return {"http": keys, "objective": f"status == {status}", "timeout": f"{timeout_s + 1:g} s"}


def _is_address(url: JsonValue) -> bool:
    """Whether the probe `http` takes it, as far as that can be told before variables have their values."""
    if not isinstance(url, str) or "$${" in url:
        return False
    try:
        _URL.validate_python(re.sub(r"^x(?=$|/)", "http://x", re.sub(r"\$\{[^}]*\}", "x", url)))
    except ValueError:
        return False
    return True


def judged(activity: Activity, values: Values) -> Tree:
    """A call with its tolerance, to look at something once."""
    return {**call_of(activity, values), "tolerance": _tolerance(activity, values)}


def remarks_of(activity: Activity) -> Tree:
    """What a native file has no place for."""
    kept: Tree = {Remark(activity.name): None}
    if activity.controls:
        text = f"{JUDGE}its controls; guards and `requires` do what safeguards did:"
        kept[as_remark(text, activity.controls)] = None
    if activity.background:
        kept[Remark("It ran in the background; here no fault waits for another.")] = None
    others = {"dry": activity.dry} if activity.dry is not None else {}
    others |= activity.unknown_in(activity.document)
    if others:
        kept[as_remark("Kept from it:", others)] = None
    return kept


def thing_of(activity: Activity, values: Values) -> str:
    """What an action hits, as far as its arguments tell."""
    arguments = activity.provider.arguments
    told = arguments if isinstance(activity.provider, PythonProvider) and isinstance(arguments, dict) else {}
    name = next((told[key] for key in ("name", "label_selector", "name_pattern") if told.get(key)), None)
    text = activity.name if name is None else f"{name} in {told['ns']}" if told.get("ns") else str(name)
    return str(values.text(text)).strip() or activity.what


def partner_of(rollback: Activity, actions: Sequence[Activity]) -> int:
    """Which action a rollback takes back: the nearest by what both name; the last one of equals."""
    closeness = [_closeness(rollback, action) for action in actions]
    best = max(closeness)
    return len(closeness) - 1 - closeness[::-1].index(best)


def _closeness(rollback: Activity, action: Activity) -> int:
    back, done = rollback.provider, action.provider
    if type(back) is not type(done):
        return 0
    if isinstance(back, PythonProvider) and isinstance(done, PythonProvider):
        row = row_of(done.module, done.func)
        is_inverse = row is not None and (row.back.module, row.back.func) == (back.module, back.func)
        return 10 * is_inverse + 3 * (back.module == done.module) + _shared(back.arguments, done.arguments)
    if isinstance(back, HttpProvider) and isinstance(done, HttpProvider):
        return 1 + len(set(_words(back.url)) & set(_words(done.url)))
    return 1 + len(set(_words(str(back.arguments))) & set(_words(str(done.arguments))))


def _shared(one: dict[str, JsonValue], other: dict[str, JsonValue]) -> int:
    return sum(key in other and other[key] == value for key, value in one.items())


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)
