"""Image files written by Pillow, decoded as Pillow does it."""

import io
import struct
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from keras_dl import pipelines
from keras_dl.pipelines import image_decoding, image_formats


def _file(image, kind, **settings):
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def _image(mode="RGB", height=20, width=33):
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([5 * y, 5 * x, 255 - 4 * y - 3 * x, 40 * ((x + y) // 8)], -1)
    return Image.fromarray(pixels.clip(0, 255).astype("uint8")).convert(mode)


def _palette(colors):
    return _image().quantize(colors)


def _seen(encoded):
    """Returns the pixels that Pillow shows on white paper."""
    with Image.open(io.BytesIO(encoded)) as image:
        image = ImageOps.exif_transpose(image).convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(white, image).convert("RGB")).astype(int)


def _of_orientation(number):
    exif = Image.Exif()
    exif[0x010F] = "maker"
    exif[0x0112] = number
    return exif


FILES = {
    "JPEG": _file(_image(), "JPEG"),
    "JPEG gray": _file(_image("L"), "JPEG"),
    "JPEG CMYK": _file(_image("CMYK"), "JPEG"),
    "JPEG progressive": _file(_image(), "JPEG", progressive=True),
    "PNG": _file(_image(), "PNG"),
    "PNG black and white": _file(_image("1"), "PNG"),
    "PNG gray": _file(_image("L"), "PNG"),
    "PNG gray and alpha": _file(_image("LA"), "PNG"),
    "PNG alpha": _file(_image("RGBA"), "PNG"),
    "PNG palette": _file(_palette(200), "PNG"),
    "PNG palette of 4": _file(_palette(4), "PNG", bits=2),
    "PNG palette with alpha": _file(_palette(9), "PNG", transparency=bytes([0, 90, 255])),
    "PNG transparent color": _file(_image(), "PNG", transparency=(50, 50, 185)),
    "PNG transparent gray": _file(_image("L"), "PNG", transparency=77),
    "PNG animation": _file(_image(), "PNG", save_all=True, append_images=[_image("L")]),
    "GIF": _file(_palette(200), "GIF"),
    "GIF transparent": _file(_palette(9), "GIF", transparency=3),
    "GIF animation": _file(
        _palette(9), "GIF", save_all=True, append_images=[_image("L")], duration=90
    ),
    "BMP": _file(_image(), "BMP"),
    "BMP black and white": _file(_image("1"), "BMP"),
    "BMP gray": _file(_image("L"), "BMP"),
    "BMP palette": _file(_palette(200), "BMP"),
    "BMP alpha": _file(_image("RGBA"), "BMP"),
    "WebP": _file(_image(), "WebP"),
    "WebP lossless": _file(_image(), "WebP", lossless=True),
    "WebP alpha": _file(_image("RGBA"), "WebP", lossless=True, exact=True),
}
for _kind in ("JPEG", "PNG", "WebP"):
    for _number in range(1, 9):
        FILES[f"{_kind} turned {_number}"] = _file(
            _image(), _kind, exif=_of_orientation(_number), quality=99
        )


def _bmp(bits, rows, palette, header_size=40, height=None):
    """Returns a BMP file of indices of colors, written from the definition of the format."""
    packed = b""
    for row in rows:
        text = "".join(f"{index:0{bits}b}" for index in row)
        text += "0" * (-len(text) % 32)
        packed += int(text, 2).to_bytes(len(text) // 8, "big")
    height = height or len(rows)
    if header_size == 12:
        info = struct.pack("<IHHHH", 12, len(rows[0]), height, 1, bits)
        colors = b"".join(bytes(color[::-1]) for color in palette.tolist())
    else:
        sizes = struct.pack("<iiHH", len(rows[0]), height, 1, bits)
        info = struct.pack("<I", header_size) + sizes + bytes(header_size - 16)
        colors = b"".join(bytes([*color[::-1], 0]) for color in palette.tolist())
    start = 14 + len(info) + len(colors)
    return b"BM" + struct.pack("<IHHI", start + len(packed), 0, 0, start) + info + colors + packed


def _palettes_of_bmp():
    for bits, header_size, sign in ((1, 40, 1), (4, 40, -1), (4, 124, 1), (8, 12, 1)):
        random = np.random.default_rng(bits)
        palette = random.integers(0, 256, (2**bits, 3))
        indices = random.integers(0, 2**bits, (5, 7))
        encoded = _bmp(bits, indices[::-sign], palette, header_size, sign * 5)
        yield f"BMP of {bits} bits, header of {header_size}", encoded, palette[indices]


def _chunk(kind, content):
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def _sixteen_bits():
    for largest in (65535, 4095, 2040, 200):
        values = np.linspace(0, largest, 60).astype("uint16").reshape(6, 10)
        in_use = max(2 ** int(largest).bit_length() - 1, 255)
        expected = np.repeat(values[..., None] * (255 / in_use), 3, -1)
        yield f"PNG up to {largest}", _file(Image.fromarray(values), "PNG"), expected
    values = np.full((4, 5, 4), 1000, "uint16")
    values[..., 3] = 0
    values[1:3, 1:3, 3] = 65535
    expected = np.full((4, 5, 3), 255)
    expected[1:3, 1:3] = 1000 / 1023 * 255
    encoded = tf.io.encode_png(values).numpy()
    yield "PNG of 16 bits with alpha", encoded, expected
    values[..., 0] = np.where(values[..., 3] == 0, 500, 1000)
    key = struct.pack(">HHH", 500, 1000, 1000)
    for channels, color in ((1, key[:2]), (3, key)):
        encoded = tf.io.encode_png(values[..., :channels]).numpy()
        end = encoded.index(b"IDAT") - 4
        encoded = encoded[:end] + _chunk(b"tRNS", color) + encoded[end:]
        yield f"PNG of 16 bits, {channels} channels, with a key", encoded, expected


def _segment(marker, content):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def _with_exif(tiff):
    """Returns a JPEG with EXIF behind other segments."""
    other = _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0Exif\0\0") + b"\xff\xff"
    exif = other + _segment(0xE1, b"Exif\0\0" + tiff)
    return FILES["JPEG"][:2] + exif + FILES["JPEG"][2:]


def _tiff(order):
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, 6, 0)
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, 1)
    return start + entry + bytes(4)


def test_an_image_is_what_pillow_shows():
    cases = [(name, encoded, _seen(encoded)) for name, encoded in FILES.items()]
    turned = [_with_exif(_tiff(order)) for order in "<>"]
    cases += [("JPEG with XMP", encoded, _seen(encoded)) for encoded in turned]
    for name, encoded, expected in (*cases, *_palettes_of_bmp(), *_sixteen_bits()):
        decoded = pipelines.decode_image(encoded).numpy()
        shape = pipelines.image_shape(encoded).numpy().tolist()
        assert decoded.dtype == "uint8" and shape == list(decoded.shape[:2]), name
        atol = 8 if "JPEG" in name else 1
        np.testing.assert_allclose(decoded, expected, atol=atol, err_msg=name)
        # Skipped rows and columns are those of the image that one sees.
        part = pipelines.decode_image(encoded, (3, 2))
        np.testing.assert_array_equal(part, decoded[::3, ::2], err_msg=name)
    whole = FILES["GIF animation"]
    end = whole.index(b"!\xf9\x04", whole.index(b"!\xf9\x04") + 1)
    large_second = whole[:end] + b"," + struct.pack("<HHHHB", 0, 0, 60000, 60000, 0)
    for encoded in (whole[: end + 30], large_second):
        np.testing.assert_allclose(pipelines.decode_image(encoded), _seen(whole), atol=1)


def _traced_again():
    """Returns the decoder with the constants of now."""
    whole = image_decoding._decode
    return tf.function(whole.python_function, whole.input_signature, autograph=False)


def test_a_large_png_uses_its_bits_too(monkeypatch):
    monkeypatch.setattr(image_formats, "_DEEP", 10)
    decode = _traced_again()
    lost = [1, 16, 32, 255, 64, 64, 64]  # 255 of the lower bits alone
    for (name, encoded, expected), atol in zip(_sixteen_bits(), lost, strict=True):
        decoded = decode(tf.constant(encoded), tf.constant([1, 1])).numpy()
        np.testing.assert_allclose(decoded, expected, atol=atol, err_msg=name)


@pytest.mark.parametrize("turned", [1, 6])
def test_a_large_jpeg_is_decoded_in_half_the_size(monkeypatch, turned):
    encoded = _file(_image(height=201, width=333), "JPEG", exif=_of_orientation(turned))
    expected = pipelines.decode_image(encoded).numpy()
    monkeypatch.setattr(image_formats, "_LARGE", 60_000)
    decode = _traced_again()
    for step in ((1, 1), (2, 1), (2, 3), (5, 4)):
        part = decode(tf.constant(encoded), tf.constant(step)).numpy()
        difference = np.abs(part.astype(int) - expected[:: step[0], :: step[1]])
        assert (difference.max() > 0) == (step != (1, 1))
        assert difference.max() <= 12  # of pixels beside those that are kept


def test_what_is_no_whole_image_has_a_reason():
    no_format = "not a JPEG, PNG, GIF, BMP or WebP image"
    faults = {b"": no_format, b"no image": no_format, _file(_image(), "TIFF"): no_format}
    for kind in ("JPEG", "PNG", "GIF", "BMP", "WebP"):
        cuts = [FILES[kind][: len(FILES[kind]) * part // 9] for part in range(1, 9)]
        faults |= dict.fromkeys(cuts, "not a valid image")
    large = FILES["PNG"][:16] + struct.pack(">II", 7072, 7072) + FILES["PNG"][24:]
    moving = _file(_image(), "WebP", save_all=True, append_images=[_image("L")])
    faults[moving] = "a WebP animation; only its still images are read"
    faults[large] = "7072 x 7072 pixels, and at most 50,000,000 are read"
    frame = FILES["JPEG CMYK"].index(b"\xff\xc0") + 5
    cmyk = (
        FILES["JPEG CMYK"][:frame]
        + struct.pack(">HH", 6124, 6124)
        + FILES["JPEG CMYK"][frame + 4 :]
    )
    faults[cmyk] = "6124 x 6124 pixels, and at most 37,500,000 are read"
    for encoded, reason in faults.items():
        assert pipelines.image_fault(encoded) == reason
        with pytest.raises(tf.errors.InvalidArgumentError):
            pipelines.decode_image(encoded)
    for end in range(4, len(_tiff("<"))):  # damage of EXIF takes the turn, never the image
        assert pipelines.image_fault(_with_exif(_tiff("<")[:end])) == ""


def test_a_bad_row_loses_no_other():
    good = [FILES[name] for name in ("JPEG", "PNG", "GIF", "BMP")]
    blank = tf.fill([8, 8, 3], -1.0), tf.constant([0, 0])

    @tf.function(input_signature=[tf.TensorSpec([None], "string")])
    def decode(encoded):
        def both(row):
            return pipelines.decode_resized(row, (8, 8)), pipelines.image_shape(row)

        return pipelines.decode_rows(both, encoded, blank)

    for bad in ([], [1], [0, 3], [0, 1, 2, 3]):
        rows = [FILES["PNG"][:70] if row in bad else good[row] for row in range(4)]
        (pixels, shapes), is_image = decode(tf.constant(rows))
        assert is_image.numpy().tolist() == [row not in bad for row in range(4)]
        for row in range(4):
            expected = -1 if row in bad else pipelines.decode_resized(good[row], (8, 8))
            expected = np.broadcast_to(expected, (8, 8, 3))
            np.testing.assert_allclose(pixels[row], expected, atol=1e-3)
            assert shapes[row].numpy().tolist() == [0, 0] if row in bad else [20, 33]
    assert decode(tf.zeros([0], "string"))[0][0].shape == (0, 8, 8, 3)
