"""The other commands, and every kind of bad input: one clear message, a non-zero exit, never a traceback."""

from __future__ import annotations

import json

import pytest


def test_the_cut_in_has_the_published_number_of_cases(simengine):
    """UN R157 Annex 5 4.4 variation files: 5 x 5 x 7 x 6 x 5 x 2 x 5 = 52,500 raw cases.

    ve0 + dv > 0 and vy < ve0 + dv leave 17 of the 25 x 6 (ve0, dv, vy) times ... = 29,750, the count of the files.
    """
    done = simengine("sample", "alks_cut_in", "--plan", "grid", "--count", "--json")
    assert done.stdout == '{"raw": 52500, "feasible": 29750, "notes": []}\n'


def test_check_list_doctor_speak_json(simengine):
    """The last line is one JSON object; the scenarios of the library check and run."""
    checked = json.loads(simengine("check", "child_dart_out", "--json").stdout.splitlines()[-1])
    assert checked["ok"] and checked["scenarios"][0]["runs"]
    found = json.loads(simengine("list", "--json").stdout.splitlines()[-1])
    runs = {s["name"]: s["runs"] for s in found["scenarios"]}
    assert runs["child_dart_out"] and runs["alks_cut_in"] and runs["bin_pick"]
    assert "raytrace" in found["renderers"] and "driving" in found["libraries"]
    health = json.loads(simengine("doctor", "--json").stdout.splitlines()[-1])
    assert health["ok"] and {"name", "state", "detail"} <= set(health["checks"][0])


def test_sample_prints_values_within_their_supports(simengine):
    """ego.speed ~ 20..60 km/h step 10 km/h: five values, in the unit in which they are written, exact."""
    done = simengine("sample", "child_dart_out", "-n", 12, "--json")
    rows = json.loads(done.stdout.splitlines()[-1])["variants"]
    speeds = {r["ego.speed [km/h]"] for r in rows}
    assert len(rows) == 12 and speeds <= {20.0, 30.0, 40.0, 50.0, 60.0}
    assert all(16 <= r["world.rain [mm/h]"] <= 60 and -6 <= r["world.sun.elevation [deg]"] <= 3 for r in rows)
    again = simengine("sample", "child_dart_out", "-n", 1, "--first", 7, "--json")
    assert json.loads(again.stdout.splitlines()[-1])["variants"][0] == rows[7]


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        (("run", "child_dart_ou"), "did you mean 'child_dart_out'"),
        (("run", "nowhere.scn"), "nowhere.scn"),
        (("run", "child_dart_out", "--plan", "rndom"), "did you mean 'random'"),
        (("run", "child_dart_out", "--renderer", "raytrac"), "did you mean 'raytrace'"),
        (("run", "child_dart_out", "--device", "cpuu"), "did you mean 'cpu'"),
        (("run", "child_dart_out", "--variants", "0"), "--variants must be 1 or more with --plan random, got 0"),
        (("run", "child_dart_out", "--varients", "2"), "error: no option --varients; did you mean '--variants'?\n"),
        (("rn",), "error: no such command 'rn'; did you mean 'run'?\n"),
        (("run",), "error: missing argument"),
        (("run", "child_dart_out", "--workers", "0"), "--workers must be 1"),
        (("run", "child_dart_out", "--resume", "--overwrite"), "one of them"),
        (("run", "child_dart_out", "--device", "cuda"), "cuda"),
        (("sample", "alks_cut_in", "--count"), "--plan grid"),
        (("preview", "child_dart_out", "--out", "x.jpg"), ".png"),
        (("bench", "camera", "--scene", "missing.glb"), "missing.glb"),
        (("bench", "camera", "--size", "320"), "as 1920x1080; got '320'"),
        (("bench", "camera", "--size", "9000x200"), "the width of --size must be 16 to 8192, got 9000"),
    ],
)
def test_bad_options_get_one_clear_message(simengine, args, wanted):
    """What was expected, what was found, what to do; and nothing is left behind."""
    done = simengine(*args, check=False)
    assert done.returncode not in (0, None)
    assert wanted in done.stderr
    assert len(done.stderr) < 2500


def test_wrong_calls_end_with_one_line_and_two(simengine):
    """Errors of the parser look like all others; --version, an eager option, needs no command."""
    for args in (("run", "--varients"), ("rn",), ("run",), ("run", "x", "--variants", "y"), ("bench", "--what")):
        done = simengine(*args, check=False)
        assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1, done.stderr
    assert simengine("--version").stdout.startswith("simengine ")
    assert simengine("bench", check=False).returncode == 2


def test_a_number_of_a_plan_that_stands_apart(simengine):
    """``--plan cover 2`` is what people write; the message has the spelling that works."""
    done = simengine("sample", "cut_in", "--plan", "cover", "2", check=False)
    assert done.returncode == 2 and "write '--plan cover:2'" in done.stderr


def test_the_doctor_tells_each_thing_once_in_a_line():
    """Long details are not broken where no terminal is; a renderer that is missing names its extra, once."""
    from simengine.cli import output

    rows = [{"name": "renderer x", "state": "missing", "detail": "word " * 60 + "end"}]
    with output._out.capture() as said:
        assert output.doctor({"ok": True, "checks": rows}, False) == 0
    assert said.get().count("\n") == 1


def test_the_summary_of_a_run_names_verdicts_by_their_titles(tmp_path):
    """What the program says of an 'expect' stands before its formula; one without words has its formula alone."""
    from simengine.cli import output
    from simengine.engine.summary import RunSummary

    formula = "always distance(ego, kid) > 0.3 m"
    summary = RunSummary(kept=2, verdicts={formula: (1, 1), "x > 1": (2, 0)}, titles={formula: "keeps off"})
    with output._out.capture() as said:
        assert output.run_summary(summary, tmp_path, False) == 0
    assert f'expect "keeps off" {formula}: 1 passed, 1 failed' in " ".join(said.get().split())
    assert "expect x > 1: 2 passed, 0 failed" in said.get()


def test_the_pace_is_told_when_it_is_known():
    """Nine frames after the first in 3 s are 3 a second; one after it in 4 s is one in 4 s; one frame tells nothing."""
    from simengine.cli.output import _pace

    told = [_pace(*of) for of in ((1, 5.0), (10, 3.0), (2, 4.0))]
    assert told == ["", ", 3.0 frames/s so far", ", 4.0 s a frame so far"]


def test_cuda_where_there_is_none(simengine):
    """Asking for a device that is not there must not silently run elsewhere (skipped where there is one)."""
    import warp as wp

    wp.config.quiet = True
    wp.init()
    if wp.is_cuda_available():
        pytest.skip("this machine has a CUDA device")
    done = simengine("run", "child_dart_out", "--device", "cuda", check=False)
    assert done.returncode != 0 and "cuda" in done.stderr.lower()


def test_a_file_with_several_mistakes_shows_all_with_carets(simengine, tmp_path):
    """Two mistakes in two lines are two diagnostics with line, caret and help."""
    bad = tmp_path / "bad.scn"
    bad.write_text(
        "use driving\n\nscenario bad:\n    world street(lanes = 2)\n    car ego on lane(1) at s(20 m):\n"
        "        speed ~ 20..60 kmh\n    requier ego.speed > 3 m\n"
    )
    done = simengine("check", bad, check=False)
    assert done.returncode == 1
    assert "bad.scn:6:" in done.stderr and "bad.scn:7:" in done.stderr and "^" in done.stderr
    assert "did you mean 'require'" in done.stderr
    ran = simengine("run", bad, check=False)
    assert ran.returncode == 2 and "bad.scn:6:" in ran.stderr


def test_a_constraint_that_can_never_hold_is_proved(simengine, small, tmp_path):
    """ego.speed lies in 20..40 km/h, so 'ego.speed > 100 km/h' has no solution: said before anything is drawn."""
    bad = tmp_path / "never.scn"
    bad.write_text(small.read_text().replace("    do:\n", "    require ego.speed > 100 km/h\n    do:\n"))
    for command in ("check", "run"):
        done = simengine(command, bad, check=False)
        assert done.returncode != 0 and "never hold" in done.stderr, done.stderr


def test_ensure_that_discards_everything_ends_with_the_count(simengine, small, tmp_path):
    """A run whose ensure never holds must stop by itself and say which statement discards."""
    bad = tmp_path / "ensure.scn"
    bad.write_text(
        small.read_text().replace("    expect always", "    ensure eventually ego.speed > 90 km/h\n    expect always")
    )
    done = simengine("run", bad, "--variants", 1, "--out", tmp_path / "o", check=False)
    assert done.returncode != 0 and "ensure" in done.stderr
    assert (tmp_path / "o" / "discarded").is_dir()  # what was tried is kept
    kept = simengine("run", bad, "--variants", 1, "--out", tmp_path / "k", "--keep", "--max-frames", 1, "--json")
    assert json.loads(kept.stdout.splitlines()[-1])["kept"] == 1


def test_preview_writes_a_sheet(simengine, small, tmp_path):
    """Nine cells in three columns, wider than three cells, and not one flat colour."""
    import cv2

    out = tmp_path / "sheet.png"
    simengine("preview", small, "--out", out)
    image = cv2.imread(str(out))
    assert image is not None and image.shape[1] > 3 * 480 and image.std() > 10
    assert simengine("preview", small, "--out", out, check=False).returncode != 0


def test_help_names_every_command(simengine):
    """The commands of the README exist."""
    text = simengine("--help").stdout
    assert all(word in text for word in ("run", "check", "sample", "preview", "verify", "list", "bench", "doctor"))


def test_verify_finds_each_kind_of_damage(simengine, small, tmp_path):
    """Whole: exit 0. A flipped byte, a missing and a foreign file: exit 1 and one line each, naming the file."""
    out = tmp_path / "out"
    simengine("run", small, "--variants", 1, "--out", out, "--max-frames", 2)
    whole = simengine("verify", out)
    assert whole.stdout.startswith("whole: 1 episode, digest ")
    digest = json.loads((out / "dataset.json").read_text())["digest"]
    assert json.loads(simengine("verify", out, "--json").stdout) == {
        "ok": True, "problems": [], "episodes": 1, "digest": digest,
    }  # fmt: skip
    episode = out / "episodes" / "000000"
    image = episode / "front" / "rgb" / "000001.png"
    data = bytearray(image.read_bytes())
    data[len(data) // 2] ^= 1
    image.write_bytes(data)
    (episode / "front" / "depth" / "000000.npz").unlink()
    (episode / "notes.txt").write_text("mine")
    damaged = simengine("verify", out, check=False)
    lines = damaged.stdout.splitlines()
    assert damaged.returncode == 1 and len(lines) == 3
    for name, word in (("rgb/000001.png", "changed"), ("depth/000000.npz", "missing"), ("notes.txt", "not belong")):
        assert sum(name in line and word in line for line in lines) == 1, lines
    nothing = simengine("verify", tmp_path / "nowhere", check=False)
    assert nothing.returncode == 2 and "nowhere" in nothing.stderr
