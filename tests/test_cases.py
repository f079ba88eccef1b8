"""Names the tests of inputs that users of other packages met, and of faults that were found.

The numbers are those of two lists of cases: images (pictures.md) and faults (faults.md).
"""

import pathlib
import re

import pytest

TESTS = pathlib.Path(__file__).parent
SHOWN = "pipelines/test_image_decoding.py::test_an_image_is_what_pillow_shows"
NO_IMAGE = "pipelines/test_image_decoding.py::test_what_is_no_whole_image_has_a_reason"
ONE_BAD = "pipelines/test_detection_dataset.py::test_one_bad_annotation_ends_nothing"
SEEN = "apps/test_detection.py::test_what_training_sees"
ONE_LINE = "application/test_command_line.py::test_what_is_wrong_is_told_in_one_line"
STREAMS = "application/test_command_line.py::test_streams_that_are_closed_or_narrow_end_nothing"
DIGIT = "apps/test_digits_images.py::test_the_shipped_model_reads_a_digit_as_people_have_it"
DIRECTORY = "application/test_command_line.py::test_a_directory_stands_for_its_images"
IMAGES = {
    1: "pipelines/test_detection_dataset.py::test_boxes_turn_as_pillow_turns_images",
    2: SHOWN,
    3: SHOWN,
    4: "pipelines/test_coco_files.py::test_folders_as_tools_write_them",
    5: "pipelines/test_detection_dataset.py::test_an_annotation_is_about_the_image_or_is_refused",
    6: "pipelines/test_detection_dataset.py::test_an_annotation_is_about_the_image_or_is_refused",
    7: SHOWN,
    8: SHOWN,
    9: DIGIT,
    10: DIGIT,
    11: DIGIT,
    12: "training/test_callback_states.py::"
    "test_a_run_that_was_stopped_early_has_nothing_left_to_do",
    13: "training/test_callback_states.py::"
    "test_a_broken_run_resumes_with_the_memory_of_its_callbacks",
    14: "training/test_fit.py::test_a_seed_that_tensorflow_takes_for_0",
    15: SEEN,
    16: SHOWN,
    17: ONE_BAD,
    18: ONE_BAD,
    19: ONE_BAD,
    20: "pipelines/test_detection_dataset.py::"
    "test_of_twins_the_one_that_the_annotation_names_is_read",
    21: "pipelines/test_image_files.py::test_a_damaged_image_is_named_and_left_out",
    22: "pipelines/test_detection_dataset.py::test_images_beside_annotations",
    23: "pipelines/test_detection_files.py::test_every_tool_has_the_same_boxes",
    24: "rl/test_replayable_vector_env.py::test_names_are_found",
    25: SHOWN,
    26: "pipelines/test_coco_files.py::test_categories_of_one_name_are_one_class",
    27: "pipelines/test_coco_files.py::test_one_bad_entry_costs_at_most_its_image",
    28: "test_registration.py::"
    "test_every_registered_class_is_loaded_in_a_process_that_imports_keras_dl_alone",
    29: "models/test_convolutional_nets.py::test_the_weights_of_keras_applications_fit_by_name",
    30: "models/test_fully_convolutional.py::"
    "test_layers_that_are_left_out_change_nothing_in_inference",
    31: "apps/test_digits_images.py::test_the_shipped_model_reads_numbers_of_any_size",
    32: "apps/test_detection.py::test_few_images_have_a_split_each",
    33: "pipelines/test_image_files.py::test_a_damaged_image_is_named_and_left_out",
    34: DIRECTORY,
    35: "pipelines/test_voc_files.py::test_a_size_that_is_not_told_is_that_of_the_image",
    36: "pipelines/test_voc_files.py::test_a_flat_folder_in_the_order_of_names",
    37: "pipelines/test_voc_files.py::test_boxes_partly_outside_are_cut",
    38: "pipelines/test_coco_files.py::test_equal_to_pycocotools",
    39: "rl/test_dqn_training.py::test_a_cut_off_episode_goes_on_from_its_last_frame",
    40: "rl/test_dqn_resume.py::test_kill_9_changes_nothing",
    41: "metrics/test_mean_average_precision.py::test_equals_pycocotools_on_random_sets",
    42: "apps/test_contract.py::test_the_contract_holds",
    43: SHOWN,
    44: "models/test_gan.py::test_saved_with_its_optimizers",
    45: "training/test_resuming_fit.py::test_killed_run_resumes_to_the_same_bits",
    46: "export/test_saved_model.py::test_export_replaces_an_older_one_and_a_difference_leaves_it",
    47: SEEN,
    48: SEEN,
}
FAULTS = {
    1: "application/test_command_line.py::test_a_run_that_stopped_at_its_beginning_is_completed",
    2: "training/test_run.py::test_a_second_writer_is_refused_and_a_reader_is_not",
    3: STREAMS,
    4: ONE_LINE,
    5: "export/test_empty_batch.py::test_an_empty_batch_has_empty_results",
    6: "application/test_rendering.py::"
    "test_lines_of_text_have_a_column_for_each_field_and_no_commands",
    7: "application/test_command_line.py::test_a_pipe_works_as_users_have_it",
    8: STREAMS,
    9: "application/test_command_line.py::test_an_export_to_a_full_disk_is_one_line",
    10: "application/test_typed.py::test_each_flipped_bit_is_told_or_harmless",
    11: "apps/test_generate_data.py::test_the_classifier_is_found_from_any_directory",
    12: "apps/dates/test_model.py::test_empty_long_and_broken_input_has_an_answer",
    13: "pipelines/test_image_decoding.py::test_a_bad_row_loses_no_other",
    14: "application/test_rendering.py::test_json_is_one_line_that_gives_the_values_back",
    15: ONE_LINE,
    16: NO_IMAGE,
}


@pytest.mark.parametrize("named", sorted({*IMAGES.values(), *FAULTS.values()}))
def test_the_test_of_a_case_is_there(named):
    file, _, name = named.partition("::")
    assert re.search(rf"^def {name}\(", (TESTS / file).read_text("utf-8"), re.M)
