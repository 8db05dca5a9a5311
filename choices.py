"""What the menus of the panel and of the operators offer: identifier, name and description of every choice."""

METHODS = (
    ("open", "Open", "Restage's own network: clothes and hair in relief; free for commercial use"),
    ("body", "Body", "Fit a body model and let it fill the silhouette; no network, smoother"),
    ("pamir", "PaMIR", "PaMIR's networks with the files that you bring; for non-commercial use"),
)
PRESETS = (
    ("draft", "Draft", "128 cells along the volume: a first look"),
    ("standard", "Standard", "256 cells along the volume: about 3 seconds a frame on two processor cores"),
    ("high", "High", "384 cells along the volume: finest surface, about three times slower than Standard"),
)
DEVICES = (
    ("auto", "Automatic", "The graphics card if the engine can use it, else the processor"),
    ("cuda", "CUDA", "An NVIDIA graphics card"),
    ("mps", "Metal", "An Apple graphics card"),
    ("cpu", "Processor", "Works everywhere"),
)
TEXTURE_SIZES = (
    ("1024", "1024", "Small files; enough for a person in the distance"),
    ("2048", "2048", "Enough for most clips: finer than the person in a Full HD picture"),
    ("4096", "4096", "For clips in 4K with the person close by; takes longer and more space"),
)
MODES = (
    ("packed", "Packed", "One object, all meshes in the file: plays fastest, can be retimed"),
    ("streamed", "Streamed", "One object that reads each mesh from the job folder: for long clips, can be retimed"),
    ("objects", "Objects", "One object a frame, one visible at a time: every frame can be edited by itself"),
    ("character_shape_keys", "Character: Shape Keys", "One mesh that moves, a shape key a frame; motion blur works"),
    ("character_cache", "Character: Cache", "One mesh that moves, its motion in a file beside: for long clips"),
    (
        "character_armature",
        "Character: Armature",
        "One mesh on a rig, every bone keyed every frame: for retargeting",
    ),
)
GAPS = (
    ("hold", "Hold", "Show the last frame that has a person until the next one"),
    ("hide", "Hide", "Show nothing in frames without a person"),
)
BONE_NAMES = (
    ("rigify", "Rigify", "Those of Rigify's human meta-rig"),
    ("mixamo", "Mixamo", "Those of Mixamo, with its prefix mixamorig:"),
    ("makehuman", "MakeHuman", "Those of the body model itself"),
)
MOTIONS = (
    ("still", "Still", "Orbit around the person at the current frame"),
    ("play", "Playing", "Orbit once while the motion plays"),
)
LIGHTS = (
    ("FLAT", "Flat", "Unshaded, shows the colours exactly as they are in the clip"),
    ("STUDIO", "Studio", "Shaded, shows the shape"),
)
ENGINES = (
    ("WORKBENCH", "Workbench", "Quick; shows the colours as they are"),
    ("EEVEE", "EEVEE", "Quick with a graphics card; soft light"),
    ("CYCLES", "Cycles", "Real light and shadow; slow without a graphics card"),
)
BACKGROUNDS = (
    ("COLOUR", "Colour", "One colour"),
    ("TRANSPARENT", "Transparent", "Nothing, to lay the person over other pictures; for PNG"),
)
OUTPUTS = (
    ("MP4", "MP4", "A video, H.264"),
    ("PNG", "PNG", "A folder of pictures"),
)
FORMATS = (
    ("USD", "USD", "One file; meshes that change, colours and skins"),
    ("ALEMBIC", "Alembic", "One file; meshes that change, colours"),
    ("GLB", "GLB", "One file for the web and game engines; best with a character"),
    ("OBJ", "OBJ Sequence", "A folder with a file for every frame"),
    ("PLY", "PLY Sequence", "A folder with a file for every frame, with colours"),
    ("MDD", "OBJ and MDD", "A folder with the character and its motion as a point cache"),
    ("PC2", "OBJ and PC2", "A folder with the character and its motion as a point cache"),
)
