"""Pictures from strangers: drawn anew by a process that may use little, or refused."""

import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image, PngImagePlugin

from apps.clones import services
from apps.clones.adapters import images
from apps.clones.adapters.images import client as adapter
from apps.clones.adapters.images.client import PROGRAM
from apps.clones.models import Clone
from apps.clones.services.images import IMAGE_BYTES
from apps.core.errors import AdapterError, DomainError
from apps.operations import artifacts
from apps.users.models import User
from tests.clones.conftest import BY, NOW

MEBIBYTE = 1024 * 1024
SECRET = b"<script>alert(1)</script>"
MEASURED = """
import runpy, sys
try:
    runpy.run_path(sys.argv[1], run_name="__main__")
finally:
    with open("/proc/self/status") as status:
        peak = next(line for line in status if line.startswith("VmHWM"))
    print(peak, file=sys.stderr)
"""


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> None:
    settings.ARTIFACT_ROOT = tmp_path


def encoded(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def png(width: int = 600, height: int = 400, mode: str = "RGB", **options: Any) -> bytes:
    return encoded(Image.new(mode, (width, height)), "PNG", **options)


def chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that promises and holds very many pixels, made without holding them."""
    packer = zlib.compressobj(9)
    row = b"\x00" * (1 + width // 8)
    lines = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([1, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def lying_bomb() -> bytes:
    """A PNG whose header is modest and whose stream of pixels has no end."""
    header = (512).to_bytes(4, "big") * 2 + bytes([8, 6, 0, 0, 0])
    packed = zlib.compress(b"\x00" * (300 * MEBIBYTE), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A PNG with a compressed note of 200 MiB."""
    whole = png(64, 64)
    note = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(b"\x00" * (200 * MEBIBYTE), 9))
    return whole[:33] + note + whole[33:]


def animated(form: str, frames: int = 3) -> bytes:
    pictures = [Image.new("RGB", (64, 64), (index % 256, 0, 0)) for index in range(frames)]
    return encoded(pictures[0], form, save_all=True, append_images=pictures[1:])


def located() -> bytes:
    """A JPEG with the place where it was taken, a thumbnail's worth of notes and a turn by 90 degrees."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SECRET-CAMERA"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)})
    upper = Image.new("RGB", (600, 600), "red")
    upper.paste("blue", (0, 300, 600, 600))
    return encoded(upper, "JPEG", exif=exif.tobytes(), comment=b"SECRET-COMMENT", quality=95)


REFUSED = {
    "nothing": b"",
    "text": b"hello",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>',
    "gif": animated("GIF", 1),
    "gif and script": b"GIF89a/*" + b"\x00" * 20 + b"*/=1;alert(1)",
    "webp": encoded(Image.new("RGB", (64, 64)), "WEBP"),
    "tiff": encoded(Image.new("RGB", (64, 64)), "TIFF"),
    "bmp": encoded(Image.new("RGB", (64, 64)), "BMP"),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\nshowpage\n",
    "psd": b"8BPS\x00\x01" + b"\x00" * 200,
    "animated png": animated("PNG"),
    "ten thousand frames": animated("PNG", 3).replace(
        chunk(b"acTL", (3).to_bytes(4, "big") + bytes(4)),
        chunk(b"acTL", (10_000).to_bytes(4, "big") + bytes(4)),
    ),
    "truncated png": png()[:-200],
    "truncated jpeg": located()[:3000],
    "header only": png()[:33],
    "tiny": png(8, 8),
    "one line": png(5000, 20),
    "too many pixels": bomb(4000, 4000),
    "bomb": bomb(60_000, 60_000),
    "broken checksum": png()[:40] + b"\xff" + png()[41:],
}


@pytest.mark.parametrize("name", REFUSED)
def test_b12_what_is_no_picture_of_ours_is_refused(name: str) -> None:
    with pytest.raises(images.NotAnImage) as refused:
        images.draw_anew(REFUSED[name])
    assert str(refused.value).endswith(".") and "Traceback" not in str(refused.value)


ACCEPTED = {
    "small": png(16, 16),
    "wide": png(4096, 400),
    "twelve megapixels": png(4000, 3000, "RGBA"),
    "twelve megapixels of jpeg": encoded(Image.new("CMYK", (4000, 3000)), "JPEG"),
    "progressive": encoded(Image.new("RGB", (4000, 3000), "green"), "JPEG", progressive=True),
    "palette": png(300, 300, "P", transparency=0),
    "grey with alpha": png(300, 300, "LA"),
    "sixteen bits": png(300, 300, "I;16"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_b12_a_picture_becomes_a_webp_square(name: str) -> None:
    drawn = Image.open(BytesIO(images.draw_anew(ACCEPTED[name])))
    assert (drawn.format, drawn.size, getattr(drawn, "n_frames", 1)) == ("WEBP", (512, 512), 1)


def peak_kibibytes(content: bytes) -> int:
    done = subprocess.run(
        [sys.executable, "-I", "-c", MEASURED, str(PROGRAM)], input=content, capture_output=True, check=False
    )
    return int(done.stderr.decode().rpartition("VmHWM:")[2].split()[0])


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of a process from /proc")
@pytest.mark.parametrize("name", ["bomb", "lying bomb", "text bomb", "twelve megapixels", "progressive"])
def test_b12_the_process_stays_below_300_mebibytes(name: str) -> None:
    made = {**REFUSED, **ACCEPTED, "lying bomb": lying_bomb(), "text bomb": text_bomb()}[name]
    assert len(made) < 2 * MEBIBYTE
    assert 10 * 1024 < peak_kibibytes(made) < 300 * 1024


def test_b12_nothing_of_the_file_survives_but_its_pixels() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", SECRET.decode())
    for content in (png(pnginfo=notes), png() + SECRET, located() + b"PK\x03\x04" + SECRET):
        drawn = images.draw_anew(content)
        assert (
            SECRET not in drawn and b"SECRET" not in drawn and b"EXIF" not in drawn and b"ICCP" not in drawn
        )
        assert not Image.open(BytesIO(drawn)).getexif()


def test_b12_a_picture_is_turned_as_its_camera_said_and_the_place_is_gone() -> None:
    content = located()
    assert Image.open(BytesIO(content)).getexif().get_ifd(0x8825)[2] == (52.0, 31.0, 12.0)
    drawn = Image.open(BytesIO(images.draw_anew(content)))
    left, right = drawn.getpixel((40, 256)), drawn.getpixel((470, 256))
    assert isinstance(left, tuple) and isinstance(right, tuple)
    assert left[2] - left[0] > 150 and right[0] - right[2] > 150
    assert not drawn.getexif() and "exif" not in drawn.info


def test_b12_a_process_that_hangs_or_cannot_start_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(*args: Any, **kwargs: Any) -> None:
        raise subprocess.TimeoutExpired("program", 15)

    def absent(*args: Any, **kwargs: Any) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(adapter.subprocess, "run", hangs)
    with pytest.raises(images.NotAnImage):
        images.draw_anew(png())
    monkeypatch.setattr(adapter.subprocess, "run", absent)
    with pytest.raises(AdapterError):
        images.draw_anew(png())


def test_the_process_sees_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    real = subprocess.run
    monkeypatch.setattr(
        adapter.subprocess, "run", lambda *args, **kwargs: asked.update(kwargs) or real(*args, **kwargs)
    )
    images.draw_anew(png())
    assert asked["env"] == {}


def test_a_picture_is_stored_by_its_content_and_replaced(clone: Clone) -> None:
    first = services.set_image(clone=clone, content=png(), by=BY, now=NOW).image_digest
    again = services.set_image(clone=clone, content=png(), by=BY, now=NOW).image_digest
    assert first == again and artifacts.get(first).startswith(b"RIFF")
    services.remove_image(clone=clone, by=BY, now=NOW)
    clone.refresh_from_db()
    assert clone.image_digest == ""
    with pytest.raises(DomainError) as refused:
        services.remove_image(clone=clone, by=BY, now=NOW)
    assert refused.value.code == "IMAGE_NOT_SET"


def put(client: Client, clone: Clone, content: bytes, kind: str) -> Any:
    return client.put(
        f"/api/v1/clone/clones/{clone.public_id}/image", content, content_type=kind, CONTENT_TYPE=kind
    )


def test_b12_the_route_takes_the_bytes_themselves(clone: Clone, owner: User, client: Client) -> None:
    assert put(client, clone, png(), "image/png").status_code == 401
    client.force_login(owner)
    for content, kind, status, code in (
        (located(), "image/png", 422, "IMAGE_INVALID"),
        (png(), "image/jpeg", 422, "IMAGE_INVALID"),
        (b"", "image/png", 422, "IMAGE_INVALID"),
        (REFUSED["svg"], "image/svg+xml", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (REFUSED["gif"], "image/gif", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (png(), "application/octet-stream", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (bomb(60_000, 60_000)[:IMAGE_BYTES], "image/png", 422, "IMAGE_INVALID"),
        (png()[:8] + b"\x00" * (100 * MEBIBYTE), "image/png", 413, "BODY_TOO_LARGE"),
    ):
        answer = put(client, clone, content, kind)
        assert (answer.status_code, answer.json()["code"]) == (status, code), kind
    done = put(client, clone, png(), "image/png")
    assert done.status_code == 200
    digest = Clone.objects.get(pk=clone.pk).image_digest
    assert done.json()["imageUrl"] == f"/media/clones/{digest}.webp"
    gone = client.delete(f"/api/v1/clone/clones/{clone.public_id}/image")
    assert (gone.status_code, gone.json()["imageUrl"]) == (200, None)


URLS = (
    "http://127.0.0.1/a.png",
    "http://169.254.169.254/latest/meta-data",
    "http://[::ffff:10.0.0.1]/a.png",
    "http://0x7f.1/a.png",
    "https://rebinding.example/a.png",
    "https://example.com/redirect?to=http://10.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_PING",
    "https://user:password@example.com/a.png",
    "https://slow.example/loris",
    "https://endless.example/body",
    "https://example.com/bomb.gz",
)


@pytest.mark.parametrize("address", URLS)
def test_b13_a_picture_by_address_opens_no_connection(
    address: str, clone: Clone, owner: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a connection was opened")

    client.force_login(owner)
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(f"socket.socket.{name}", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    path = f"/api/v1/clone/clones/{clone.public_id}"
    for answer in (
        client.put(f"{path}/image", {"imageUrl": address}, content_type="application/json"),
        client.patch(path, {"imageUrl": address}, content_type="application/json"),
        client.patch(path, {"name": "Breaker", "imageUrl": address}, content_type="application/json"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "URL_NOT_ALLOWED")
    assert Clone.objects.get(pk=clone.pk).name == "Momentum"


def test_pictures_are_limited(
    clone: Clone, owner: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.clones.services.images.IMAGE_RATE", "2/hour")
    client.force_login(owner)
    answers = [put(client, clone, png(20, 20), "image/png") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0


def test_b12_a_picture_is_served_as_nothing_but_a_picture(clone: Clone, client: Client) -> None:
    digest = services.set_image(clone=clone, content=png(), by=BY, now=NOW).image_digest
    path = f"/media/clones/{digest}.webp"
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Vary" not in answer and not answer.cookies
    for tag in (answer["ETag"], f"W/{answer['ETag']}", "*", f'"x", {answer["ETag"]}'):
        known = client.get(path, headers={"If-None-Match": tag})
        assert (known.status_code, known.content) == (304, b"")
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


def test_only_pictures_that_a_visible_clone_shows_are_served(
    clone: Clone, client: Client, settings: Any
) -> None:
    digest = services.set_image(clone=clone, content=png(), by=BY, now=NOW).image_digest
    private = artifacts.put(b"a sealed record")
    path = f"/media/clones/{digest}.webp"
    for name in (private, "0" * 64, "..%2f..%2fetc%2fpasswd", digest.upper(), digest[:63]):
        assert client.get(f"/media/clones/{name}.webp").status_code == 404
    services.moderate_clone(clone=clone, to="hidden", reason="reported", by=BY, now=NOW)
    assert client.get(path).status_code == 404
    services.moderate_clone(clone=clone, to="live", reason="mistake", by=BY, now=NOW)
    assert client.get(path).status_code == 200
    (Path(settings.ARTIFACT_ROOT) / digest[:2] / digest).write_bytes(b"<script>")
    assert client.get(path).status_code == 404, "a file that is not what its name says"


def test_the_public_profile_names_its_picture(clone: Clone, client: Client, settings: Any) -> None:
    settings.MEDIA_ORIGIN = "https://media.example"
    path = f"/api/v1/public/clones/{clone.public_id}"
    assert client.get(path).json()["imageUrl"] is None
    digest = services.set_image(clone=clone, content=png(), by=BY, now=NOW).image_digest
    assert client.get(path).json()["imageUrl"] == f"https://media.example/media/clones/{digest}.webp"
