"""The typer application: one function a command, each a thin shell over ``simengine.engine``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simengine.cli import coverage, output, sampled
from simengine.cli.language import add_commands
from simengine.cli.neural import neural_app

app = typer.Typer(
    name="simengine",
    help="Scenario programs to labelled camera and LiDAR datasets.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
bench_app = typer.Typer(help="Measure speed. The last line of --json is one JSON object.", no_args_is_help=True)
app.add_typer(bench_app, name="bench")
app.add_typer(neural_app, name="neural")
add_commands(app)
coverage.add_commands(app)

Scenario = Annotated[str, typer.Argument(help="Name in the library (see 'simengine list') or path of a .scn file.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]
Seed = Annotated[int, typer.Option(help="The one seed of everything.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Plan = Annotated[
    str,
    typer.Option(help="How variants are chosen: random, sobol, lhs, grid (grid:QUANTILES), cover (cover:WAYS)."),
]
Variants = Annotated[
    int | None,
    typer.Option(
        "--variants",
        "-n",
        help="How many variants, 1 or more [default: 10; --plan cover: all]. 0: all of --plan grid or cover.",
    ),
]
MaxFrames = Annotated[
    int | None,
    typer.Option(
        help="Write only the first so many frames of an episode; a frame is an instant at which any sensor fires. "
        "Verdicts and results are of the whole simulation."
    ),
]
Renderer = Annotated[str, typer.Option(help="An installed renderer.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="A setting of the renderer, name=value (repeat for more).")
]


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"simengine {version('simengine-synth')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
    library: Annotated[
        list[Path] | None,
        typer.Option(
            "--library",
            metavar="FOLDER",
            help="A folder with meshes of your own and a library.toml, for 'use NAME' (repeat for more).",
        ),
    ] = None,
) -> None:
    """Scenario programs to labelled camera and LiDAR datasets."""
    if library:
        from simengine.engine.catalogue import use_folder

        for folder in library:
            use_folder(folder)


@app.command()
def run(
    scenario: Scenario,
    out: Annotated[Path, typer.Option(help="Dataset folder to make.")] = Path("out"),
    variants: Variants = None,
    first: Annotated[int, typer.Option(help="Index of the first variant.")] = 0,
    seed: Seed = 0,
    plan: Plan = "random",
    renderer: Renderer = "raytrace",
    device: Device = "auto",
    samples: Annotated[int | None, typer.Option(help="Rays a pixel for rgb.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes (1; with --cluster: all its processors).")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Finish an interrupted run.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier dataset.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep runs whose 'ensure' failed, flagged.")] = False,
    max_frames: MaxFrames = None,
    compress: Annotated[str, typer.Option(help="Images on disk: fast, or small (a third less, more time).")] = "fast",
    cluster: Annotated[str | None, typer.Option(help="Workers on Ray: local, or ray://host:port.")] = None,
    setting: Set = None,
    json: Json = False,
) -> None:
    """Sample, simulate and render variants of a scenario into a labelled dataset. Exit code 1 if variants failed."""
    with output.Progress(f"{scenario}: starting") as progress:
        from simengine.engine.options import RunOptions, settings_of, usual_variants
        from simengine.engine.run import run as run_all

        options = RunOptions(
            scenario, out, usual_variants(variants, plan), first, seed, plan, renderer, device, samples, workers,
            resume, overwrite, keep, max_frames, compress, cluster=cluster, settings=settings_of(setting or ()),
        )  # fmt: skip
        summary = run_all(options, progress.report)
    raise typer.Exit(output.run_summary(summary, out, json))


@app.command()
def assets(
    folder: Annotated[Path, typer.Argument(help="A folder with meshes and a library.toml.")],
    picture: Annotated[Path | None, typer.Option(help="Write a contact sheet of them: a .png file.")] = None,
    renderer: Renderer = "raytrace",
    device: Device = "auto",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier picture.")] = False,
    json: Json = False,
) -> None:
    """Look through a folder of your own meshes: sizes, triangles, what is wrong. Exit code 1 if one cannot be used."""
    from simengine.engine.assets import inspect_folder, portraits

    report = inspect_folder(folder)
    if picture is not None:
        with output.Progress(f"{report.library.name}: starting") as progress:
            portraits(report, picture, renderer, device, overwrite, progress.report)
    raise typer.Exit(output.folder_report(report, picture, json))


@app.command()
def catalogue(
    out: Annotated[Path, typer.Option(help="Folder of the page.")] = Path("out/catalogue"),
    only: Annotated[
        list[str] | None, typer.Option("--only", help="A world or kind of entity (repeat for more); default: all.")
    ] = None,
    seed: Seed = 0,
    renderer: Renderer = "raytrace",
    device: Device = "auto",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier page.")] = False,
) -> None:
    """Write a page with pictures of every world (three seeds, four lights) and every kind of thing (nine draws)."""
    from simengine.engine.gallery import GalleryOptions, gallery

    with output.Progress("catalogue: starting") as progress:
        options = GalleryOptions(out, tuple(only or ()), seed, renderer, device, overwrite)
        page = gallery(options, progress.report)
    output.say(False, {}, f"look at: {page}")


@app.command()
def diversity(
    names: Annotated[list[str] | None, typer.Argument(help="Worlds and kinds of entities; default: all.")] = None,
    draws: Annotated[int, typer.Option("--draws", "-n", help="Of each.")] = 1000,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Draw worlds and things many times: how many are nearly equal to others, and what of their parameters occurs."""
    from simengine.engine.diversity import diversity as measure

    with output.Progress("diversity: starting") as progress:
        found = measure(names or (), draws, seed, progress.report)
    output.diversity(found, json)


@app.command()
def check(
    scenarios: Annotated[
        list[str],
        typer.Argument(metavar="SCENARIO...", help="Names in the library (see 'simengine list') or .scn files."),
    ],
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 1 for warnings too, also of what does not run yet.")
    ] = False,
    format: Annotated[str | None, typer.Option(help="text or json. Default: text.")] = None,
    json: Json = False,
) -> None:
    """Check scenarios: syntax, names, types, units, constraints; and what a variant costs at most.

    Exit code 1 if there is an error, 2 if a scenario cannot be read.
    """
    from simengine.engine.inspect import check as check_scenarios
    from simengine.engine.options import chosen_format

    shown = chosen_format(format, json, ("text", "json"))
    raise typer.Exit(output.check_result(check_scenarios(*scenarios), shown == "json", strict))


sampled.add_commands(app)


@app.command()
def preview(
    scenario: Scenario,
    out: Annotated[Path | None, typer.Option(help="PNG to write (default: NAME.preview.png).")] = None,
    seed: Seed = 0,
    renderer: Renderer = "raytrace",
    device: Device = "auto",
    film: Annotated[bool, typer.Option("--film", help="Each sample from above, from start to stop.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the picture.")] = False,
    setting: Set = None,
    json: Json = False,
) -> None:
    """Write a contact sheet: a top view of nine samples and a camera frame of each, or film strips from above."""
    with output.Progress(f"{scenario}: preview") as progress:
        from simengine.engine.options import settings_of
        from simengine.engine.preview import preview as make

        path = make(
            scenario, out, seed, renderer, device, overwrite, progress.report, settings_of(setting or ()), film=film
        )  # fmt: skip
    output.say(json, {"preview": str(path)}, f"wrote {path}")


@app.command()
def verify(
    dataset: Annotated[Path, typer.Argument(help="Folder of a dataset.")], json: Json = False,
) -> None:  # fmt: skip
    """Read every file of a dataset and compare it with its checksum. Exit code 1 if anything is missing or changed."""
    from simengine.engine.inspect import verify as examine

    raise typer.Exit(output.verify_result(examine(dataset), json))


@app.command()
def export(
    dataset: Annotated[Path, typer.Argument(help="Folder of a dataset.")],
    out: Annotated[Path, typer.Argument(help="Folder to make.")],
    to: Annotated[str, typer.Option(help="kitti, coco or webdataset.")],
    camera: Annotated[list[str] | None, typer.Option(help="A camera by name (repeat for more); default: all.")] = None,
    lidar: Annotated[list[str] | None, typer.Option(help="A LiDAR by name (repeat for more); default: all.")] = None,
    split: Annotated[str | None, typer.Option(help="Parts by share of variants: train=0.8,val=0.2.")] = None,
    names: Annotated[str, typer.Option(help="Categories of coco: own, or coco for COCO's own ids.")] = "own",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier export.")] = False,
    json: Json = False,
) -> None:
    """Write a dataset in a format that others read: KITTI object, COCO instances or WebDataset shards."""
    with output.Progress(f"{dataset}: export to {to}") as progress:
        from simengine.datasets.exports import export as write

        summary = write(
            dataset, to, out, cameras=camera or (), lidars=lidar or (), split=split, names=names, overwrite=overwrite,
            report=output.exported(progress),
        )  # fmt: skip
    output.export_summary(summary, json)


@app.command("list")
def list_(json: Json = False) -> None:
    """List scenarios, libraries and renderers that are installed."""
    from simengine.engine.inspect import listing

    output.listing(listing(), json)


@app.command()
def doctor(json: Json = False) -> None:
    """Say what works on this machine and what is missing. Exit code 1 if the main job cannot run."""
    from simengine.engine.doctor import doctor as examine

    raise typer.Exit(output.doctor(examine(), json))


Glb = Annotated[Path | None, typer.Option(help="A glTF file (.glb, .gltf); its nodes become instances.")]
Runs = Annotated[int, typer.Option(help="Measured repetitions.")]
Preset = Annotated[str, typer.Option(help="How light is found: preview, as peers draw it, standard, ... .")]


@bench_app.command("camera")
def bench_camera(
    scene: Glb = None, runs: Runs = 21, device: Device = "auto", preset: Preset = "preview",
    channels: Annotated[bool, typer.Option("--channels", help="What each channel adds to rgb alone.")] = False,
    size: Annotated[str, typer.Option(help="Width and height of the image, as 1920x1080.")] = "640x480",
    json: Json = False,
) -> None:  # fmt: skip
    """Image with rgb under a hard shadow, depth, normals, ids and flow."""
    from simengine.engine import bench
    from simengine.render.protocol import RenderOptions

    options = RenderOptions(device=device, extra={"preset": preset})
    measure = bench.bench_channels if channels else bench.bench_camera
    output.figures({**measure(scene, runs=runs, options=options, size_px=bench.size_of(size)), "preset": preset}, json)


@bench_app.command("lidar")
def bench_lidar(scene: Glb = None, runs: Runs = 21, device: Device = "auto", json: Json = False) -> None:
    """64 x 2048 LiDAR with a time per ray; all instances move before each scan."""
    from simengine.engine.bench import bench_lidar as measure
    from simengine.render.protocol import RenderOptions

    output.figures(measure(scene, runs=runs, options=RenderOptions(device=device)), json)


@bench_app.command("run")
def bench_run(
    variants: Annotated[int, typer.Option(help="Episodes.")] = 8,
    workers: Annotated[int, typer.Option(help="Processes.")] = 1,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """child_dart_out with a 640 x 480 camera and a 64 x 1024 LiDAR, all labels, written to disk, by stage.

    The eight episodes have about 500 frames: a minute or two on two free cores.
    """
    from simengine.engine.bench_run import bench_run as measure

    with output.Progress("child_dart_out: bench") as progress:
        result = measure(variants, workers, device, progress.report)
    output.figures(result, json)


@bench_app.command("sample")
def bench_sample(
    scenario: Annotated[str, typer.Argument(help="Name in the library or path of a .scn file.")] = "alks_cut_in",
    variants: Annotated[int, typer.Option("--variants", "-n", help="Variants a run.")] = 100_000,
    runs: Annotated[int, typer.Option(help="Measured repetitions.")] = 5,
    plan: Plan = "random",
    json: Json = False,
) -> None:
    """Time to draw 100,000 variants that meet all arithmetic constraints, and to make their table."""
    from simengine.engine.bench_sample import bench_sample as measure
    from simengine.engine.loading import load
    from simengine.engine.options import check_draw

    output.figures(measure(load(scenario), variants, runs, check_draw(variants, 0, 0, plan)), json)


@bench_app.command("physics")
def bench_physics(
    variants: Annotated[int, typer.Option("--variants", "-n", help="Highways of 16 vehicles.")] = 1024,
    ticks: Annotated[int, typer.Option(help="Ticks of 10 ms in a run.")] = 100,
    runs: Annotated[int, typer.Option(help="Measured repetitions.")] = 5,
    workers: Annotated[int, typer.Option(help="Processes, which share the variants.")] = 2,
    peer_python: Annotated[
        str | None, typer.Option(help="Interpreter of an environment with highway-env [default: this one].")
    ] = None,
    json: Json = False,
) -> None:
    """1,024 highways of 16 drivers who follow and change lanes, beside highway-env where it is installed."""
    from simengine.engine.bench_physics import bench_physics as measure

    output.figures(measure(variants, ticks, runs, workers, peer_python), json)


@bench_app.command("import")
def bench_import(runs: Runs = 21, json: Json = False) -> None:
    """'import simengine' and the command line, in fresh interpreters."""
    from simengine.engine.bench_import import bench_import as measure

    output.figures(measure(runs), json)


@bench_app.command("neural")
def bench_neural(
    runs: Runs = 21, size: Annotated[int, typer.Option(help="Width and height of the image.")] = 256,
    setting: Set = None, device: Device = "auto", json: Json = False,
) -> None:  # fmt: skip
    """256 x 256 images by the renderer 'diffusion', base renderer included, frames side by side."""
    from simengine.engine.bench_neural import bench_neural as measure
    from simengine.engine.options import settings_of

    output.figures(measure(size, runs, device, settings_of(setting or ())), json)
