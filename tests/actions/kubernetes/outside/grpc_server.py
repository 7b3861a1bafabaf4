"""A gRPC server that says what it hears, out of what the project's own image has of HTTP/2."""

import asyncio
import sys
from typing import Any

from hpack import Decoder, Encoder
from hyperframe.frame import DataFrame, Frame, HeadersFrame, PingFrame, SettingsFrame, WindowUpdateFrame

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection."""
    decoder, encoder, heard = Decoder(), Encoder(), dict[int, bytes]()
    writer.write(SettingsFrame(0).serialize())
    try:
        await reader.readexactly(len(PREFACE))
        while True:
            frame = await read(reader)
            if isinstance(frame, HeadersFrame):
                decoder.decode(frame.data)
            for one in answers(frame, encoder, heard):
                writer.write(one.serialize())
    except (asyncio.IncompleteReadError, OSError):
        writer.close()


async def read(reader: asyncio.StreamReader) -> Any:
    frame, length = Frame.parse_frame_header(memoryview(await reader.readexactly(9)))
    frame.parse_body(memoryview(await reader.readexactly(length)))
    return frame


def answers(frame: Any, encoder: Encoder, heard: dict[int, bytes]) -> list[Frame]:
    """What is to be said to a frame."""
    if isinstance(frame, SettingsFrame | PingFrame) and "ACK" not in frame.flags:
        told = frame.opaque_data if isinstance(frame, PingFrame) else b""
        return [PingFrame(0, told, flags=["ACK"]) if told else SettingsFrame(0, flags=["ACK"])]
    if not isinstance(frame, DataFrame):
        return []
    heard[frame.stream_id] = heard.get(frame.stream_id, b"") + frame.data
    if "END_STREAM" not in frame.flags:
        return []
    stream, said = frame.stream_id, heard.pop(frame.stream_id)
    window = WindowUpdateFrame(0, window_increment=max(1, len(said)))
    return [window, *_answer(stream, said, encoder)]


def _answer(stream: int, said: bytes, encoder: Encoder) -> list[Frame]:
    first = encoder.encode([(":status", "200"), ("content-type", "application/grpc")])
    last = encoder.encode([("grpc-status", "0")])
    return [
        HeadersFrame(stream, first, flags=["END_HEADERS"]),
        DataFrame(stream, said),
        HeadersFrame(stream, last, flags=["END_HEADERS", "END_STREAM"]),
    ]


async def main() -> None:
    """For ever."""
    async with await asyncio.start_server(serve, "", int(sys.argv[1])) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
