"""ResNet-50 (He et al., CVPR 2016) as GraphCMR uses it. Module names are those of the checkpoints."""

from torch import Tensor, nn
from torch.nn import functional

EXPANSION = 4
# Blocks and inner channels of the four layers.
LAYERS = ((3, 64), (4, 128), (6, 256), (3, 512))
FEATURES = LAYERS[-1][1] * EXPANSION


class Bottleneck(nn.Module):
    """(B, inputs, H, W) -> (B, 4 * channels, H / stride, W / stride); the stride sits on the 3 x 3 convolution."""

    def __init__(self, inputs: int, channels: int, stride: int, widen: bool) -> None:
        super().__init__()
        outputs = channels * EXPANSION
        self.conv1 = nn.Conv2d(inputs, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = (
            nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))
            if widen
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.bn1(self.conv1(x)))
        y = functional.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return functional.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet50(nn.Module):
    """(B, 3, 224, 224), normalised -> (B, FEATURES). `fc` takes no part; the checkpoints hold it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        inputs = 64
        for index, (count, channels) in enumerate(LAYERS, start=1):
            blocks = []
            for block in range(count):
                stride = 2 if block == 0 and index > 1 else 1
                blocks.append(Bottleneck(inputs, channels, stride, widen=block == 0))
                inputs = channels * EXPANSION
            self.add_module(f"layer{index}", nn.Sequential(*blocks))
        self.fc = nn.Linear(FEATURES, 1000)

    def forward(self, image: Tensor) -> Tensor:
        x = functional.relu(self.bn1(self.conv1(image)))
        x = functional.max_pool2d(x, 3, stride=2, padding=1)
        for index in range(1, len(LAYERS) + 1):
            x = self.get_submodule(f"layer{index}")(x)
        return functional.avg_pool2d(x, 7, stride=1).flatten(1)
