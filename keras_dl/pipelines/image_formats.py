"""Decoders of image formats with TensorFlow ops.

Each takes the bytes of a file as a string and as `file_bytes` returns them, its `Header`, and a
`Skipping` of rows and columns of stored pixels `(height, width, channels)`. It returns the other
pixels, uint8 RGB or RGB with alpha.
"""

from typing import NamedTuple

import tensorflow as tf

from keras_dl.pipelines.image_headers import Header, color_table_size, number

_LARGE = 25_000_000  # pixels; above, a JPEG is decoded in half the size
_DEEP = 80_000_000  # values; above, only the higher 8 of 16 bits are decoded


class Skipping(NamedTuple):
    """Function that skips rows and columns of an image.

    Attributes:
        rows: int32 scalar. Each so many-th row is kept; if negative, from the last one upward.
        columns: the same of columns.
    """

    rows: tf.Tensor
    columns: tf.Tensor

    def __call__(self, image: tf.Tensor) -> tf.Tensor:
        """Skips rows and columns; returns `(height, width, channels)`."""
        shape = tf.shape(image)
        image = tf.reshape(image, tf.stack([shape[0], shape[1], -1]))
        return image[:: self.rows, :: self.columns]

    def in_half(self, image: tf.Tensor, header: Header) -> tf.Tensor:
        """Skips the same rows and columns of an image that was decoded in half the size."""
        for axis, side, step in ((0, header.height, self.rows), (1, header.width, self.columns)):
            image = tf.gather(image, tf.range(side)[::step] // 2, axis=axis)
        return image


def _jpeg(encoded, data, header, skip):
    # The decoder of a progressive JPEG needs most of the memory itself.
    is_large = header.height * header.width > _LARGE
    is_thinned = (tf.abs(skip.rows) > 1) | (tf.abs(skip.columns) > 1)
    return tf.cond(
        is_large & is_thinned,
        lambda: skip.in_half(tf.io.decode_jpeg(encoded, channels=3, ratio=2), header),
        lambda: skip(tf.io.decode_jpeg(encoded, channels=3)),
    )


def _png(encoded, data, header, skip):
    color, has_key = header.fields["png_color"], header.marks[0] >= 0
    is_deep, has_alpha = header.fields["png_depth"] == 16, (color >= 4) | has_key
    channels = tf.where(has_key, tf.constant(4, "int64"), color % 4 + 1 + color // 4)
    is_large = channels * header.height * header.width > _DEEP

    def decoded(condition, channels, others, dtype="uint8"):
        return tf.cond(
            condition,
            lambda: skip(tf.io.decode_png(encoded, channels, dtype)),
            lambda: skip(tf.io.decode_png(encoded, others, dtype)),
        )

    def sixteen_bits():
        image = tf.cond(
            is_large,
            lambda: 256 * tf.cast(decoded(has_key, 4, 0), "uint16"),
            lambda: decoded(has_key, 4, 0, "uint16"),
        )
        return _in_eight_bits(image)

    # Most files have no alpha, and 3 channels take less memory.
    return tf.cond(is_deep, sixteen_bits, lambda: decoded(has_alpha, 4, 3))


def _in_eight_bits(image):
    """Returns the highest 8 of the bits that the colors use, and of all bits of alpha."""
    channels = tf.shape(image)[-1]
    num_colors = channels - (channels + 1) % 2
    largest = tf.cast(tf.reduce_max(image[..., :num_colors]), "int32")
    unread = tf.reduce_sum(tf.cast(largest >= 2 ** tf.range(8, 16), "int32"))
    unread = tf.cast(tf.where(tf.range(channels) < num_colors, unread, 8), "uint16")
    # Integers are shifted in place. Floats would need four times the memory.
    image = tf.cast(tf.bitwise.right_shift(image, unread), "uint8")
    colors, alpha = image[..., :num_colors], image[..., num_colors:]
    colors = tf.broadcast_to(colors, tf.concat([tf.shape(image)[:2], [3]], 0))
    return tf.concat([colors, alpha], -1)


def _gif(encoded, data, header, skip):
    """Decodes the first frame, in a file without the others, in which clear pixels are white."""
    frame, end, clear = tf.unstack(header.marks)

    def with_white(start, table, stop):
        """Returns bytes of the file; the transparent color of the table in them is white."""
        entry = tf.where(clear >= 0, tf.minimum(table + 3 * clear, stop), stop)
        after = tf.minimum(entry + 3, stop)
        white = _part(b"\xff\xff\xff", 0, after - entry)
        return tf.strings.join([_part(encoded, start, entry), white, _part(encoded, after, stop)])

    ten = tf.constant(10, "int64")
    shared = 13 + color_table_size(number(data, ten, 1))
    own = frame + 10 + color_table_size(number(data, frame + 9, 1))
    pieces = [with_white(0, 13, shared), with_white(frame, frame + 10, own)]
    return skip(tf.io.decode_gif(tf.strings.join([*pieces, _part(encoded, own, end), b";"]))[0])


def _part(encoded, start, stop):
    start = tf.minimum(tf.cast(start, "int32"), tf.strings.length(encoded))
    return tf.strings.substr(encoded, start, tf.maximum(tf.cast(stop, "int32") - start, 0))


def _bmp(encoded, data, header, skip):
    fields = header.fields
    is_old = fields["bmp_info"] == 12
    bits = tf.where(is_old, fields["bmp_old_bits"], fields["bmp_bits"])
    packing = tf.where(is_old, tf.zeros_like(bits), fields["bmp_compression"])
    # Pixels of 32 bits have alpha only if the header says where. Otherwise its byte is unused.
    has_alpha = (packing == 3) & (fields["bmp_alpha"] > 0)

    def with_palette():
        indices = skip(_bmp_indices(data, header, bits, is_old)[..., None])[..., 0]
        size = tf.where(is_old, 3, 4)
        palette = data[14 + fields["bmp_info"] :][: 256 * size]
        palette = tf.reshape(palette[: tf.size(palette) // size * size], (-1, size))[:, 2::-1]
        return tf.gather(palette, tf.cast(indices, "int32"))

    branches = [
        with_palette,
        lambda: skip(tf.io.decode_bmp(encoded, channels=4)),
        lambda: skip(tf.io.decode_bmp(encoded, channels=3)),
    ]
    has_palette = (bits >= 1) & (bits <= 8) & (packing == 0)
    return tf.switch_case(tf.where(has_palette, 0, tf.where(has_alpha, 1, 2)), branches)


def _bmp_indices(data, header, bits, is_old):
    """Returns the indices of colors that pixels of 1, 2, 4 or 8 bits are, `(height, width)`."""
    row = (bits * header.width + 31) // 32 * 4
    start = header.fields["bmp_start"]
    packed = data[start : start + header.height * row]
    packed = tf.reshape(packed, tf.stack([header.height, row, 1]))
    shifts = tf.cast(tf.range(8 - bits, -1, -bits), "uint8")
    indices = tf.bitwise.right_shift(packed, shifts)
    indices = tf.bitwise.bitwise_and(indices, tf.cast(2**bits - 1, "uint8"))
    indices = tf.reshape(indices, tf.stack([header.height, -1]))[:, : header.width]
    is_upside_down = is_old | (header.fields["bmp_height"] < 2**31)
    return indices[:: tf.where(is_upside_down, -1, 1)]


def _webp(encoded, data, header, skip):
    return skip(tf.io.decode_image(encoded, 0, expand_animations=False))


DECODERS = {"JPEG": _jpeg, "PNG": _png, "GIF": _gif, "BMP": _bmp, "WebP": _webp}
"""From the name of a format to its decoder."""
