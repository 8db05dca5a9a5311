"""The results page of the repository: `python benchmarks/results.py CLIP... --jobs DIR`.

Reconstructs each clip at `standard`, measures it, and writes docs/results/: a contact sheet a clip and README.md with
the tables of quality, speed and memory. Run it through `python3 core/engine.py` 's environment, on a quiet machine.
"""

import argparse
import sys
from pathlib import Path

if __package__ in (None, ""):
    # Started as a file: `core` and this folder's modules are found from the repository's root.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.stages import ROOT, Figures, measure, table
from core.evaluation import evaluate_job, format_table
from core.job import SUFFIX, Job
from core.preview.contact_sheet import contact_sheet

FOLDER = ROOT / "docs" / "results"

HEAD = """# Results

Made by `python benchmarks/results.py CLIP... --jobs DIR` with the code of this commit.
Each sheet shows six frames: the picture, the mask, the fitted body, the textured mesh through the clip's camera, and
the grey and the textured mesh from the front, the side and behind.

"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Sheets and tables of finished reconstructions, for docs/results.")
    parser.add_argument("clips", type=Path, nargs="+", metavar="CLIP")
    parser.add_argument("--jobs", type=Path, required=True, metavar="DIR", help="where the job folders are made")
    parser.add_argument("--frames", default="", metavar="START:END:STEP", help="of every clip; default: all")
    options = parser.parse_args()
    frames = [f"--frames={options.frames}"] if options.frames else []
    figures: list[Figures] = []
    jobs: list[Job] = []
    for clip in options.clips:
        print(clip.name, flush=True)
        figures.append(measure(clip.resolve(), options.jobs / clip.stem, ["--restart", *frames]))
        jobs.append(Job.open(options.jobs / clip.stem / (clip.stem + SUFFIX)))
        contact_sheet(jobs[-1], path=FOLDER / f"{clip.stem}.png")
    chosen = f"Of every clip the frames {options.frames} (start:end:step).\n\n" if options.frames else ""
    text = HEAD + chosen + "## Quality\n\n" + _block(format_table([evaluate_job(job) for job in jobs]))
    text += "## Speed and memory\n\n" + "".join(_block(table(run)) for run in figures)
    text += "## Sheets\n\n" + "".join(f"![{job.record.name}]({job.record.name}.png)\n\n" for job in jobs)
    (FOLDER / "README.md").write_text(text.rstrip() + "\n", encoding="utf-8")
    print(text)
    return 0


def _block(text: str) -> str:
    return f"```\n{text}\n```\n\n"


if __name__ == "__main__":
    sys.exit(main())
