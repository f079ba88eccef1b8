"""Memory of machines and containers, from files written here."""

import pytest

from keras_dl.rl.free_memory import free_memory

GB = 10**9


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, 8 * 1024 * 10**6),
        ({"": "max", "service": str(4 * GB)}, 4 * GB - 2 * GB + GB // 2),
        ({"service": str(6 * GB), "service/inner": "max"}, 6 * GB - 2 * GB + GB // 2),
        ({"other": str(3 * GB)}, 8 * 1024 * 10**6),
        ({"service": str(400 * GB)}, 8 * 1024 * 10**6),
    ],
)
def test_the_least_of_machine_and_groups_counts(limits, expected, tmp_path):
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/meminfo").write_text("MemTotal: 9000000 kB\nMemAvailable: 8000000 kB\n")
    (tmp_path / "proc/self/cgroup").write_text("0::/service/inner\n")
    for group, limit in limits.items():
        folder = tmp_path / "sys/fs/cgroup" / group
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "memory.max").write_text(limit + "\n")
        (folder / "memory.current").write_text(str(2 * GB))
        (folder / "memory.stat").write_text(f"anon 7\ninactive_file {GB // 2}\nactive_file 3\n")
    assert free_memory(tmp_path) == expected


def test_a_system_that_tells_nothing_has_all_its_memory(tmp_path):
    assert free_memory(tmp_path) >= free_memory() > 0
