# make demo | test | lint | bench | help. Each target sets up what it needs, in .venv and build/.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check -q

# CMake and Ninja are among what is installed there.
export PATH := $(CURDIR)/$(BIN):$(PATH)

# Versions of everything that is installed, build requirements included.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_BUILD_CONSTRAINT := $(PIP_CONSTRAINT)

SOURCES := CMakeLists.txt pyproject.toml \
	$(shell find csrc python -name '*.?pp' -o -name '*.py' -o -name '*.pyi' -o -name 'py.typed')

.PHONY: help demo test test-python test-pythons test-cpp test-aarch64 test-large test-frameworks frameworks lint stubs format bench bench-large lengths quality dieharder fuzz soak asan tsan valgrind test-threads faults report docs wheels build-windows clean

help:
	@echo "make demo        train with torch's samplers and with ours, then shuffle a billion indices"
	@echo "make test        the C++ tests, the Python tests, and those with frameworks"
	@echo "make test-cpp, make test-python  some of them alone"
	@echo "make test-large  the tests that need minutes and gigabytes"
	@echo "make test-threads  tests run by four threads at once, each"
	@echo "make test-frameworks  the tests inside Accelerate, Lightning, Transformers, torchdata, Ray"
	@echo "make test-pythons  kernels without torch on every other Python that pyenv has"
	@echo "make test-aarch64  the C++ tests built for 64-bit ARM, under qemu"
	@echo "make asan        C++ and Python tests under AddressSanitizer and UndefinedBehaviorSanitizer"
	@echo "make tsan        C++ tests of code with threads under ThreadSanitizer"
	@echo "make valgrind    the C++ tests under valgrind (25 minutes)"
	@echo "make lint        formatters, linters, type checker"
	@echo "make stubs       the types of the extension from its signatures, into _core.pyi"
	@echo "make format      let the formatters write"
	@echo "make bench       measure beside torch, write bench/results/"
	@echo "make bench-large  add what takes minutes and gigabytes to bench/results/"
	@echo "make lengths     train on text with batches made in four ways (8 minutes), write bench/results/"
	@echo "make frameworks  those tests and measurements beside torch, write bench/results/"
	@echo "make quality     the statistical tests of index shuffle and weighted draws at full size"
	@echo "make dieharder   dieharder's tests of the same, write bench/results/"
	@echo "make fuzz        fuzz the kernels and the samplers (6 minutes, longer by SECONDS_EACH=600), write bench/results/"
	@echo "make soak        random configurations beside torch's for MINUTES=5, write bench/results/"
	@echo "make faults      kills, forks, Ctrl-C and short memory at random for MINUTES=5, write bench/results/"
	@echo "make report      tables and plots of README and docs from bench/results/"
	@echo "make docs        the documentation with its code run, into build/docs/html"
	@echo "make wheels      what this machine can prove of a release: source archive, wheels, instructions"
	@echo "make build-windows  the C++ kernels compiled for 64-bit Windows, by MinGW-w64"
	@echo "make clean       remove build/ and .venv/"

# Set-up. torch first and pinned: an open range would fetch a build with gigabytes of CUDA.
$(VENV)/.base: constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install pip
	$(PIP) install torch numpy
	@touch $@

$(VENV)/.demo: $(VENV)/.base pyproject.toml
	$(PIP) install --group demo
	@touch $@

$(VENV)/.test: $(VENV)/.base pyproject.toml
	$(PIP) install --group test
	@touch $@

$(VENV)/.sanitizers: $(VENV)/.base pyproject.toml
	$(PIP) install --group sanitizers
	@touch $@

$(VENV)/.lint: $(VENV)/.base pyproject.toml
	$(PIP) install --group lint
	@touch $@

$(VENV)/.bench: $(VENV)/.base pyproject.toml
	$(PIP) install --group bench
	@touch $@

$(VENV)/.peers: $(VENV)/.bench
	$(PIP) install --group peers
	@touch $@

$(VENV)/.docs: $(VENV)/.base pyproject.toml
	$(PIP) install --group docs
	@touch $@

$(VENV)/.wheels: $(VENV)/.base pyproject.toml
	$(PIP) install --group wheels
	@touch $@

$(VENV)/.package: $(VENV)/.base $(SOURCES)
	$(PIP) install --no-deps .
	@touch $@

# An extra of the package, which is installed already and is not built again.
$(VENV)/.frameworks: pyproject.toml constraints.txt | $(VENV)/.package
	$(PIP) install "fastsamplers[frameworks]"
	@touch $@

# The C++ test and benchmark libraries come from the system's packages.
define system_package
	@test -e $(2) || (command -v apt-get >/dev/null && test "$$(id -u)" = 0 \
		&& apt-get update -qq && apt-get install -y -qq $(1) >/dev/null) \
		|| echo "$(1) is missing and cannot be installed here: install it to run this part"
endef

demo: $(VENV)/.demo $(VENV)/.package
	$(BIN)/python -m examples.demo

test: test-cpp test-python test-frameworks

# Two processes, each of which has tests with threads.
test-python: $(VENV)/.test $(VENV)/.package
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-cpp: $(VENV)/.test
	$(call system_package,catch2,/usr/include/catch2/catch.hpp)
	@test ! -e /usr/include/catch2/catch.hpp || ( \
		$(BIN)/cmake --preset tests >/dev/null && $(BIN)/cmake --build --preset tests \
		&& $(BIN)/ctest --preset tests )

test-aarch64: $(VENV)/.test
	$(call system_package,catch2,/usr/include/catch2/catch.hpp)
	$(call system_package,g++-aarch64-linux-gnu,/usr/bin/aarch64-linux-gnu-g++)
	$(call system_package,qemu-user-static,/usr/bin/qemu-aarch64-static)
	$(BIN)/cmake --preset aarch64 >/dev/null
	$(BIN)/cmake --build --preset aarch64
	$(BIN)/ctest --preset aarch64

test-large: $(VENV)/.test $(VENV)/.package
	$(BIN)/python -m pytest -m large

# Those that touch nothing of which a process has one.
test-threads: $(VENV)/.test $(VENV)/.package
	$(BIN)/python -m pytest --parallel-threads 4 tests/core --ignore tests/core/test_index_shuffle_quality.py \
		tests/parity/test_bucket_argsort.py tests/parity/test_bucket_batch.py \
		tests/parity/test_distributed_options.py tests/parity/test_feistel_distributed.py \
		tests/parity/test_index_shuffle.py tests/parity/test_pack.py \
		tests/parity/test_packed_batch.py tests/parity/test_planned_ranks.py

test-frameworks: $(VENV)/.test $(VENV)/.package $(VENV)/.frameworks
	$(BIN)/python -m pytest tests/frameworks

test-pythons: $(VENV)/.test
	$(BIN)/nox -s kernels

# The extension and the Python files beside it, as an installation has them: the tests find this one.
asan: $(VENV)/.sanitizers
	$(call system_package,catch2,/usr/include/catch2/catch.hpp)
	$(BIN)/cmake --preset asan -Dpybind11_DIR=$$($(BIN)/python -m pybind11 --cmakedir) >/dev/null
	$(BIN)/cmake --build --preset asan
	rm -rf build/asan/site
	$(BIN)/cmake --install build/asan --prefix build/asan/site >/dev/null
	cp -r python/fastsamplers build/asan/site
	$(BIN)/python -m trust.sanitizers asan

tsan: $(VENV)/.sanitizers $(VENV)/.package
	$(call system_package,catch2,/usr/include/catch2/catch.hpp)
	$(BIN)/cmake --preset tsan >/dev/null
	$(BIN)/cmake --build --preset tsan
	$(BIN)/python -m trust.sanitizers tsan

valgrind: $(VENV)/.sanitizers $(VENV)/.package
	$(call system_package,catch2,/usr/include/catch2/catch.hpp)
	$(call system_package,valgrind,/usr/bin/valgrind)
	$(BIN)/cmake --preset valgrind >/dev/null
	$(BIN)/cmake --build --preset valgrind
	$(BIN)/python -m trust.sanitizers valgrind

lint: $(VENV)/.lint $(VENV)/.test $(VENV)/.package
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m bench.report --check
	$(BIN)/python -m release.core_stub --check
	$(BIN)/python -m mypy.stubtest fastsamplers._core --allowlist .ci/stubtest-allowlist.txt
	$(BIN)/clang-format --dry-run -Werror $$(git ls-files 'csrc/*.?pp' 'tests/cpp/*.?pp' 'tests/fuzz/*.?pp' 'bench/cpp/*.?pp')
	$(BIN)/cmake --preset tidy -Dpybind11_DIR=$$($(BIN)/python -m pybind11 --cmakedir) >/dev/null
	git ls-files 'csrc/*.cpp' | xargs -P 2 -n 4 $(BIN)/clang-tidy -p build/tidy --quiet

# After a change to a binding.
stubs: $(VENV)/.lint $(VENV)/.package
	$(BIN)/python -m release.core_stub

format: $(VENV)/.lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $$(git ls-files 'csrc/*.?pp' 'tests/cpp/*.?pp' 'tests/fuzz/*.?pp' 'bench/cpp/*.?pp')

bench: $(VENV)/.peers $(VENV)/.test $(VENV)/.package
	$(call system_package,libbenchmark-dev,/usr/include/benchmark/benchmark.h)
	@test ! -e /usr/include/benchmark/benchmark.h || ( \
		$(BIN)/cmake --preset bench >/dev/null && $(BIN)/cmake --build --preset bench )
	$(BIN)/fastsamplers bench --json > bench/results/beside_torch.json
	$(BIN)/python -m bench.run

bench-large: $(VENV)/.bench $(VENV)/.package
	$(BIN)/python -m bench.run --large

lengths: $(VENV)/.demo $(VENV)/.package
	$(BIN)/python -m examples.lengths --snippets 3000 --epochs 2 --seeds 5 --json bench/results/lengths.json

frameworks: $(VENV)/.test $(VENV)/.package $(VENV)/.frameworks
	$(BIN)/python -m pytest tests/frameworks --conformance bench/results/conformance.json
	$(BIN)/python -m bench.frameworks
	$(BIN)/python -m bench.report

# How long these go on.
MINUTES ?= 5

faults: $(VENV)/.test $(VENV)/.package
	$(BIN)/python -m trust.faults --minutes $(MINUTES)

quality: $(VENV)/.test $(VENV)/.package
	$(BIN)/python -m bench.quality.run
	$(BIN)/python -m bench.quality.run_weighted

dieharder: $(VENV)/.test $(VENV)/.package
	$(call system_package,dieharder,/usr/bin/dieharder)
	$(BIN)/python -m bench.quality.dieharder

# Seconds for each target, of which two run at a time; the state machines take as long as four.
SECONDS_EACH ?= 15

fuzz: $(VENV)/.test $(VENV)/.package
	$(call system_package,clang-14,/usr/bin/clang++-14)
	$(call system_package,libclang-rt-14-dev,/usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/libclang_rt.fuzzer-x86_64.a)
	$(BIN)/cmake --preset fuzz >/dev/null
	$(BIN)/cmake --build --preset fuzz
	$(BIN)/python -m trust.fuzz --seconds-each $(SECONDS_EACH)

soak: $(VENV)/.test $(VENV)/.package
	$(BIN)/python -m trust.soak --minutes $(MINUTES) --results bench/results/trust

report: $(VENV)/.bench $(VENV)/.package
	$(BIN)/python -m bench.report

# The adapters' docstrings are read by importing them, which needs their frameworks.
docs: $(VENV)/.docs $(VENV)/.test $(VENV)/.package $(VENV)/.frameworks
	$(BIN)/python docs/pictures/draw.py
	$(BIN)/python -m pytest tests/package/test_documentation.py tests/package/test_docstrings.py
	$(BIN)/python -m pytest tests/frameworks/test_pages.py
	$(BIN)/python -m sphinx -b html -W --keep-going -n -q -E -d build/docs/doctrees docs build/docs/html

wheels: $(VENV)/.wheels
	$(BIN)/python -m release.build_matrix
	$(BIN)/python -m release.source_archive build/wheels
	$(BIN)/nox -s wheels
	$(BIN)/python -m release.instruction_sets \
		build/wheels/$$($(BIN)/python -c 'import sys; print("cp%d%d" % sys.version_info[:2])')/built build/wheels/sdist

build-windows: $(VENV)/.test
	$(call system_package,g++-mingw-w64-x86-64-posix,/usr/bin/x86_64-w64-mingw32-g++-posix)
	$(BIN)/cmake --preset windows >/dev/null
	$(BIN)/cmake --build --preset windows

clean:
	rm -rf build $(VENV)
