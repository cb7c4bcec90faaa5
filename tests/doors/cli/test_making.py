"""`diorama image` and `diorama video`: what they leave behind, and the code they leave by."""

import json
from pathlib import Path

import pytest

from tests.doors.cli.conftest import Run
from tests.fakes import xai as xai_fake
from tests.fakes.base import Fake
from tests.fakes.faults import Fault

SMALL = ("--size", "64x64", "-m", "sketch")


def test_a_picture_is_saved_under_the_prompts_words(run: Run) -> None:
    said = run("image", "A red Fox, in the snow!", *SMALL)

    (path,) = said.lines
    assert said.code == 0
    assert path.startswith("a-red-fox-in-the-snow-")
    assert Path(path).read_bytes().startswith(b"\x89PNG")


def test_cost_and_notes_go_to_stderr(run: Run) -> None:
    said = run("image", "a fox", *SMALL, "-o", "fox.png")

    assert said.out == "fox.png\n"
    assert "sketch:still, $0 (reported)" in said.err
    assert "not by an AI model" in said.err


def test_changes_are_plain_lines_off_a_terminal(run: Run) -> None:
    said = run("image", "a fox", *SMALL, "-n", "2", "-o", "out/")

    lines = [line for line in said.err.splitlines() if line.startswith("sketch:still: ")]
    assert lines[0] == "sketch:still: running, 0%"
    assert len(set(lines)) == len(lines)


def test_a_film_is_made(run: Run) -> None:
    said = run("video", "a fox", "--size", "64x64", "--seconds", "0.5", "--fps", "12", "-o", "fox.mp4")

    assert said.out == "fox.mp4\n"
    assert b"ftyp" in Path("fox.mp4").read_bytes()[:12]


def test_a_picture_begins_a_film(run: Run) -> None:
    run("image", "a fox", *SMALL, "-o", "fox.png")

    film = ("--size", "64x64", "--seconds", "0.5", "--first-frame", "fox.png")
    said = run("video", "snow", *film, "--json")

    assert [item["role"] for item in json.loads(said.out)["request"]["inputs"]] == ["first_frame"]


@pytest.mark.parametrize("arguments", [(), ("-",)], ids=["no argument", "-"])
def test_the_prompt_comes_from_stdin(run: Run, arguments: tuple[str, ...]) -> None:
    said = run("image", *arguments, *SMALL, "--json", stdin="a paper\nboat\n")

    assert json.loads(said.out)["request"]["prompt"] == "a paper\nboat"


def test_json_is_all_there_is_on_stdout(run: Run, tmp_path: Path) -> None:
    said = run("image", "a fox", *SMALL, "--json")

    job = json.loads(said.out)
    assert (job["object"], job["state"], len(job["assets"])) == ("job", "succeeded", 1)
    assert not list(tmp_path.glob("*.png"))


def test_json_saves_what_output_names(run: Run) -> None:
    said = run("image", "a fox", *SMALL, "--json", "-o", "fox.png")

    assert json.loads(said.out)["state"] == "succeeded"
    assert Path("fox.png").exists()
    assert "fox.png" in said.err


def test_many_are_numbered(run: Run) -> None:
    assert run("image", "a fox", *SMALL, "-n", "3", "-o", "fox.png").lines == ["fox-1.png", "fox-2.png", "fox-3.png"]


def test_a_folder_is_made_and_filled(run: Run) -> None:
    (path,) = run("image", "a fox", *SMALL, "-o", "out/").lines

    assert path.startswith("out/a-fox-")
    assert Path(path).exists()


def test_flags_become_the_request(run: Run) -> None:
    flags = ("--seed", "7", "--background", "transparent", "--negative-prompt", "rain", "--no-store")
    more = ("--output-format", "webp", "--deadline", "60", "--customer", "5", "--fit", "nearest")

    request = json.loads(run("image", "a fox", *SMALL, *flags, *more, "--json").out)["request"]

    expected = {"seed": 7, "background": "transparent", "negative_prompt": "rain", "store": False, "customer_id": 5}
    assert expected.items() <= request.items()
    assert (request["output_format"], request["deadline_s"], request["fit"]) == ("webp", 60, "nearest")


def test_an_existing_file_is_refused_before_anything_is_sent(run: Run, xai: Fake) -> None:
    Path("fox.png").write_text("mine")

    said = run("image", "a fox", "-m", "grok", "-o", "fox.png")

    assert (said.code, said.out, xai.submits) == (3, "", [])
    assert "'fox.png' is there already" in said.err
    assert "--force" in said.err
    assert Path("fox.png").read_text() == "mine"


def test_force_overwrites(run: Run) -> None:
    Path("fox.png").write_text("mine")

    assert run("image", "a fox", *SMALL, "-o", "fox.png", "--force").out == "fox.png\n"
    assert Path("fox.png").read_bytes().startswith(b"\x89PNG")


def test_an_extension_never_lies(run: Run) -> None:
    said = run("image", "a fox", *SMALL, "-o", "fox.jpg")

    assert said.out == "fox.png\n"
    assert "it is PNG, so it is saved as fox.png" in said.err
    assert not Path("fox.jpg").exists()


def test_a_corrected_name_overwrites_nothing(run: Run) -> None:
    Path("fox.png").write_text("mine")

    assert run("image", "a fox", *SMALL, "-o", "fox.jpg", "--force").out == "fox-2.png\n"
    assert Path("fox.png").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("image", "a fox", "--sise", "1x1"), 2, "No such option"),
        (("image", "  "), 2, "it is empty"),
        (("image",), 2, "it is empty"),
        (("image", "a fox", "--fit", "loose"), 2, "--fit"),
        (("image", "a fox", "--option", "steps"), 2, "'steps' is not NAME=VALUE"),
        (("vidoe", "a fox"), 2, "Did you mean 'video'"),
        (("image", "a fox", "--size", "big"), 3, "size is 'big'"),
        (("image", "a fox", "--size", "10x10"), 3, "no size '10x10'"),
        (("image", "a fox", "-m", "nosuch"), 3, "no model 'nosuch'"),
        (("image", "a fox", "-m", "grok"), 3, "Set XAI_API_KEY"),
        (("image", "a fox", "-m", "sketch:motion"), 3, "makes no images"),
        (("image", "a fox", "--option", "steps=3"), 3, "no option 'steps'"),
        (("image", "a fox", "-o", "nowhere/fox.png"), 3, "mkdir -p nowhere"),
        (("video", "a fox", "--first-frame", "gone.png"), 3, "'gone.png' cannot be read"),
    ],
)
def test_what_is_refused_costs_nothing_and_says_the_way_out(
    run: Run, arguments: tuple[str, ...], code: int, said: str
) -> None:
    answer = run(*arguments)

    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert not list(Path(".").glob("*.png"))


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [(Fault.refused("No foxes."), 1, "No foxes"), (Fault.drop(), 4, "not sent again")],
    ids=["failed", "uncertain"],
)
def test_a_job_that_brought_nothing_has_its_code(run: Run, xai: Fake, fault: Fault, code: int, said: str) -> None:
    xai.fail(fault)

    answer = run("image", "a fox", "-m", "grok")

    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err


def test_a_part_is_kept_and_told(run: Run, xai: Fake) -> None:
    xai.fail(xai_fake.SOME_BLOCKED)

    answer = run("image", "a fox", "-m", "grok", "-n", "3", "-o", "fox.jpg")

    assert (answer.code, answer.lines) == (5, ["fox-1.jpg", "fox-2.jpg"])
    assert "2 of 3 were made" in answer.err


def test_json_tells_of_failures_too(run: Run, xai: Fake) -> None:
    xai.fail(Fault.refused("No foxes."))

    answer = run("image", "a fox", "-m", "grok", "--json")

    job = json.loads(answer.out)
    assert (answer.code, job["state"], job["error"]["type"]) == (1, "failed", "ProviderError")


def test_a_bad_setting_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIORAMA_QUEUE_MAX", "0")

    answer = run("image", "a fox", *SMALL)

    assert (answer.code, answer.out) == (3, "")
    assert answer.err.startswith("DIORAMA_QUEUE_MAX is '0'")
