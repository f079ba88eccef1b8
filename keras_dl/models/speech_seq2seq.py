"""Encoder-decoder with attention that transcribes speech."""

import keras
from keras import ops

from keras_dl.layers.attention_decoder import AttentionDecoder
from keras_dl.layers.frequency_masking import FrequencyMasking
from keras_dl.layers.time_masking import TimeMasking
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes
from keras_dl.typing import Tensor

_KERNEL_SIZE = 5
_IMPOSSIBLE = -1e4  # a logit whose probability is 0 in float32


@seeded
def speech_seq2seq(
    num_channels: int,
    vocabulary_size: int,
    *,
    filters: int = 64,
    encoder_units: int = 96,
    encoder_layers: int = 1,
    embedding_units: int = 32,
    decoder_units: int = 128,
    attention_units: int = 64,
    dropout: float = 0.0,
    decoder_dropout: float = 0.0,
    time_masking: float = 0.0,
    frequency_masking: float = 0.0,
    ctc: bool = False,
    seed: int | None = None,
    name: str = "speech_seq2seq",
) -> keras.Model:
    """Builds two strided convolutions, bidirectional GRUs and a decoder that attends to them.

    Each convolution halves the time steps: `n` become `ceil(n / 4)`. Padding changes nothing: a
    clip in a batch has the outputs that it has without the others. The model is used like
    `attention_seq2seq`, with `{"features": ..., "mask": ...}` as the source.

    With `ctc`, the encoder also predicts the tokens by itself, for an auxiliary loss that aligns
    sound and tokens early. Its token 0 is the blank. If 0 is also the end token of the decoder and
    the padding of targets, both losses take the same targets: compile with `loss={"logits":
    keras.losses.SparseCategoricalCrossentropy(from_logits=True), "ctc": keras.losses.CTC()}`. The
    time steps of the encoder must be enough: one for each token, and one more between two equal
    tokens; otherwise, the CTC loss is huge, or infinite.

    Args:
        num_channels: int. Channels of the features, such as mel bands.
        vocabulary_size: int. Number of tokens, including the start token.
        filters: int. Filters of each convolution.
        encoder_units: int. State size of each direction of a GRU of the encoder.
        encoder_layers: int. Number of bidirectional GRUs.
        embedding_units: int. Size of a token vector.
        decoder_units: int. State size of the decoder.
        attention_units: int. Size of the hidden layer that computes attention scores.
        dropout: float. Dropout rate of the outputs of the convolutions and of each GRU.
        decoder_dropout: float. Dropout rate of the decoder's token vectors and of the inputs of the
            last layer.
        time_masking: float. Longest of two intervals of time that `TimeMasking` sets to 0 in
            training, as a share of the clip.
        frequency_masking: float. The same for `FrequencyMasking`, as a share of the channels.
        ctc: bool. Whether the encoder predicts tokens, too.
        seed: int or None. Seed of the initial weights, of dropout and of masking.
        name: str. Name of the model.

    Returns:
        keras.Model from `{"features": float (batch, time, num_channels), "mask": bool (batch,
        time), "previous": int (batch, target_time)}` to float32 logits `(batch, target_time,
        vocabulary_size)`. The mask is False where features are padding. With `ctc`, to a dict of
        these `logits` and of `ctc`, float32 logits `(batch, ceil(time / 4), vocabulary_size)`, in
        which padding is certain to be blank. Its layers are `encoder`, a model, and `decoder`, an
        `AttentionDecoder`.

    Raises:
        ValueError: if a size is not positive, or a share is not from 0 to 1.

    Reference: Chan et al. 2016, arXiv:1508.01211, and Bahdanau et al. 2016, arXiv:1508.04395, for
    speech recognition with attention; Graves et al. 2006, "Connectionist temporal classification";
    Kim, Hori & Watanabe 2017, arXiv:1609.06773, for both losses. `AttentionDecoder` lists other
    differences.
    """
    check_sizes(
        "speech_seq2seq",
        num_channels=num_channels,
        vocabulary_size=vocabulary_size,
        filters=filters,
        encoder_units=encoder_units,
        encoder_layers=encoder_layers,
        embedding_units=embedding_units,
        decoder_units=decoder_units,
        attention_units=attention_units,
    )
    features, mask = _inputs(num_channels)
    hidden = _masked(features, time_masking, frequency_masking, num_channels, mask)
    states, last_states, short_mask = _encode(
        hidden, mask, filters, encoder_units, encoder_layers, dropout
    )
    encoded = {"values": states, "initial": last_states[1], "mask": short_mask}
    encoder = keras.Model({"features": features, "mask": mask}, encoded, name="encoder")
    decoder = AttentionDecoder(
        vocabulary_size,
        embedding_units,
        decoder_units,
        attention_units,
        dropout=decoder_dropout,
        name="decoder",
    )
    features, mask = _inputs(num_channels)
    previous = keras.Input((None,), dtype="int32", name="previous")
    encoded = encoder({"features": features, "mask": mask})
    outputs = decoder(previous, **encoded)
    if ctc:
        logits = keras.layers.Dense(vocabulary_size, dtype="float32", name="ctc")
        predicted = logits(encoded["values"])
        blank = ops.where(ops.arange(vocabulary_size) == 0, 0.0, _IMPOSSIBLE)
        predicted = ops.where(ops.expand_dims(encoded["mask"], 2), predicted, blank)
        outputs = {"logits": outputs, "ctc": predicted}
    inputs = {"features": features, "mask": mask, "previous": previous}
    return keras.Model(inputs, outputs, name=name)


def _inputs(num_channels):
    return (
        keras.Input((None, num_channels), name="features"),
        keras.Input((None,), dtype="bool", name="mask"),
    )


def _masked(features, time_masking, frequency_masking, num_channels, mask):
    if not (0 <= time_masking <= 1 and 0 <= frequency_masking <= 1):
        raise ValueError(
            "speech_seq2seq: time_masking and frequency_masking must be from 0 to 1. Received "
            f"time_masking {time_masking}, frequency_masking {frequency_masking}. Use 0.1."
        )
    widest = round(frequency_masking * num_channels)
    hidden = TimeMasking(max_share=time_masking, name="time_masking")(features, mask=mask)
    return FrequencyMasking(max_width=widest, name="frequency_masking")(hidden)


def _encode(hidden, mask, filters, units, layers, dropout):
    """Returns `(batch, time / 4, 2 * units)` states, both last states, and the mask of the states.

    A convolution sees zeros at padding, and `(kernel_size - 1) / 2` of them at both ends. With
    `padding="same"`, the number of zeros at the start would depend on the length of the batch.
    """
    for number in (1, 2):
        hidden = _zero_padding(hidden, mask)
        hidden = keras.layers.ZeroPadding1D(_KERNEL_SIZE // 2, name=f"ends_{number}")(hidden)
        hidden = keras.layers.Conv1D(
            filters, _KERNEL_SIZE, strides=2, activation="relu", name=f"convolution_{number}"
        )(hidden)
        mask = mask[:, ::2]
    for number in range(1, layers + 1):
        hidden = keras.layers.Dropout(dropout, name=f"dropout_{number}")(hidden)
        recurrent = keras.layers.Bidirectional(
            keras.layers.GRU(units, return_sequences=True, return_state=True),
            name=f"recurrent_{number}",
        )
        hidden, *last_states = recurrent(hidden, mask=mask)
    return keras.layers.Dropout(dropout, name="values_dropout")(hidden), last_states, mask


def _zero_padding(values: Tensor, mask: Tensor) -> Tensor:
    return ops.where(ops.expand_dims(mask, 2), values, ops.zeros_like(values))
