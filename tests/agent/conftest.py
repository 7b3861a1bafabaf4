"""A pod, a client on another host, and agents that leave nothing behind."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.actions.conftest import Pair, hosts
from tests.agent.pod import Agent, Client, Pod, client, pod

__all__ = ["hosts"]

Send = Callable[..., Agent]


@pytest.fixture
def the_pod(hosts: Pair, require_program: Callable[..., Path]) -> Iterator[Pod]:
    require_program("nft", package="nftables")
    with pod(hosts.there) as found:
        yield found


@pytest.fixture
def asking(hosts: Pair, the_pod: Pod) -> Iterator[Client]:
    with client(hosts.here, hosts.there_address) as found:
        found.becomes(well=True)
        yield found


@pytest.fixture
def send() -> Iterator[Send]:
    """`send(how, order)`: an agent."""
    sent: list[Agent] = []

    def one(*given: Any) -> Agent:
        sent.append(Agent(*given))
        return sent[-1]

    yield one
    for agent in sent:
        agent.clear()
