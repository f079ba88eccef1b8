"""Statistics of annotated images, and the maximum recall of a grid with anchors."""

import collections

import numpy as np

from keras_dl import boxes, metrics


def examine(part, assets, fit):
    """Returns lines of statistics on images, boxes and anchors, and on the maximum recall.

    The boxes are encoded as targets, decoded and filtered by non-maximum suppression. A box that
    is lost in these steps cannot be predicted by any detector that uses them.
    """
    counts = collections.Counter(np.concatenate(part.labels).tolist())
    classes = ", ".join(f"{counts[each]} {name}" for each, name in enumerate(part.classes))
    most = max(map(len, part.labels))
    sizes = ", ".join(f"{height:.2f} x {width:.2f}" for height, width in assets.anchors)
    lost, recall = ceiling(part, assets)
    return (
        f"{len(part)} images with {counts.total()} boxes ({classes}), at most {most} in one",
        f"anchors, height x width in cells of 16 pixels: {sizes}",
        f"mean IoU of a box with the anchor nearest to it: {fit:.3f}",
        f"boxes whose cell and anchor another one has: {lost}",
        f"recall that grid, anchors and suppression allow: {recall:.4f}",
    )


def ceiling(part, assets):
    """Returns the number of boxes whose cell and anchor are taken, and the maximum recall."""
    grid = [side // 16 for side in assets.size]
    num_classes = len(part.classes)
    lost = back = 0
    for true, labels in zip(part.boxes, part.labels, strict=True):
        if not len(labels):
            continue
        targets, taken = boxes.encode_targets(
            true[None], labels[None], assets.anchors, grid, num_classes
        )
        lost += int(taken[0])
        found, found_labels = (np.asarray(each)[0] for each in boxes.decode_targets(targets))
        is_box = found_labels >= 0
        kept = boxes.non_max_suppression(
            found[is_box][None],
            np.eye(num_classes, dtype="float32")[found_labels[is_box]][None],
            box_format="rel_yxyx",
            max_boxes=len(labels),
        )
        valid = int(kept["valid"][0])
        overlap = np.asarray(boxes.iou(true, kept["boxes"][0, :valid], "rel_yxyx"))
        same = labels[:, None] == np.asarray(kept["classes"][0, :valid])
        back += np.sum(metrics.greedy_matches(overlap * same) >= 0)
    return lost, float(back) / sum(map(len, part.labels))
