"""Runs JoeyNMT's beam search, started by benchmarks/beam_search_against_joeynmt.py.

Translates a batch for each line of standard input and prints the seconds. Does not use TensorFlow.
"""

import json
import sys
import time

SOURCE_LENGTH, TARGET_LENGTH = 10, 12  # tokens, those of a short sentence
VOCABULARY, EMBEDDING, ENCODER, DECODER, ATTENTION = 5000, 192, 160, 256, 96
BATCH, WIDTH, LENGTH_PENALTY = 64, 5, 0.7


def main():
    """Serves with the number of threads that is given."""
    serve(of_joeynmt(int(sys.argv[1])))


def serve(search):
    """Translates the batch once for each line of standard input, and prints the seconds."""
    search()
    for _ in sys.stdin:
        began = time.perf_counter()
        search()
        print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)


def of_joeynmt(threads):
    """Returns a function that translates the batch with JoeyNMT."""
    import types

    import torch
    from joeynmt.model import build_model
    from joeynmt.search import beam_search
    from joeynmt.vocabulary import Vocabulary

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    special = {"unk": "<unk>", "pad": "<pad>", "bos": "<s>", "eos": "</s>"}
    numbers = {f"{name}_id": number for number, name in enumerate(special)}
    tokens = {f"{name}_token": token for name, token in special.items()}
    settings = types.SimpleNamespace(**tokens, **numbers, sep_token=None, sep_id=None, lang_tags=[])
    words = [str(number) for number in range(VOCABULARY - len(special))]
    vocabulary = Vocabulary(words, settings)
    embeddings = {"embedding_dim": EMBEDDING}
    recurrent = {"type": "recurrent", "rnn_type": "gru", "embeddings": embeddings}
    config = {
        "encoder": {**recurrent, "hidden_size": ENCODER, "bidirectional": True},
        "decoder": {
            **recurrent,
            "hidden_size": DECODER,
            "attention": "bahdanau",
            "init_hidden": "bridge",
        },
    }
    model = build_model(config, vocabulary, vocabulary).eval()
    source = torch.randint(4, VOCABULARY, (BATCH, SOURCE_LENGTH))
    mask = torch.ones(BATCH, 1, SOURCE_LENGTH, dtype=torch.bool)
    lengths = torch.full((BATCH,), SOURCE_LENGTH)

    def run():
        with torch.no_grad():
            output, hidden, _, _ = model(
                return_type="encode", src=source, src_length=lengths, src_mask=mask
            )
            found, _, _ = beam_search(
                model,
                WIDTH,
                output,
                hidden,
                mask,
                max_output_length=TARGET_LENGTH,
                alpha=LENGTH_PENALTY,
                min_output_length=TARGET_LENGTH - 1,
            )
        if found.shape[1] < TARGET_LENGTH - 1:
            raise SystemExit("JoeyNMT must write all tokens")

    return run


if __name__ == "__main__":
    main()
