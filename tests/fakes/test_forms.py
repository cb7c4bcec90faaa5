"""Forms as a real client writes them, and bodies that are none."""

import httpx2
import pytest

from tests.fakes.forms import File, read_form


def written(**form: object) -> tuple[str, bytes]:
    request = httpx2.Request("POST", "http://fake.test/", **form)  # type: ignore[arg-type]
    return request.headers["content-type"], request.read()


def test_texts_and_files_come_by_name_byte_for_byte() -> None:
    tricky = b"\r\n--\r\n\x00\xff\r\n\r\n"

    form = read_form(*written(data={"prompt": "ein Fuchs, süß\r\n"}, files={"image": ("a.png", tricky, "image/png")}))

    assert form == {"prompt": "ein Fuchs, süß\r\n", "image": File(filename="a.png", mime="image/png", data=tricky)}


def test_a_name_with_brackets_or_a_second_part_is_a_list() -> None:
    files = [("image[]", ("a", b"1", "image/png")), ("mask", ("b", b"2", "image/png")), ("mask", ("c", b"3"))]

    form = read_form(*written(files=files))

    assert form["image[]"] == [File(filename="a", mime="image/png", data=b"1")]
    assert isinstance(form["mask"], list)
    assert len(form["mask"]) == 2


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"--x--\r\n"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"),
    ],
)
def test_what_is_no_form_is_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"boundary|name"):
        read_form(content_type, body)
