"""The checks of a release find what they are for."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from release import instruction_sets, source_archive, wheel_contents

SOURCE = """
namespace kernels {
namespace {
__attribute__((noinline)) void add_scalar(const float* from, float* to) {
  for (int k = 0; k < 1024; ++k) to[k] += from[k];
}
__attribute__((target("avx2"), noinline)) void add_avx2(const float* from, float* to) {
  for (int k = 0; k < 1024; ++k) to[k] += from[k];
}
__attribute__((target("avx512f,prefer-vector-width=512"), noinline))
void add_avx512(const float* from, float* to) {
  for (int k = 0; k < 1024; ++k) to[k] += from[k];
}
}  // namespace
void add(int level, const float* from, float* to) {
  level == 0 ? add_scalar(from, to) : level == 1 ? add_avx2(from, to) : add_avx512(from, to);
}
}  // namespace kernels
"""

can_compile = pytest.mark.skipif(
    platform.machine() != "x86_64" or not shutil.which("g++") or not shutil.which("objdump"),
    reason="needs g++ and objdump on x86-64",
)


def survey_with(folder: Path, *flags: str, source: str = SOURCE) -> instruction_sets.Survey:
    (folder / "kernels.cpp").write_text(source)
    library = folder / "kernels.so"
    command = ["g++", "-O3", "-shared", "-fPIC", *flags, "-o", str(library)]
    subprocess.run([*command, str(folder / "kernels.cpp")], check=True)
    return instruction_sets.survey_of(library)


@can_compile
def test_wide_instructions_may_stand_in_functions_made_for_them(tmp_path: Path) -> None:
    survey = survey_with(tmp_path)
    assert survey.inside["avx2"] > 0
    assert survey.inside["avx512"] > 0
    assert instruction_sets.problems_of(survey) == []


@can_compile
@pytest.mark.parametrize("flag", ["-mavx", "-mavx2", "-march=x86-64-v4"])
def test_a_flag_for_a_whole_file_is_found(tmp_path: Path, flag: str) -> None:
    survey = survey_with(tmp_path, flag)
    (name,) = [name for name in survey.outside if "add_scalar" in name]
    assert f"{name}: {survey.outside[name]}" in instruction_sets.problems_of(survey)


@can_compile
def test_a_wider_level_than_the_name_says_is_found(tmp_path: Path) -> None:
    wrong = SOURCE.replace("add_avx512", "add_wider_avx2")
    (name,) = survey_with(tmp_path, source=wrong).outside
    assert "add_wider_avx2" in name


@can_compile
def test_a_library_without_names_shows_nothing(tmp_path: Path) -> None:
    assert len(instruction_sets.problems_of(survey_with(tmp_path, "-s"))) >= 2


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("fastsamplers::rng::(anonymous namespace)::twist_avx2(unsigned int*)", "avx2"),
        (
            "a::(anonymous namespace)::values_avx512(a::N<unsigned short> const&) [clone .cold]",
            "avx512",
        ),
        ("twist_avx2.part.0", "avx2"),
        ("a::twist_scalar(unsigned int*)", "scalar"),
        ("a::avx2_user(int)", "scalar"),
        ("std::function<void ()>::operator()() const", "scalar"),
    ],
)
def test_the_level_in_a_name(name: str, level: str) -> None:
    assert instruction_sets.level_of_function(name) == level


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("addps  (%rax,%rdx,1),%xmm0", "scalar"),
        ("call   1234 <a::values_avx512(int)>", "scalar"),
        ("vaddsd %xmm1,%xmm0,%xmm0", "avx2"),
        ("vpaddd %ymm1,%ymm0,%ymm0", "avx2"),
        ("vpaddd %ymm17,%ymm0,%ymm0", "avx512"),
        ("vpaddd %zmm1,%zmm0,%zmm0{%k1}", "avx512"),
        ("kmovw  %eax,%k1", "avx512"),
        ("verw   0x10(%rax)", "scalar"),
    ],
)
def test_the_level_of_an_instruction(text: str, level: str) -> None:
    assert instruction_sets.level_of_instruction(text, text.split()[0]) == level


WHEEL = [
    *wheel_contents.NEEDED,
    "fastsamplers/_core.cpython-311-x86_64-linux-gnu.so",
    "fastsamplers-0.1.0.dist-info/licenses/LICENSE",
    "fastsamplers-0.1.0.dist-info/METADATA",
]


def test_a_wheel_as_it_should_be() -> None:
    assert wheel_contents.problems_of(WHEEL, 1_999_999) == []
    assert wheel_contents.problems_of(WHEEL, 2_000_000) == [
        "2,000,000 bytes are not below 2,000,000"
    ]


@pytest.mark.parametrize("name", [*WHEEL[:-1]])
def test_what_a_wheel_lacks_is_found(name: str) -> None:
    assert len(wheel_contents.problems_of([other for other in WHEEL if other != name], 1)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "tests/core/test_goldens.py",
        "fastsamplers/tests/test_goldens.py",
        "fastsamplers/kernel.cpp",
        "include/kernel.hpp",
        "fastsamplers/libfastsamplers_core.a",
        "release/__init__.py",
        "setup.py",
    ],
)
def test_what_a_wheel_should_not_have_is_found(name: str) -> None:
    assert len(wheel_contents.problems_of([*WHEEL, name], 1)) == 1


def test_what_a_source_archive_lacks_or_should_not_have_is_found() -> None:
    names = list(source_archive.NEEDED)
    assert source_archive.problems_of(names) == []
    assert source_archive.problems_of(names[1:]) == [f"{names[0]} is missing"]
    extra = "bench/results/samplers.json"
    assert source_archive.problems_of([*names, extra]) == [f"{extra} is not wanted"]
