"""A file on its way in: read from a multipart form piece by piece, straight to the disk, never whole in memory.

What the file is, and whether it may stay, is not asked here.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from server.domain.errors import Refused

FILE_FIELD = "file"
FORM_BYTES = 64 * 1024
"""What the form may add to the file: boundaries, headers, small fields."""
LONGEST_NAME = 200

PATHS = re.compile(r"/(organise/adapters/[^/]+|play/adapter|api/v1/adapters/[^/]+)")
"""The only addresses that take more than a form's worth of bytes."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in whole. `name`: what it is called where it came from, fit to be shown."""

    path: Path
    name: str


async def uploaded(request: Request, folder: Path, most_bytes: int) -> Upload:
    """Write the form's field `file` into `folder`. Raises Refused: no file, too large, malformed, cut off."""
    content_type, options = parse_options_header(request.headers.get("content-type", ""))
    if content_type != b"multipart/form-data" or not options.get(b"boundary"):
        raise Refused("Send the file as multipart/form-data, in the field `file`.")
    path = folder / "upload"
    with path.open("xb") as target:
        form = _Form(target, most_bytes)
        await _read(request, form.parser(options[b"boundary"]))
    if not form.is_ended:
        raise Refused("The upload was cut off. Nothing was kept; send it again.")
    if not form.name or not form.taken:
        raise Refused("Choose a file first: a .zip or .tar.gz of the adapter's folder.")
    return Upload(path, form.name)


async def _read(request: Request, parser: MultipartParser) -> None:
    try:
        async for chunk in request.stream():
            parser.write(chunk)
    except FormParserError as error:
        raise Refused("The upload is malformed. Nothing was kept; send it again.") from error
    except ClientDisconnect as error:
        raise Refused("The upload was cut off. Nothing was kept; send it again.") from error


@dataclass(slots=True)
class _Form:
    """Takes the parts of a form as they come: the first file goes to `target`, everything else is passed over."""

    target: IO[bytes]
    most_bytes: int
    name: str = ""
    taken: int = 0
    is_ended: bool = False
    _takes: bool = False
    _header: list[bytearray] = field(default_factory=lambda: [bytearray(), bytearray()])

    def parser(self, boundary: bytes) -> MultipartParser:
        return MultipartParser(
            boundary,
            {
                "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                "on_header_end": self._header_ended,
                "on_part_data": self._data,
                "on_part_end": self._part_ended,
                "on_end": self._ended,
            },
        )

    def _header_ended(self) -> None:
        (name, value), self._header = self._header, [bytearray(), bytearray()]
        if bytes(name).lower() != b"content-disposition":
            return
        _, options = parse_options_header(bytes(value))
        if options.get(b"name") == FILE_FIELD.encode() and not self.taken:
            self.name = _shown(options.get(b"filename", b""))
            self._takes = bool(self.name)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if not self._takes:
            return
        self.taken += end - start
        if self.taken > self.most_bytes:
            raise Refused(f"The file is larger than the {self.most_bytes // 2**20:,} MB that are taken.")
        self.target.write(data[start:end])

    def _part_ended(self) -> None:
        self._takes = False

    def _ended(self) -> None:
        self.is_ended = True


def _shown(name: bytes) -> str:
    """The last step of a file's name, without what cannot be shown; "" for none."""
    plain = name.decode("utf-8", "replace").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in plain if letter.isprintable())[-LONGEST_NAME:]
