"""Golden values of the elementary image transforms, from torchvision on float tensors.

Run `python3 tests/reference/transforms.py` (PyTorch and torchvision needed) to write transforms.json beside this file.
"""
import json
import pathlib

import torch
import torchvision.transforms.functional as F
from torchvision.transforms import InterpolationMode


def resized_crop(x, top, left, height, width, mode="bicubic", *size):
    # With antialias the tensor version is Pillow's algorithm: a = -0.5, taps beyond the box dropped. It does not clamp.
    size = list(size or x.shape[1:])
    y = F.resized_crop(x, top, left, height, width, size, InterpolationMode(mode), antialias=True)
    return y.clamp(0, 1)


def main():
    torch.manual_seed(1)
    images, cases = [], []
    for channels in (3, 1):
        image = torch.randint(0, 256, (9, 8, channels), dtype=torch.uint8)
        image[:3] = image[:3] // 128 * 255  # pure colours, black and white, many ties
        image[3] = image[3, :, :1]  # greys
        images.append({"height": 9, "width": 8, "channels": channels, "bytes": image.flatten().tolist()})
        x = image.permute(2, 0, 1).float() / 255
        calls = [(F.adjust_brightness, [f]) for f in (0.0, 0.6, 1.4)]
        calls += [(F.adjust_contrast, [f]) for f in (0.0, 0.6, 1.4)]
        calls += [(F.adjust_saturation, [f]) for f in (0.0, 0.6, 1.4)]
        calls += [(F.adjust_hue, [f]) for f in (-0.5, -0.1, 0.0, 0.07, 0.5)]
        calls += [(F.rgb_to_grayscale, [3])] if channels == 3 else []
        calls += [(F.gaussian_blur, [size, sigma]) for size, sigma in ((3, 0.7), (5, 2.0))]
        calls += [(resized_crop, box) for box in ([0, 0, 9, 8], [2, 1, 5, 6], [0, 0, 9, 3], [8, 7, 1, 1], [3, 2, 2, 4])]
        calls += [(resized_crop, [*box, mode, *size]) for mode in ("bilinear", "bicubic")
                  for box, size in (([0, 0, 9, 8], [4, 3]), ([1, 2, 7, 5], [2, 9]), ([0, 1, 9, 6], [1, 1]),
                                    ([3, 3, 4, 4], [9, 8]))]
        for function, arguments in calls:
            y = function(x, *arguments)
            cases.append({"image": len(images) - 1, "name": function.__name__, "arguments": arguments,
                          "planes": [round(v, 7) for v in y.flatten().tolist()]})
    path = pathlib.Path(__file__).with_name("transforms.json")
    lines = [",\n".join(json.dumps(row) for row in rows) for rows in (images, cases)]
    path.write_text('{"images": [\n%s\n], "cases": [\n%s\n]}\n' % tuple(lines))
    print(f"{path.name}: {len(cases)} cases")


main()
