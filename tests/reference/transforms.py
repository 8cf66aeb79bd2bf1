"""Golden values of the elementary image transforms, from torchvision on float tensors.

Run `python3 tests/reference/transforms.py` (PyTorch and torchvision needed) to write transforms.json beside this file.
"""
import json
import pathlib

import torch
import torchvision.transforms.functional as F
from torchvision.transforms import InterpolationMode
from torchvision.transforms.autoaugment import RandAugment, _apply_op

BILINEAR = InterpolationMode.BILINEAR


def resized_crop(x, top, left, height, width, mode="bicubic", *size):
    # With antialias the tensor version is Pillow's algorithm: a = -0.5, taps beyond the box dropped. It does not clamp.
    size = list(size or x.shape[1:])
    y = F.resized_crop(x, top, left, height, width, size, InterpolationMode(mode), antialias=True)
    return y.clamp(0, 1)


def of_bytes(function, x, *arguments):
    return function((x * 255).round().to(torch.uint8), *arguments).float() / 255


def posterize(x, bits):
    return of_bytes(F.posterize, x, bits)


def equalize(x):
    return of_bytes(F.equalize, x)


# torchvision weighs the border twice where it is given a fill. Without one it is 0 outside: so shift the values.
def affine(x, angle, right, down, scale, shear_x, shear_y, fill):
    return F.affine(x - fill, angle, [right, down], scale, [shear_x, shear_y], BILINEAR) + fill


def rotate(x, angle):
    return F.rotate(x, angle, BILINEAR)


def elastic(x, down, across):
    """Moves pixel (y, x) by (down, across) pixels times (x, y) + 1: exact numbers, which the test makes too."""
    height, width = x.shape[1:]
    ys, xs = torch.meshgrid(torch.arange(height) + 1.0, torch.arange(width) + 1.0, indexing="ij")
    moves = torch.stack([across * ys * 2 / width, down * xs * 2 / height], -1)  # torchvision counts in halves of the image
    return F.elastic_transform(x, moves[None], BILINEAR, None)


def padded_crop(x, down, across, mode):
    height, width = x.shape[1:]
    return F.crop(F.pad(x, [4, 4], 0, mode), 4 + down, 4 + across, height, width)


def rand_augment(x, name, magnitude, sign):
    """One change of RandAugment, with its table and by its own code."""
    camel = "".join(part.capitalize() for part in name.split("_"))
    table, signed = RandAugment()._augmentation_space(31, list(x.shape[1:]))[camel]
    value = (sign if signed else 1) * float(table[magnitude] if table.ndim else 0)
    value = value / 255 if camel == "Solarize" else value  # x is 0 .. 1
    run = lambda image: _apply_op(image, camel, value, BILINEAR, None)
    return of_bytes(run, x) if camel in ("Posterize", "Equalize") else run(x)


RAND_AUGMENT = ("identity", "shear_x", "shear_y", "translate_x", "translate_y", "rotate", "brightness", "color", "contrast",
                "sharpness", "posterize", "solarize", "auto_contrast", "equalize")


def case(image, name, arguments, y):
    return {"image": image, "name": name, "arguments": arguments, "planes": [round(v, 6) for v in y.flatten().tolist()]}


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
        calls += [(F.vflip, []), (F.invert, []), (F.autocontrast, [])]
        calls += [(F.solarize, [t]) for t in (0.0, 0.5, 0.9)] + [(posterize, [bits]) for bits in (0, 3, 8)]
        calls += [(F.adjust_sharpness, [f]) for f in (0.0, 0.6, 2.5)]
        calls += [(rotate, [angle]) for angle in (-90, 12.5, 40)]
        calls += [(affine, [0, 0, 0, 1, 0, 0, 0.5]), (affine, [0, 2, -3, 1, 0, 0, 0.25]), (affine, [30, 0, 0, 1.3, 0, 0, 0]),
                  (affine, [0, 0, 0, 0.7, 20, 0, 0]), (affine, [-25, 1, 2, 0.8, 10, -35, 0.75])]
        calls += [(elastic, [0.0, 0.0]), (elastic, [0.25, 0.1]), (elastic, [-0.6, 0.3])]
        calls += [(padded_crop, [*at, mode]) for mode in ("constant", "reflect") for at in ((0, 0), (-4, 3), (2, -1))]
        for function, arguments in calls:
            y = function(x, *arguments)
            cases.append(case(len(images) - 1, function.__name__, arguments, y))
    # Large enough for a histogram, with a dark and a bright half: RandAugment's changes, 0 .. 30 in size.
    image = torch.randint(0, 100, (16, 18, 3), dtype=torch.uint8) + torch.tensor([20, 60, 0], dtype=torch.uint8)
    image[:, 9:] += 50
    images.append({"height": 16, "width": 18, "channels": 3, "bytes": image.flatten().tolist()})
    x = image.permute(2, 0, 1).float() / 255
    for name in RAND_AUGMENT:
        for magnitude, sign in ((17, -1), (9, 1)) if name in RAND_AUGMENT[1:6] else ((17, -1),):
            cases.append(case(2, "rand_augment", [name, magnitude, sign], rand_augment(x, name, magnitude, sign)))
    for function in (equalize, F.autocontrast):
        cases.append(case(2, function.__name__, [], function(x)))
    path = pathlib.Path(__file__).with_name("transforms.json")
    lines = [",\n".join(json.dumps(row) for row in rows) for rows in (images, cases)]
    path.write_text('{"images": [\n%s\n], "cases": [\n%s\n]}\n' % tuple(lines))
    print(f"{path.name}: {len(cases)} cases")


main()
