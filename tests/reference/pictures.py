"""Golden values of decoding and resizing pictures, from Pillow and torchvision.

Run `python3 tests/reference/pictures.py` (Pillow, numpy and torchvision needed) to write pictures.json beside this file.
"""
import io
import json
import pathlib

import numpy as np
import torchvision.transforms.functional as F
from PIL import Image, ImageOps

rng = np.random.RandomState(1)


def smooth(height, width, channels):
    """A picture that JPEG keeps nearly as it is."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 90 * np.sin(x / 5 + c) * np.cos(y / 7 - c) + y - x for c in range(channels)]
    return np.stack(planes, -1).clip(0, 255).round().astype(np.uint8)


def image(values):
    return Image.fromarray(values[..., 0] if values.shape[-1] == 1 else values)


def encoded(picture, kind, **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def entry(name, data, expected, tolerance=0):
    expected = np.atleast_3d(np.asarray(expected))
    return {"name": name, "file": data.hex(), "shape": expected.shape, "pixels": expected.ravel().tolist(),
            "tolerance": tolerance}


def opened(data):
    return ImageOps.exif_transpose(Image.open(io.BytesIO(data)))


def files():
    colour, grey = image(smooth(9, 14, 3)), image(smooth(9, 14, 1))
    for kind in "PNG", "BMP", "PPM":
        for picture in colour, grey:
            expected = picture.convert("RGB") if kind == "BMP" else picture  # BMP has grey as a palette
            yield entry(f"{kind} {picture.mode}", encoded(picture, kind), expected)
    # Noise in a palette and one frame of two
    palette = Image.fromarray(rng.randint(0, 256, (5, 6, 3), np.uint8)).quantize(16)
    yield entry("PNG palette", encoded(palette, "PNG"), palette.convert("RGB"))
    second = palette.point(lambda v: 15 - v)
    yield entry("GIF", encoded(palette, "GIF", save_all=True, append_images=[second]), palette.convert("RGB"))
    # 16 bits: stb takes the higher byte of PNG; ours of PGM are rounded
    deep = rng.randint(0, 65536, (4, 5), np.uint16)
    yield entry("PNG 16", encoded(Image.fromarray(deep.astype(np.int32), "I"), "PNG"), (deep >> 8).astype(np.uint8))
    pgm = b"P5\n# a comment\n5 4 65535\n" + deep.astype(">u2").tobytes()
    yield entry("PGM 16", pgm, np.floor(deep / 257 + 0.5).astype(np.uint8))
    few = rng.randint(0, 16, (3, 4), np.uint8)
    yield entry("PGM 15", b"P5 4 3 15\n" + few.tobytes(), few * 17)
    # Alpha over white
    for channels, mode in (4, "RGBA"), (2, "LA"):
        values = rng.randint(0, 256, (4, 6, channels), np.uint8)
        values[0, :, -1], values[1, :, -1] = 0, 255
        colours, alpha = values[..., :-1].astype(int), values[..., -1:].astype(int)
        over = (colours * alpha + 255 * (255 - alpha) + 127) // 255
        yield entry(f"PNG {mode}", encoded(Image.fromarray(values, mode), "PNG"), over.astype(np.uint8))
    # JPEG: decoders differ by a few steps
    for name, picture, options in (("JPEG", colour, {}), ("JPEG grey", grey, {}), ("JPEG progressive", colour, {"progressive": True})):
        data = encoded(picture, "JPEG", quality=95, subsampling=0, **options)
        yield entry(name, data, opened(data), 3)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = encoded(colour, "JPEG", quality=95, subsampling=0, exif=exif)
        yield entry(f"JPEG orientation {orientation}", data, opened(data), 3)


def refused():
    colour = image(smooth(9, 14, 3))
    jpeg, png = encoded(colour, "JPEG"), encoded(colour, "PNG")
    yield "is CMYK, made for printing; convert it to RGB first: mogrify -colorspace sRGB FILE", encoded(colour.convert("CMYK"), "JPEG")
    cut = "ends too early: the file is cut off"
    for data in jpeg[:-2], jpeg[:len(jpeg) // 2], png[:-40], encoded(colour, "BMP")[:-1], encoded(colour, "PPM")[:-1]:
        yield cut, data
    yield "is no JPEG, PNG, BMP, GIF, PGM or PPM file, whatever its name says", b"These are words, not pixels.\n"
    yield "the file is empty", b""
    header = bytearray(png[:33])
    header[16:24] = (60000).to_bytes(4, "big") * 2
    yield "60000 x 60000 pixels are too many; 128 million may be decoded", bytes(header) + png[33:]
    header[16:24] = (11000).to_bytes(4, "big") * 2
    yield f"damaged: {len(png)} bytes cannot hold 11000 x 11000 pixels", bytes(header) + png[33:]
    bmp, gif = encoded(colour, "BMP"), encoded(colour, "GIF")
    size, frame = jpeg.index(b"\xff\xc0") + 5, (11000).to_bytes(2, "big") * 2
    for data in (bmp[:18] + (11000).to_bytes(4, "little") * 2 + bmp[26:], gif[:6] + (11000).to_bytes(2, "little") * 2 + gif[10:],
                 jpeg[:size] + frame + jpeg[size + 4:]):
        yield f"damaged: {len(data)} bytes cannot hold 11000 x 11000 pixels", data
    counts = jpeg.index(b"\xff\xc4") + 5
    yield "damaged: a Huffman table of 4080 codes", jpeg[:counts] + b"\xff" * 16 + jpeg[counts + 16:]
    # A bomb: 4 x 4 pixels that unpack to 3 MB
    import struct
    import zlib
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)) \
        + chunk(b"IDAT", zlib.compress(bytes(3_000_000), 9)) + chunk(b"IEND", b"")
    yield "damaged: unpacks to more than its size needs, or memory is short", bomb


def resizes():
    for channels in 1, 3:
        values = rng.randint(0, 256, (13, 17, channels), np.uint8)
        for height, width in (5, 5), (13, 6), (4, 17), (20, 25), (1, 1), (6, 30):
            resized = image(values).resize((width, height), Image.BILINEAR)
            yield {"mode": "squash", "shape": values.shape, "pixels": values.ravel().tolist(), "size": [height, width],
                   "expected": np.asarray(resized).ravel().tolist()}
        for side in 5, 8, 20:
            cropped = F.center_crop(F.resize(image(values), side), side)
            yield {"mode": "crop", "shape": values.shape, "pixels": values.ravel().tolist(), "size": [side, side],
                   "expected": np.asarray(cropped).ravel().tolist()}


result = {"files": list(files()), "refused": [{"text": t, "file": d.hex()} for t, d in refused()], "resizes": list(resizes())}
text = json.dumps(result, separators=(",", ":"))
pathlib.Path(__file__).with_suffix(".json").write_text(text.replace('},{', '},\n{') + "\n")
