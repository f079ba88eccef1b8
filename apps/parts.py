"""What an application is made of.

An application is a folder `apps/NAME`, whose files have the functions that the steps call:

    app.py      Config, a dataclass; SHOWN, inputs to answer; EXAMPLES, inputs to compare after an
                export; a docstring, whose first line stands in the list
    data.py     pipeline(config): the data of training
    model.py    build(config, data): the compiled model; endpoints(model, assets): functions and
                signatures of the SavedModel; write_files(model, assets, folder), if an export
                leaves files beside it
    report.py   figures(saved_model, config): numbers by name; pictures(saved_model, config)
    answers.py  lines(saved_model, chunks, config): yields lists of lines for lists of inputs

One that learns otherwise than by `fit` on batches has a class `Learner(config)` in learner.py, with
what `apps.fit.Fit` has, in place of `pipeline` and `build`. A step that no other application has
stands in the dict `STEPS` of app.py, with what it does; the function of its name there takes the
configuration and returns pictures by name. `apps/dates` is the pattern to follow.
"""

import importlib
import importlib.util

from apps.fit import Fit


def part(app, name):
    """Returns a file of an application, which is imported when it is needed."""
    return importlib.import_module(f"{app.__package__}.{name}")


def learner_of(app, config):
    """Returns what learns: the application's own `Learner`, or else `Fit`."""
    if importlib.util.find_spec(f"{app.__package__}.learner"):
        return part(app, "learner").Learner(config)
    return Fit(config, part(app, "data").pipeline, part(app, "model").build)
