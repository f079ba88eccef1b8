import keras
import numpy as np
import pytest

from keras_dl import boxes, losses, models


def test_the_network_of_yolov2_has_its_weights():
    model = models.yolo_detector()
    assert model.count_params() == 50_983_561
    assert sum(np.prod(each.shape) for each in model.non_trainable_weights) == 20_672
    assert model.output_shape == (None, 19, 19, 5, 85)


def test_the_slim_one_is_slim_and_need_not_be_square():
    model = models.yolo_detector((64, 96, 3), 4, anchors=np.ones((3, 2)), network="slim")
    assert model.count_params() <= 1_200_000
    assert model.output_shape == (None, 4, 6, 3, 9)


def test_a_cell_of_the_finer_features_stays_in_its_place():
    model = models.yolo_detector((32, 64, 3), 1, anchors=np.ones((1, 2)), network="slim")
    fine = np.random.default_rng(0).normal(size=(1, 4, 8, 5)).astype("float32")
    inputs = keras.Input(fine.shape[1:])
    values = inputs
    for name, shape in (("split", (2, 2, 4, 2, 5)), ("gathered", None), ("stacked", (2, 4, 20))):
        layer = model.get_layer(name)
        layer = (
            keras.layers.Reshape(shape) if shape else type(layer).from_config(layer.get_config())
        )
        values = layer(values)
    found = np.asarray(keras.Model(inputs, values)(fine))
    for row, column in np.ndindex(2, 4):
        block = fine[0, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        np.testing.assert_array_equal(found[0, row, column], block.ravel())


@pytest.mark.slow
def test_learns_where_the_squares_of_an_image_are():
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    corner = random.integers(0, 48, (8, 1, 2))
    some = np.concatenate([corner, corner + 16], 2) / 64
    images = np.zeros((8, 64, 64, 3), "uint8")
    for image, (row, column) in zip(images, corner[:, 0], strict=True):
        image[row : row + 16, column : column + 16] = 255
    anchors = [[1.0, 1.0]]
    targets, _ = boxes.encode_targets(some, np.zeros((8, 1)), anchors, (4, 4), 1)
    model = models.yolo_detector((64, 64, 3), 1, anchors=anchors, network="slim")
    # Rising and falling rates end at overlaps of .95 on any CPU, a constant one at .4 on some.
    rate = keras.optimizers.schedules.CosineDecay(1e-4, 80, warmup_target=3e-3, warmup_steps=20)
    model.compile(keras.optimizers.Adam(rate), losses.YOLOLoss("ciou", "crossentropy"))
    model.fit(images, targets, batch_size=8, epochs=100, verbose=0)
    # In the statistics of the batch, which the moving ones have not reached by far.
    found, scores = boxes.decode(model(images, training=True))
    best = np.asarray(scores)[..., 0].argmax(1)
    overlap = boxes.iou(np.asarray(found)[np.arange(8), best][:, None], some, "rel_yxyx")
    assert (np.asarray(overlap) > 0.5).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"network": "tiny"}, "Received network 'tiny'"),
        ({"input_shape": (608, 600, 3)}, r"Received input_shape \(608, 600, 3\)"),
        ({"anchors": [[1, 2, 3]]}, r"Received \[\[1.0, 2.0, 3.0\]\]"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        models.yolo_detector(**options)
