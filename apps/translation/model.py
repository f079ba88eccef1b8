"""Encoder-decoders that translate."""

from apps.translation import texts
from keras_dl import losses, models, optimizers


def build(config, data):
    """Returns the compiled model."""
    sizes = {
        "embedding_units": config.embedding_units,
        "encoder_units": config.encoder_units,
        "decoder_units": config.decoder_units,
        # A tanh layer before logits that share the embedding: the logits take most of the time.
        "output_units": config.embedding_units,
        "tie_embedding": True,
        "dropout": config.dropout,
        "decoder_dropout": config.dropout,
    }
    vocabulary_sizes = [len(words) for words in texts.vocabularies(data.assets)]
    if config.network == "attention":
        sizes["attention_units"] = config.attention_units
        model = models.attention_seq2seq(*vocabulary_sizes, **sizes)
    else:
        model = models.encoder_decoder(*vocabulary_sizes, **sizes)
    schedule = optimizers.warmup_cosine(config.learning_rate, config.epochs * data.steps_per_epoch)
    model.compile(
        optimizers.ClippedAdam(schedule, beta_2=0.98, global_clipnorm=1.0),
        losses.SmoothedCrossentropy(config.label_smoothing),
        jit_compile=False,
    )
    return model
