"""What the PaMIR route may be used for. Text only: Blender's process shows it too."""

LICENCE = """\
The PaMIR route is for non-commercial use only.
PaMIR's checkpoints and data files: Tsinghua University; scientific research, education and art that earn nothing; not \
to be passed on or changed without written permission; its authors are to be credited where results are shown.
The SMPL body model and the package smplx: Max Planck Society; non-commercial scientific research, education and art; \
everybody registers and downloads the model for themselves.
GraphCMR has a licence of its own. Restage ships none of these files.
Meshes and videos made this way are for non-commercial use too. For anything else choose another method."""
