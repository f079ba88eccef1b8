"""Speech on speakers never heard, and against PocketSphinx on the same strings.

    export TFDS_DATA_DIR=DIRECTORY
    python benchmarks/speech.py speakers [--speakers theo ...] [--epochs 10]
    pip install pocketsphinx
    python benchmarks/speech.py pocketsphinx [--model saved_models/speech] [--strings 80]

`speakers` trains a model without each speaker, on the recordings of all others, and evaluates it on
this speaker: accuracy of single digits, the digit error rate of strings of 3 to 6, and how many of
100 clips without digits (silence, noise, tones, reversed speech) have a text. With the default of
10 epochs, each of the six trainings takes about ten minutes on one core.

`pocketsphinx` lets PocketSphinx, with its own model of English and a grammar of digits, and a
SavedModel of the application transcribe the same strings of test recordings of 3 to 6 digits. The
sound is resampled to the 16 kHz that the model of PocketSphinx needs.
"""

import argparse
import pathlib
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
NAMES = "zero one two three four five six seven eight nine".split()
GRAMMAR = f"#JSGF V1.0; grammar digits; public <digits> = ({' | '.join(NAMES)})+;"
KINDS = ("silence", "noise", "tones", "reversed")  # 25 clips without digits of each
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")


def speakers(arguments):
    """Trains without each speaker, and prints the metrics of the speaker."""
    from apps.speech.app import MeasureConfig, Speech, TrainConfig
    from keras_dl.application import commands

    app, rows = Speech(), []
    for speaker in arguments.speakers:
        with tempfile.TemporaryDirectory() as directory:
            run = str(pathlib.Path(directory, speaker))
            started = time.process_time()
            config = TrainConfig(held_out=speaker, epochs=arguments.epochs, seed=arguments.seed)
            commands.train(app, config, run_dir=run)
            minutes = (time.process_time() - started) / 60
            commands.export(app, run_dir=run)
            served = commands.load(app, run_dir=run)
            values = app.measure(served, MeasureConfig(held_out=speaker)).values()
        invented = sum(values[f"invented.{kind}"] for kind in KINDS)
        rows.append([values["accuracy.single"], values["digit_errors.three_to_six"], invented])
        print(f"{speaker:12}{minutes:6.1f} CPU minutes  {_shown(rows[-1])}", flush=True)
    print(f"{'mean':12}{'':19}{_shown(np.mean(rows, 0))}")


def _shown(row):
    return f"single digits {row[0]:.1%}  digit error rate {row[1]:.2%}  invented {row[2]:.0f}"


def pocketsphinx(arguments):
    """Prints the digit error rates of PocketSphinx and of the SavedModel."""
    from apps.speech.app import MeasureConfig, Speech
    from apps.speech.recordings import read
    from apps.speech.report import transcribe, wav
    from apps.speech.strings import PLAIN, compose
    from keras_dl import metrics
    from keras_dl.application import commands

    test = read(MeasureConfig(), "test")
    waveforms, labels = zip(
        *(compose(test, seed, (3, 6), **PLAIN) for seed in range(arguments.strings)), strict=True
    )
    served = commands.load(Speech(), model=arguments.model)
    ways = {
        "PocketSphinx": _decoder(),
        "SavedModel": lambda each: transcribe(served, wav(each))["text"].replace(" ", ""),
    }
    for name, read_one in ways.items():
        read_one(waveforms[0])
        started = time.process_time()
        found = [read_one(each) for each in waveforms]
        seconds = time.process_time() - started
        rate = metrics.error_rate(found, labels, unit="digit").rate
        right = np.mean([a == b for a, b in zip(found, labels, strict=True)])
        print(f"{name:14}digit error rate {rate:.2%}  strings right {right:.1%}  {seconds:.0f} s")


def _decoder():
    """Returns a function that transcribes a waveform of 8 kHz with PocketSphinx."""
    import scipy.signal
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=16000, lm=None, loglevel="FATAL")
    decoder.add_jsgf_string("digits", GRAMMAR)
    decoder.activate_search("digits")

    def transcribe(waveform):
        doubled = scipy.signal.resample_poly(waveform, 2, 1)
        sound = np.clip(np.round(doubled * 2**15), -(2**15), 2**15 - 1).astype("<i2")
        decoder.start_utt()
        decoder.process_raw(sound.tobytes(), full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        return "".join(str(NAMES.index(word)) for word in found.hypstr.split()) if found else ""

    return transcribe


def main():
    """Reads the arguments and runs one of the two."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("speakers")
    one.add_argument("--speakers", nargs="+", default=SPEAKERS)
    one.add_argument("--epochs", type=int, default=10)
    one.add_argument("--seed", type=int, default=0)
    one.set_defaults(function=speakers)
    other = commands.add_parser("pocketsphinx")
    other.add_argument("--model", default=str(ROOT / "saved_models" / "speech"))
    other.add_argument("--strings", type=int, default=80)
    other.set_defaults(function=pocketsphinx)
    arguments = parser.parse_args()
    arguments.function(arguments)


if __name__ == "__main__":
    main()
