"""What every store promises, asked of the one on local disk."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diorama.assets.store import LocalStore, Store, TooLargeError, open_store
from diorama.errors import ConfigurationError, ServiceError

pytestmark = pytest.mark.anyio

KEY = "customers/7/assets/image/one.png"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "media"))


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


@pytest.mark.parametrize("again", [b"picture", stream(b"pic", b"ture")], ids=["body", "stream"])
async def test_the_same_body_may_be_stored_again(store: Store, again: bytes | AsyncIterator[bytes]) -> None:
    first = await store.put(KEY, b"picture", mime="image/png")

    assert await store.put(KEY, again, mime="image/png") == first


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

    assert sorted(type(answer).__name__ for answer in answers) == ["ServiceError", "Stored"]


@pytest.mark.parametrize("broken", [ConnectionResetError("reset"), TimeoutError("late"), RuntimeError("bug")])
async def test_a_broken_stream_leaves_nothing_and_its_own_error(
    store: Store, tmp_path: Path, broken: Exception
) -> None:
    with pytest.raises(type(broken)) as caught:
        await store.put(KEY, stream(b"x" * 2_000_000, then=broken), mime="video/mp4")

    assert caught.value is broken
    assert await store.head(KEY) is None
    await until(lambda: not any(path.is_file() for path in tmp_path.rglob("*")))


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
    await until(lambda: not any(path.is_file() for path in tmp_path.rglob("*")))


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


async def test_a_body_is_on_the_disk_before_it_has_its_name(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def noted(name: str) -> Callable[..., None]:
        real = getattr(os, name)

        def call(*args: object) -> None:
            done.append(name)
            real(*args)

        return call

    monkeypatch.setattr(os, "fsync", noted("fsync"))
    monkeypatch.setattr(os, "link", noted("link"))
    await store.put("customers/7/assets/image/first.png", b"makes the folders", mime="image/png")
    done.clear()

    await store.put(KEY, b"picture", mime="image/png")

    assert done == ["fsync", "link", "fsync"]


@given(body=st.binary(max_size=50), start=st.integers(0, 60), end=st.none() | st.integers(0, 60))
@settings(max_examples=40, deadline=None)
def test_a_range_is_a_slice(tmp_path_factory: pytest.TempPathFactory, body: bytes, start: int, end: int | None) -> None:
    store = LocalStore(tmp_path_factory.getbasetemp() / "slices")
    key = f"a/{uuid4()}"

    async def stored_and_read() -> bytes:
        await store.put(key, body, mime="image/png")
        return await read(store, key, start, end)

    assert asyncio.run(stored_and_read()) == body[start:end]


async def test_a_large_body_is_read_in_pieces(store: Store) -> None:
    await store.put(KEY, bytes(3_000_000), mime="video/mp4")

    sizes = [len(piece) async for piece in store.open(KEY, start=10, end=2_000_010)]

    assert sum(sizes) == 2_000_000
    assert max(sizes) < 1_000_000


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
    assert len(await store.list("")) == 5
    assert await store.list("nothing/here") == []


async def test_a_body_on_its_way_is_not_listed(store: Store) -> None:
    seen: list[object] = []

    async def watched() -> AsyncIterator[bytes]:
        yield b"x" * 2_000_000
        seen.append(await store.list(""))
        yield b"end"

    await store.put(KEY, watched(), mime="video/mp4")

    assert seen == [[]]


async def test_deleted_is_gone_and_twice_is_fine(store: Store) -> None:
    await store.put(KEY, b"picture", mime="image/png")

    await store.delete(KEY)
    await store.delete(KEY)

    assert await store.head(KEY) is None


async def test_local_path_is_the_file_itself(store: Store) -> None:
    await store.put(KEY, b"picture", mime="image/png")

    path = store.local_path(KEY)

    assert path is not None
    assert path.read_bytes() == b"picture"


@pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "a/../../b", ".staging/x"])
async def test_no_key_leaves_the_root(store: Store, key: str) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        await store.put(key, b"x", mime="image/png")
    with pytest.raises(ValueError, match="not a storage key"):
        await store.head(key)
    with pytest.raises(ValueError, match="not a storage key"):
        store.local_path(key)


async def test_a_full_disk_is_told_in_words(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)

    with pytest.raises(ServiceError, match="the disk is full") as caught:
        await store.put(KEY, b"picture", mime="image/png")
    assert caught.value.code == "storage_failed"
    assert await store.head(KEY) is None


def test_leftovers_of_killed_processes_go_after_a_day(tmp_path: Path) -> None:
    LocalStore(tmp_path)
    old, fresh = tmp_path / ".staging" / "old", tmp_path / ".staging" / "fresh"
    for file in (old, fresh):
        file.write_bytes(b"half a film")
    two_days_ago = old.stat().st_mtime - 2 * 86_400
    os.utime(old, (two_days_ago, two_days_ago))

    LocalStore(tmp_path)

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
