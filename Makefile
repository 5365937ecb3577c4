# make help lists the targets.  Everything made lies in build/, but for ./cairn.
VERSION := $(shell cat VERSION)
COMMIT  := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
PREFIX  ?= /usr/local
BUILD   ?= build
V       ?= 0
Q       := $(if $(filter 1,$(V)),,@)

# A compiler's cache and a quick linker are used where they are installed.
CACHE    := $(if $(shell command -v ccache),ccache )
LINKER   := $(if $(shell command -v mold),-fuse-ld=mold)
ifeq ($(origin CC),default)
CC       := $(CACHE)cc
endif

PACKAGES := sqlite3 libxml-2.0 json-c libcrypto libnghttp2 libuv libzstd libsodium libcurl libqrencode cjose
OPT      ?= -O2
PKGFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
CFLAGS   += $(OPT) -g -std=c11 -D_GNU_SOURCE -I. -I$(BUILD)/gen \
            -DCAIRN_VERSION='"$(VERSION)"' $(PKGFLAGS)
CFLAGS   += -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wconversion -Wvla -Wimplicit-fallthrough -Wformat=2
CFLAGS   += -fno-strict-aliasing -fstack-protector-strong -fPIE -MMD -MP
LDFLAGS  += -pie
LDLIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lfcgi -lwslay $(LDLIBS)

ifdef SAN	# make SAN=1 test
BUILD    := $(BUILD)/san
CFLAGS   += -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined \
            -fno-omit-frame-pointer -Wno-format-truncation
LDFLAGS  += -fsanitize=address,undefined $(LINKER)
else ifdef FUZZ	# for `make fuzz` only
BUILD    := $(BUILD)/fuzz
CC       := $(CACHE)clang
CFLAGS   += -O1 -fsanitize=fuzzer-no-link,address,undefined \
            -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LDFLAGS  += -fsanitize=fuzzer,address,undefined
else
CFLAGS   += -D_FORTIFY_SOURCE=2
LDFLAGS  += -Wl,-z,relro,-z,now
endif
ifdef CI
CFLAGS   += $(if $(FUZZ),,-Werror)
endif

# The floors, lowest first.  A file includes headers of its own floor or below.
FLOORS   := base proto db policy tailnet
SHARED   := $(wildcard $(FLOORS:%=%/*.c))
DIRS     := $(FLOORS) policy/eval worker worker/relay fcgi cli keeper
PROGRAMS := cairn cairn-fcgi cairn-worker cairn-relay cairn-keeper policy-eval
cairn_SRC        := $(wildcard cli/*.c)
cairn-fcgi_SRC   := $(wildcard fcgi/*.c)
cairn-worker_SRC := $(wildcard worker/*.c)
cairn-relay_SRC  := $(wildcard worker/relay/*.c)
cairn-keeper_SRC := $(wildcard keeper/*.c)
policy-eval_SRC  := $(wildcard policy/eval/*.c)
BINARIES := $(foreach p,$(PROGRAMS),$(if $($(p)_SRC),$(BUILD)/bin/$(p)))
TESTS    := $(wildcard tests/*/*_test.c)
TEST_LIB := $(wildcard tests/lib/*.c)
FUZZERS  := $(wildcard tests/fuzz/*_fuzz.c)
TOOLS    := $(wildcard tests/tools/*.c)
SOURCES  := $(wildcard $(DIRS:%=%/*.[ch])) $(TESTS) $(FUZZERS) $(TOOLS) \
            $(wildcard tests/lib/*.[ch] tests/bench/*.c tests/growth/*.c) \
            $(wildcard tests/ledger/*.[ch] tests/model/*.[ch]) \
            $(filter-out $(TESTS),$(wildcard tests/load/*.[ch]))

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))

all: programs $(TOOLS:tests/tools/%.c=$(BUILD)/bin/%) ## build everything in place (the default)

programs: $(BINARIES) cairn policy-eval ## what `make run` runs, and nothing else

cairn policy-eval: %: $(BUILD)/bin/%
	$(Q)ln -sf $< $@

# db/schema/*.sql as C strings, in order.  The folder is newer when one was taken
# away.
$(BUILD)/gen/schema.inc: $(sort $(wildcard db/schema/*.sql)) db/schema
	@mkdir -p $(@D)
	$(Q)for f in $(filter %.sql,$^); do echo '/* '$$f' */'; \
	  sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/"&\\n"/' $$f; echo ','; \
	  done > $@
$(BUILD)/db/migrate.o: $(BUILD)/gen/schema.inc

# `cairn version` tells the commit; the file changes only when that does.
$(BUILD)/gen/commit: FORCE
	@mkdir -p $(@D)
	@echo '$(COMMIT)' | cmp -s - $@ || echo '$(COMMIT)' > $@
$(BUILD)/cli/misc.o: $(BUILD)/gen/commit
$(BUILD)/cli/misc.o: CFLAGS += -DCAIRN_COMMIT='"$(COMMIT)"'
.PHONY: FORCE

$(BUILD)/libcairn.a: $(call obj,$(SHARED))
	@rm -f $@
	$(Q)ar rcs $@ $^

define program
$(BUILD)/bin/$(1): $(call obj,$($(1)_SRC)) $(BUILD)/libcairn.a
	@mkdir -p $$(@D)
	@echo "  LD $$@"
	$$(Q)$$(CC) $$(LDFLAGS) $$^ $$(LDLIBS) -o $$@
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

# Pages name style sheet and script by what is in them, so that they may be kept
# for ever; nginx leaves the hash out again (nginx/cairn-locations.conf).
STYLE_HASH  := $(shell sha256sum www/cairn.css | cut -c1-12)
SCRIPT_HASH := $(shell sha256sum www/cairn.js | cut -c1-12)
$(BUILD)/fcgi/frame.o: CFLAGS += -DSTYLE_HASH='"$(STYLE_HASH)"' -DSCRIPT_HASH='"$(SCRIPT_HASH)"'
$(BUILD)/fcgi/frame.o: www/cairn.css www/cairn.js

# A test links its program's objects without main.c, by the folder it lies in:
# tests/fcgi/x_test.c may reach fcgi/*.c, tests/relay/ worker/relay/*.c.
PART_fcgi   := $(filter-out %/main.c,$(cairn-fcgi_SRC))
PART_policy := $(filter-out %/main.c,$(policy-eval_SRC))
PART_worker := $(filter-out %/main.c,$(cairn-worker_SRC))
PART_relay  := $(filter-out %/main.c,$(cairn-relay_SRC))
PART_cli    := $(filter-out %/main.c,$(cairn_SRC))
LOAD        := $(filter-out $(TESTS),$(wildcard tests/load/*.c))
PART_load   := $(filter-out %/main.c,$(LOAD))
# An archive: a test takes of it what it names, and nothing clashes.
$(BUILD)/libtest.a: $(call obj,$(TEST_LIB))
	@rm -f $@
	$(Q)ar rcs $@ $^
define unit
$(BUILD)/$(1:%.c=%): $(call obj,$(1) $(PART_$(word 2,$(subst /, ,$(1))))) $(BUILD)/libtest.a $(BUILD)/libcairn.a
	@echo "  LD $$@"
	$$(Q)$$(CC) $$(LDFLAGS) $$^ $$(LDLIBS) -lcmocka -o $$@
endef
$(foreach t,$(TESTS),$(eval $(call unit,$(t))))
# Tests that run a program need it, but do not link it.
$(BUILD)/tests/fcgi/process_test: | $(BUILD)/bin/cairn-fcgi
$(patsubst %.c,$(BUILD)/%,$(wildcard tests/worker/*_test.c)): | $(BUILD)/bin/cairn-fcgi $(BUILD)/bin/cairn-worker

unit-programs: $(TESTS:%.c=$(BUILD)/%)

units: $(TESTS:%.c=$(BUILD)/%) ## build and run the unit tests (SAN=1: with sanitizers)
	$(Q)failed=0; for t in $^; do $$t || failed=1; done; exit $$failed

run: ## a whole cairn in the foreground, with its own nginx; Ctrl-C ends it
	@exec scripts/run.sh

deps: ## install the Debian packages that are missing
	@scripts/deps.sh

quick: ## build, units, lints and one fake join, in three minutes
	@tests/run quick

test: ## set up and run everything; ends with: N passed, N failed, N skipped
	@scripts/deps.sh
	@tests/run all

test-long: ## the same suites with larger counts
	@scripts/deps.sh
	@tests/run long

screens: all ## the pictures of docs/screens, made anew
	@python3 tests/pages/screens.py

BENCHES  := $(wildcard tests/bench/*.c)
define bench_program
$(BUILD)/$(1:%.c=%): $(call obj,$(1) $(TEST_LIB) $(BENCH_$(notdir $(1:%.c=%)))) $(BUILD)/libcairn.a
	@mkdir -p $$(@D)
	@echo "  LD $$@"
	$$(Q)$$(CC) $$(LDFLAGS) $$^ $$(LDLIBS) -lcmocka -o $$@
endef
BENCH_pages := $(PART_fcgi)
BENCH_audit := $(PART_fcgi)
BENCH_relay := $(PART_relay)
$(foreach b,$(BENCHES),$(eval $(call bench_program,$(b))))

bench: all $(BENCHES:%.c=$(BUILD)/%) ## print the figures
	$(Q)for b in $(BENCHES:%.c=$(BUILD)/%); do $$b || exit 1; done

# Many simulated clients against a cairn of its own: tests/load/main.c.
N         ?= 1000
SCENARIOS ?= S1,S2,S3,S4,S5
MODE      ?= nginx
POLICY    ?= open
$(BUILD)/tests/load/load: $(call obj,$(LOAD) $(TEST_LIB)) $(BUILD)/libcairn.a
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

load: all $(BUILD)/tests/load/load ## a storm of clients: N=1000 SCENARIOS=S1,S2,S3,S4,S5 MODE=nginx|direct POLICY=open|ordinary
	@CAIRN_LOG=warn $(BUILD)/tests/load/load --nodes $(N) \
	  --scenarios $(SCENARIOS) --mode $(MODE) --policy $(POLICY) $(LOAD_ARGS)

# What valgrind counts, with the worker's parts: tests/growth/run.sh.
$(BUILD)/tests/growth/laws: $(call obj,tests/growth/laws.c $(TEST_LIB) $(PART_worker)) $(BUILD)/libcairn.a
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# Kills, and what was acknowledged before them: tests/ledger/main.c.
LEDGER   := $(filter-out %/shim.c,$(wildcard tests/ledger/*.c))
$(BUILD)/tests/ledger/ledger: $(call obj,$(LEDGER)) $(BUILD)/libtest.a $(BUILD)/libcairn.a
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@
$(BUILD)/tests/ledger/shim.so: tests/ledger/shim.c
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(filter-out -fPIE,$(CFLAGS)) -fPIC -shared $< -o $@
ledger: all $(BUILD)/tests/ledger/ledger $(BUILD)/tests/ledger/shim.so

# Random lives of a tailnet, held against a model: tests/model/walk.py.
$(BUILD)/tests/model/stage: $(call obj,tests/model/stage.c) $(BUILD)/libtest.a $(BUILD)/libcairn.a
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@
$(BUILD)/tests/model/leap.so: tests/model/leap.c
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(filter-out -fPIE -fsanitize%,$(CFLAGS)) -fPIC -shared $< -o $@
model: $(BUILD)/bin/cairn-fcgi $(BUILD)/bin/cairn-worker $(BUILD)/tests/model/stage $(BUILD)/tests/model/leap.so

# Programs that tests and people run beside the server: build/bin/fake_join.
define tool
$(BUILD)/bin/$(1:tests/tools/%.c=%): $(call obj,$(1) $(TEST_LIB)) $(BUILD)/libcairn.a
	@mkdir -p $$(@D)
	@echo "  LD $$@"
	$$(Q)$$(CC) $$(LDFLAGS) $$^ $$(LDLIBS) -o $$@
endef
$(foreach t,$(TOOLS),$(eval $(call tool,$(t))))

# A fuzzer may reach any floor and any program's part.
$(BUILD)/libparts.a: $(call obj,$(PART_fcgi) $(PART_worker) $(PART_relay))
	@rm -f $@
	$(Q)ar rcs $@ $^

$(BUILD)/tests/fuzz/%_fuzz: $(BUILD)/tests/fuzz/%_fuzz.o $(BUILD)/libparts.a $(BUILD)/libcairn.a
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@
fuzz-programs: $(FUZZERS:%.c=$(BUILD)/%)

fuzz: ## run each fuzzer for FUZZ_SECONDS (60), from its seeds
	$(Q)$(MAKE) -s FUZZ=1 fuzz-programs
	@tests/fuzz/run $(FUZZERS)

DATA     := $(PREFIX)/share/cairn
LIBEXEC  := $(PREFIX)/libexec/cairn
install: all ## PREFIX=/usr/local, DESTDIR= for packages
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBEXEC) $(DESTDIR)$(DATA)/www \
	  $(DESTDIR)$(PREFIX)/lib/systemd/system
	install -m 755 $(BUILD)/bin/cairn $(DESTDIR)$(PREFIX)/bin/
	install -m 755 $(filter-out %/cairn %/cairn-keeper %/policy-eval,$(BINARIES)) $(DESTDIR)$(LIBEXEC)/
	sed 's|/usr/local/share/cairn|$(DATA)|' nginx/cairn-locations.conf > $(DESTDIR)$(DATA)/cairn-locations.conf
	sed 's|/usr/local/share/cairn|$(DATA)|' nginx/cairn-relay-locations.conf > $(DESTDIR)$(DATA)/cairn-relay-locations.conf
	sed 's|/usr/local/share/cairn|$(DATA)|' nginx.conf.example > $(DESTDIR)$(DATA)/nginx.conf.example
	$(if $(wildcard www/*),cp -R www/. $(DESTDIR)$(DATA)/www/)
	for u in dist/systemd/*.service dist/systemd/*.target; do \
	  sed 's|/usr/local|$(PREFIX)|g' $$u > $(DESTDIR)$(PREFIX)/lib/systemd/system/$${u##*/}; done
	$(if $(wildcard docs/man/*.1),install -d $(DESTDIR)$(PREFIX)/share/man/man1 && \
	  install -m 644 docs/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/)

check: ## format, floors, headers, documents; no test is run
	clang-format --dry-run -Werror $(SOURCES)
	sh tests/lint/floors.sh $(FLOORS)
	sh tests/lint/headers.sh
	sh tests/lint/links.sh
	python3 tests/lint/catalogue.py
	python3 tests/lint/events.py

format: ## rewrite the sources in the house format
	clang-format -i $(SOURCES)

clean: ## remove what make made
	rm -rf build cairn policy-eval

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

.DEFAULT_GOAL := all
.PHONY: all programs ledger model screens units unit-programs run deps quick test test-long bench load \
        fuzz fuzz-programs install check format clean help
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
