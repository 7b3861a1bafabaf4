import socket

import pytest

from seatrial.shop import ports


def test_a_reserved_port_refuses_callers_and_serves_who_comes_and_goes() -> None:
    with ports.reserve() as holder:
        number = ports.number(holder)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", number))
        for _ in range(3):
            with socket.create_server(("127.0.0.1", number)) as server:
                caller = socket.create_connection(("127.0.0.1", number))
                served, _address = server.accept()
                # Closed first by the server: its TIME_WAIT must not stand in the way of the next.
                served.close()
                caller.close()


def test_a_reserved_port_is_given_to_nobody_by_chance() -> None:
    with (
        ports.reserve() as holder,
        pytest.raises(OSError, match="Address already in use"),
        socket.socket() as other,
    ):
        other.bind(("127.0.0.1", ports.number(holder)))


def test_a_port_in_use_cannot_be_reserved() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(OSError, match="Address already in use"),
    ):
        ports.reserve(server.getsockname()[1])
