"""What every store promises, asked of local disk and of a bucket; then what only a disk can promise."""

import asyncio
import errno
import os
import resource
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import obstore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore

from diorama.assets.bucket import Bucket, open_store
from diorama.assets.store import Store, TooLargeError
from diorama.errors import ConfigurationError, ServiceError

pytestmark = pytest.mark.anyio

KEY = "customers/7/assets/image/one.png"


@pytest.fixture
def disk(tmp_path: Path) -> Store:
    return open_store(str(tmp_path))


@pytest.fixture(params=["disk", "bucket"])
def store(request: pytest.FixtureRequest, disk: Store) -> Store:
    return disk if request.param == "disk" else Bucket(MemoryStore())


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def stream(*chunks: bytes, then: BaseException | None = None) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    if then:
        raise then


async def read(store: Store, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in store.open(key, start=start, end=end)])


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)


async def test_what_is_stored_comes_back_byte_for_byte(store: Store) -> None:
    stored = await store.put(KEY, b"picture", mime="image/png")

    assert await read(store, KEY) == b"picture"
    assert (stored.key, stored.bytes, stored.sha256) == (KEY, 7, sha256(b"picture").hexdigest())


async def test_a_stream_is_stored_like_a_body(store: Store) -> None:
    chunks = [os.urandom(700_000) for _ in range(5)]

    stored = await store.put(KEY, stream(*chunks), mime="video/mp4")

    assert await read(store, KEY) == b"".join(chunks)
    assert (stored.bytes, stored.sha256) == (3_500_000, sha256(b"".join(chunks)).hexdigest())


async def test_an_empty_stream_is_an_empty_body(store: Store) -> None:
    stored = await store.put(KEY, stream(), mime="image/png")

    assert stored.bytes == 0
    assert await read(store, KEY) == b""


async def test_the_same_body_may_be_stored_again(store: Store) -> None:
    first = await store.put(KEY, b"picture", mime="image/png")

    assert await store.put(KEY, b"picture", mime="image/png") == first
    assert await store.put(KEY, stream(b"pic", b"ture"), mime="image/png") == first


async def test_another_body_under_the_same_key_is_refused(store: Store) -> None:
    await store.put(KEY, b"picture", mime="image/png")

    with pytest.raises(ServiceError, match="already stored") as caught:
        await store.put(KEY, stream(b"other"), mime="image/png")

    assert caught.value.code == "storage_failed"
    assert await read(store, KEY) == b"picture"


async def test_of_two_writers_at_once_one_wins(store: Store) -> None:
    answers = await asyncio.gather(
        *(store.put(KEY, body * 100_000, mime="image/png") for body in (b"a", b"b")), return_exceptions=True
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["OtherBodyError", "Stored"]


@pytest.mark.parametrize("broken", [ConnectionResetError("reset"), TimeoutError("late"), RuntimeError("bug")])
@pytest.mark.parametrize("size", [2_000_000, 12_000_000])
async def test_a_broken_stream_leaves_nothing_and_its_own_error(
    store: Store, tmp_path: Path, broken: Exception, size: int
) -> None:
    with pytest.raises(type(broken)) as caught:
        await store.put(KEY, stream(b"x" * size, then=broken), mime="video/mp4")

    assert caught.value is broken
    assert await store.head(KEY) is None
    await until(lambda: not files(tmp_path))


async def test_a_cancelled_stream_leaves_nothing(store: Store, tmp_path: Path) -> None:
    started = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1_000_000
            started.set()

    task = asyncio.create_task(store.put(KEY, endless(), mime="video/mp4"))
    await started.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert await store.head(KEY) is None
    await until(lambda: not files(tmp_path))


async def test_a_body_that_nobody_waits_for_does_not_get_its_key(
    disk: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    monkeypatch.setattr(os, "fsync", written.append)
    task = asyncio.create_task(disk.put(KEY, bytes(20_000_000), mime="image/png"))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: bool(written) and not files(tmp_path))


async def test_nothing_stays_on_its_way_in_a_bucket() -> None:
    raw = MemoryStore()
    bucket = Bucket(raw)
    await bucket.put(KEY, b"picture", mime="image/png")
    await bucket.put(KEY, b"picture", mime="image/png")
    for bad in (stream(b"other"), stream(b"x" * 12_000_000, then=RuntimeError("bug"))):
        with pytest.raises((ServiceError, RuntimeError)):
            await bucket.put(KEY, bad, mime="image/png")

    await until(lambda: [meta["path"] for batch in obstore.list(raw) for meta in batch] == [KEY])


async def test_a_body_over_the_cap_is_not_stored(store: Store) -> None:
    with pytest.raises(TooLargeError, match=r"larger than the 0\.001 MB"):
        await store.put(KEY, b"x" * 1001, mime="image/png", max_bytes=1000)

    assert await store.head(KEY) is None


async def test_a_stream_is_given_up_soon_after_the_cap(store: Store) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 100_000
            yield b"x" * 100_000

    with pytest.raises(TooLargeError):
        await store.put(KEY, endless(), mime="video/mp4", max_bytes=1_000_000)

    assert taken < 3_000_000


async def test_a_body_of_exactly_the_cap_is_stored(store: Store) -> None:
    assert (await store.put(KEY, b"x" * 1000, mime="image/png", max_bytes=1000)).bytes == 1000


@given(body=st.binary(max_size=50), start=st.integers(0, 60), end=st.none() | st.integers(0, 60))
@settings(max_examples=40, deadline=None)
def test_a_range_is_a_slice(tmp_path_factory: pytest.TempPathFactory, body: bytes, start: int, end: int | None) -> None:
    store = open_store(str(tmp_path_factory.getbasetemp() / "slices"))
    key = f"a/{uuid4()}"

    async def stored_and_read() -> bytes:
        await store.put(key, body, mime="image/png")
        return await read(store, key, start, end)

    assert asyncio.run(stored_and_read()) == body[start:end]


async def test_a_large_body_is_read_in_pieces(store: Store) -> None:
    await store.put(KEY, bytes(12_000_000), mime="video/mp4")

    sizes = [len(piece) async for piece in store.open(KEY, start=10, end=10_000_010)]

    assert sum(sizes) == 10_000_000
    assert max(sizes) < 2_000_000


async def test_reading_what_is_not_there_says_so(store: Store) -> None:
    with pytest.raises(ServiceError, match="there is nothing under this key"):
        await read(store, KEY)


async def test_head_tells_size_and_time(store: Store) -> None:
    await store.put(KEY, b"picture", mime="image/png")

    head = await store.head(KEY)

    assert head is not None
    assert (head.key, head.bytes) == (KEY, 7)
    assert head.modified.tzinfo is not None


async def test_list_finds_by_prefix_in_order(store: Store) -> None:
    for key in ("a/b/two.png", "a/b/one.png", "a/bc.png", "a/c/three.png", "d/one.png"):
        await store.put(key, b"x", mime="image/png")

    assert [head.key for head in await store.list("a/b")] == ["a/b/one.png", "a/b/two.png", "a/bc.png"]
    assert [head.key for head in await store.list("a/b/o")] == ["a/b/one.png"]
    assert [head.key for head in await store.list("a/b/")] == ["a/b/one.png", "a/b/two.png"]
    assert [head.key for head in await store.list("a/bc.png")] == ["a/bc.png"]
    assert len(await store.list("")) == 5
    assert await store.list("nothing/here") == []


async def test_a_body_on_its_way_is_not_listed() -> None:
    raw = MemoryStore()
    await obstore.put_async(raw, ".staging/one", b"half a picture")

    assert await Bucket(raw).list("") == []


async def test_a_bucket_knows_the_type_of_a_body() -> None:
    raw = MemoryStore()

    await Bucket(raw).put(KEY, b"picture", mime="image/png")

    assert (await obstore.get_async(raw, KEY)).attributes == {"Content-Type": "image/png"}


async def test_deleted_is_gone_and_twice_is_fine(store: Store) -> None:
    await store.put(KEY, b"picture", mime="image/png")

    await store.delete(KEY)
    await store.delete(KEY)

    assert await store.head(KEY) is None


@pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "a/../../b", ".staging/x"])
async def test_no_key_leaves_the_root(store: Store, key: str) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        await store.put(key, b"x", mime="image/png")
    with pytest.raises(ValueError, match="not a storage key"):
        await store.head(key)
    with pytest.raises(ValueError, match="not a storage key"):
        store.local_path(key)


async def test_local_path_is_the_file_itself(disk: Store) -> None:
    await disk.put(KEY, b"picture", mime="image/png")

    path = disk.local_path(KEY)

    assert path is not None
    assert path.read_bytes() == b"picture"


async def test_a_bucket_has_no_files() -> None:
    assert Bucket(MemoryStore()).local_path(KEY) is None


async def test_a_body_is_on_the_disk_before_it_has_its_name(
    disk: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[tuple[str, bool]] = []
    await disk.put("customers/7/assets/image/first.png", b"makes the folders", mime="image/png")

    def noted(file: int) -> None:
        name = os.readlink(f"/proc/self/fd/{file}")
        forced.append((Path(name).parent.name, (tmp_path / KEY).exists()))

    monkeypatch.setattr(os, "fsync", noted)
    await disk.put(KEY, b"picture", mime="image/png")

    assert forced == [(".staging", False), ("assets", True)]


async def test_a_stream_is_written_as_it_comes(disk: Store, tmp_path: Path) -> None:
    held: list[int] = []

    async def film() -> AsyncIterator[bytes]:
        for number in range(40):
            yield bytes(1_000_000)
            written = sum(file.stat().st_size for file in (tmp_path / ".staging").iterdir())
            held.append((number + 1) * 1_000_000 - written)

    await disk.put(KEY, film(), mime="video/mp4")

    assert max(held) < 20_000_000


async def test_new_folders_are_on_the_disk_too(disk: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda file: forced.append(os.readlink(f"/proc/self/fd/{file}")))

    await disk.put("a/b/one.png", b"picture", mime="image/png")

    assert forced[1:] == [str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a" / "b")]


async def test_a_disk_that_cannot_keep_its_word_stores_nothing(
    disk: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(ServiceError, match=r"could not write 'customers/.*': Input/output error") as caught:
        await disk.put(KEY, b"picture", mime="image/png")

    assert caught.value.code == "storage_failed"
    await until(lambda: not files(tmp_path))


@pytest.mark.parametrize("size", [2_000_000, 12_000_000])
@pytest.mark.parametrize("form", [bytes, stream])
async def test_a_disk_without_room_is_told_in_words(disk: Store, tmp_path: Path, size: int, form: Any) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(ServiceError, match=rf"could not write '{KEY}': {os.strerror(errno.EFBIG)}\."):
            await disk.put(KEY, form(b"x" * size), mime="image/png")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    await until(lambda: not files(tmp_path))


def test_leftovers_of_killed_processes_go_after_a_day(tmp_path: Path) -> None:
    open_store(str(tmp_path))
    old, fresh = tmp_path / ".staging" / "old", tmp_path / ".staging" / "fresh"
    for file in (old, fresh):
        file.write_bytes(b"half a film")
    two_days_ago = old.stat().st_mtime - 2 * 86_400
    os.utime(old, (two_days_ago, two_days_ago))

    open_store(str(tmp_path))

    assert not old.exists()
    assert fresh.exists()


async def test_a_file_url_and_a_path_open_the_same_store(tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    await open_store(folder.as_uri()).put(KEY, b"picture", mime="image/png")

    assert await read(open_store(str(folder)), KEY) == b"picture"


@pytest.mark.parametrize("url", ["s3://bucket/prefix", "az://container", "file://elsewhere/dir", "file:dir", ""])
def test_other_storage_is_refused_with_the_way_out(url: str) -> None:
    with pytest.raises(ConfigurationError, match="directory") as caught:
        open_store(url)

    assert caught.value.key == "DIORAMA_STORAGE_URL"
    assert repr(url) in caught.value.message


def test_a_root_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(ServiceError, match="could not prepare"):
        open_store(str(tmp_path / "file" / "media"))
