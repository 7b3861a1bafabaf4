"""A pod's worker: Locust with the shim, and each message of it as a line of the pod's log.

Run as `python -m seatrial.load.pods.worker`, in a pod of an Indexed Job.
"""

import json
import os
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import anyio

from seatrial.load.channel import Channel
from seatrial.load.clock import clock_offset_s
from seatrial.load.command import SHIM
from seatrial.load.pods.job import FOLDER, LOAD, LOCUSTFILE, PodLoad
from seatrial.load.process import LocustProcess
from seatrial.load.wire import WIRE_VERSION

_INDEX = "JOB_COMPLETION_INDEX"


def main() -> int:
    """Send load until SIGTERM; the exit code is Locust's."""
    load = PodLoad.model_validate_json((FOLDER / LOAD).read_bytes())
    if load.wire != WIRE_VERSION:
        print(f"the runner is another version of Seatrial than this image: {os.environ.get('HOSTNAME')}")  # noqa: T201  its log
        return 1
    return anyio.run(_work, load, int(os.environ[_INDEX]), sys.stdout.buffer)


async def _work(load: PodLoad, index: int, out: IO[bytes]) -> int:
    files = [str(FOLDER / LOCUSTFILE)] if load.has_locustfile else []
    argv = [sys.executable, "-m", "locust", "--locustfile", ",".join([*files, str(SHIM)])]
    argv += load.arguments[index]
    shim = {**load.shim, "worker": index, "clock_offset_s": clock_offset_s()}
    log = Path(tempfile.gettempdir()) / "locust.log"
    with Channel() as channel:
        process = await LocustProcess.start(
            argv,
            {**os.environ, **load.environment},
            json.dumps(shim).encode(),
            channel.child_fd,
            log=log,
            folder=None,
        )
        channel.handed_over()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_end_on_signal, process)
            await _pass_on(channel, out)
            await process.ended(5.0)
            tasks.cancel_scope.cancel()
        code = process.returncode
        await process.destroy()
    if code:
        print(process.last_words(), flush=True)  # noqa: T201  its log
    return code if code is not None else 1


async def _pass_on(channel: Channel, out: IO[bytes]) -> None:
    """Every message, numbered: a gap is evidence that is missing."""
    number = 0
    while True:
        await channel.wait()
        try:
            while (message := channel.received()) is not None:
                line = {"seq": number, "now_unix": datetime.now(UTC).timestamp(), "message": message}
                out.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
                out.flush()
                number += 1
        except EOFError:
            return


async def _end_on_signal(process: LocustProcess) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for number in signals:
            process.signal_group(number)


if __name__ == "__main__":
    sys.exit(main())
