"""A user class out of a list of requests, for load that needs no Locust file."""

import random
from typing import Any

from locust import FastHttpUser

from seatrial.load.wire import RequestConfig


class RequestsUser(FastHttpUser):
    """Sends one request of the list a task, chosen by weight."""

    abstract = True
    requests: list[RequestConfig]

    def send_one(self) -> None:
        """Choose a request and send it."""
        weights = [one["weight"] for one in self.requests]
        send(self, random.choices(self.requests, weights)[0])


def send(user: FastHttpUser, request: RequestConfig) -> None:
    """Send one request and judge its answer."""
    arguments: dict[str, Any] = {"name": request["name"], "headers": dict(request["headers"])}
    if request["body"] is not None:
        arguments["data"] = request["body"]
    elif request["json"] is not None:
        arguments["json"] = request["json"]
    if not request["expect_status"]:
        user.client.request(request["method"], request["path"], **arguments)
        return
    with user.client.request(
        request["method"], request["path"], catch_response=True, **arguments
    ) as response:
        if response.status_code in request["expect_status"]:
            response.success()
        elif response.status_code:
            response.failure(f"HTTP {response.status_code}")


def requests_user(requests: list[RequestConfig], host: str | None) -> type[FastHttpUser]:
    """The user class for these requests."""
    RequestsUser.requests = requests  # on the base: a remote worker learns them only later
    return type("Requests", (RequestsUser,), {"host": host, "tasks": [RequestsUser.send_one]})
