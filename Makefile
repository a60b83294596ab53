# Everything is built, tested and installed from here: no configure, no
# recursion, objects only under $(B).
#
#   V=1        show the commands           SAN=address,undefined   sanitizers
#   B=dir      build there (build)         WERROR=0  warnings do not stop
#   CC=clang   another compiler            PREFIX, DESTDIR  for install

MAKEFLAGS += --no-builtin-rules
# All processors, unless somebody says how many; clean has to come alone.
ifeq ($(filter -j% clean,$(MAKEFLAGS) $(MAKECMDGOALS)),)
MAKEFLAGS += -j$(shell nproc)
endif
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

comma := ,
SAN :=
B := build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))
CC := gcc
AR := ar
WERROR := 1
V := 0
PREFIX := /usr/local
LIBDIR := $(PREFIX)/lib
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-5s %s\n' $(1) $(patsubst $(B)/%,%,$@);)

CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wstrict-prototypes $(if $(filter 1,$(WERROR)),-Werror)
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -DSHIM_CHECKS) \
	$(if $(findstring thread,$(SAN)),-Wno-tsan)
EARLY = $(if $(filter %/dl.o %/elf.o,$@),-fsanitize=%) # called by libasan first
DEPFLAGS = -MMD -MP -MF $@.d -MT $@
BASEFLAGS = -std=gnu11 -fPIC -fvisibility=hidden $(CFLAGS) $(WARN) $(SANFLAGS) \
	$(DEPFLAGS)
SHIMFLAGS = $(BASEFLAGS) -Ishim -Ishim/include -D_GNU_SOURCE= -DTELEMETRY_BUILDING_SHIM \
	-ftls-model=initial-exec -fexceptions -fasynchronous-unwind-tables \
	-ffunction-sections \
	-fno-plt $(if $(SAN),,-Wframe-larger-than=2048)
LDFLAGS ?=
HARDEN := -Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack -Wl,-z,nodelete \
	-Wl,--exclude-libs,ALL -Wl,--as-needed -Wl,--build-id
URCU := -lurcu-bp

SHIM := $(B)/libtelemetry_shim.so
SRC := $(sort $(wildcard shim/*/*.c shim/*/*/*.c))
FIRST := $(wildcard $(shell cat scripts/first.txt)) # runs in every process: in one place
OBJ := $(patsubst %.c,$(B)/obj/%.o,$(FIRST) $(filter-out $(FIRST),$(SRC)))
YAML := $(B)/obj/yaml.o
ARCHIVE := $(B)/libshim.a
REPORTER_SRC := $(sort $(wildcard reporters/*.c))
REPORTER_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(wildcard reporters/*.c reporters/*/*.c))
REPORTERS := $(REPORTER_SRC:reporters/%.c=$(B)/reporters/%.so)
COMMON_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(wildcard reporters/common/*.c))
COMMON := $(B)/libcommon.a
# Each reporter is linked with those of them that it uses.
REPORTER_LIBS := -lm -lmicrohttpd -lcares -l:libz.a
PARTS = $(patsubst %.c,$(B)/obj/%.o,$(wildcard reporters/$(1)/*.c))
HEADERS := $(filter-out %/builtin.h,$(wildcard $(addprefix shim/include/telemetry/*.,h hpp)))
UNIT := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/test_*.c)))

all: $(SHIM) $(REPORTERS) $(B)/functions $(B)/check $(B)/telemetry-host ## the shim and its reporters

$(B)/obj/shim/%.o: shim/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(filter-out $(EARLY),$(SHIMFLAGS)) -c -o $@ $<

$(B)/obj/reporters/%.o: reporters/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(BASEFLAGS) -Ishim/include -Ireporters -c -o $@ $<

$(YAML): scripts/yaml.sh | $(B)/deps
	$(call say,YAML)$< $$($(CC) -print-file-name=libyaml.a) $@

$(ARCHIVE): $(OBJ) $(YAML)
$(COMMON): $(COMMON_OBJ)
$(ARCHIVE) $(COMMON):
	$(call say,AR)rm -f $@; $(AR) rcs $@ $^

$(B)/exports.map: $(OBJ) scripts/exports.sh
	$(call say,MAP)scripts/exports.sh $(OBJ) >$@

$(SHIM): $(OBJ) $(YAML) $(B)/exports.map scripts/layout.ld
	$(call say,LINK)$(CC) -shared -o $@.new $(OBJ) $(YAML) -Wl,-soname,$(@F) \
		-Wl,--version-script=$(B)/exports.map -Wl,-Bsymbolic -Wl,-T,scripts/layout.ld -Wl,-z,noseparate-code \
		$(if $(SAN),,-Wl,-z,defs) $(HARDEN) $(SANFLAGS) $(LDFLAGS) $(URCU) && cp $@.new $@.copy && mv $@.copy $@ && rm $@.new

# A reporter may have parts, in a folder of its name.
.SECONDARY: $(REPORTER_OBJ)
.SECONDEXPANSION:
$(B)/reporters/%.so: $(B)/obj/reporters/%.o $$(call PARTS,$$*) $(COMMON)
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) -shared -o $@ $^ -Wl,-soname,telemetry-$(@F) \
		$(if $(SAN),,-Wl,-z,defs) $(HARDEN) $(SANFLAGS) $(LDFLAGS) $(REPORTER_LIBS)

# libc comes before the archive: a test takes malloc and the like from it, and
# not from the wrappers, unless it names something in the wrappers' files.
$(B)/tests/unit/%: tests/unit/%.c tests/lib/test.h $(ARCHIVE)
	@mkdir -p $(@D)
	$(call say,TEST)$(CC) $(filter-out -Wframe%,$(SHIMFLAGS)) -Itests/lib -Ireporters \
		-o $@ $< -lc $(ARCHIVE) $(URCU) -lpthread -lm -rdynamic

# Behind telemetry-run --list and --check-config; the exporter by itself.
$(B)/list: SITES = $(filter $(B)/obj/shim/wrap/%,$(OBJ)) -Wl,--version-script=scripts/list.map
$(B)/list $(B)/check $(B)/telemetry-host: $(B)/%: scripts/%.c $(ARCHIVE)
	$(call say,CC)$(CC) $(SHIMFLAGS) -o $@ $< $(SITES) -lc $(ARCHIVE) $(URCU) -lpthread

$(B)/functions: $(B)/list
	$(call say,LIST)$< >$@

INSTALLS := $(filter test demo bench% deps,$(MAKECMDGOALS)) # others say what is missing
$(B)/deps: scripts/deps.sh
	@scripts/deps.sh $(if $(INSTALLS),,--check) build
	@mkdir -p $(@D) && touch $@
$(OBJ) $(COMMON_OBJ) $(REPORTER_OBJ): | $(B)/deps

deps: ## installs the Debian packages that building and testing need
	scripts/deps.sh build demo test lint

RUN := B=$(B) CC="$(CC)" tests/lib/run.sh
CHECKS := $(sort $(wildcard scripts/check_*.sh))

test: all $(UNIT) ## all tests; installs what they need
	@scripts/deps.sh build test
	$(Q)$(RUN) tests/e2e tests/snippets/selftest tests/api tests/parity tests/db \
		tests/tls tests/hazards $(CHECKS) $(UNIT) tests/snippets
	$(Q)B=$(B) tests/lib/sanitized.sh

unit: $(UNIT) $(REPORTERS) ## tests of single modules
	$(Q)$(RUN) $(UNIT)

snippets: ## each wrapped function, with and without the shim
hazards: ## known ways to break a host
parity: ## the ancestors' behaviour, case by case (PARITY ids)
api: ## the public headers, in C and C++
db: ## database clients against real servers, counts checked
tls: ## TLS libraries against real peers, counts and bytes checked
e2e: ## real programs, with and without the shim
snippets hazards parity api db tls e2e: all
	$(Q)$(RUN) tests/$@

test-all: test ## test, and what takes minutes
	$(Q)TEST_LIMIT=600 TEST_JOBS=2 $(RUN) tests/slow

check-contracts: all ## layers, exports, orderings, sizes, the binary
	$(Q)$(RUN) $(CHECKS)

bench: ## what it costs, against none; README=1 writes the table there, RUNS=n judges budgets
bench-peers: ## the same loops under other tools, which it installs
bench-apps: ## real servers under load, against none; APPS=redis,nginx
bench bench-peers bench-apps: all
	$(Q)B=$(B) CC="$(CC)" README="$(README)" APPS="$(APPS)" tests/bench/run.sh $@

demo: all ## real programs under the shim, and what it saw
	@scripts/deps.sh build demo
	$(Q)B=$(B) scripts/demo.sh

FORMATTED = $(shell find shim reporters tests scripts -name '*.[ch]')
check-format: ## is everything as clang-format has it?
	$(Q)clang-format --dry-run -Werror $(FORMATTED)

format: ## makes it so
	$(Q)clang-format -i $(FORMATTED)

lint: ## clang-tidy and shellcheck
	$(Q)shellcheck -x -P SCRIPTDIR -S warning scripts/*.sh \
		scripts/telemetry-run .ci/run tests/*/*.sh
	$(Q)! clang-tidy --quiet $(SRC) -- $(filter-out $(DEPFLAGS) -fno-plt,\
		$(SHIMFLAGS)) 2>/dev/null | grep -A 4 '^$(CURDIR)/.*: [we][a-z]*:'

D = $(DESTDIR)
FILL = sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|'
FILLED := pkgconfig/telemetry.pc telemetry/telemetry.conf systemd/system/telemetry-host@.service
install: all ## into PREFIX (/usr/local), below DESTDIR
	install -d $(D)$(PREFIX)/bin $(D)$(PREFIX)/include/telemetry \
		$(addprefix $(D)$(LIBDIR)/,telemetry/reporters pkgconfig systemd/system)
	install -m 755 $(SHIM) $(D)$(LIBDIR)
	install -m 755 $(REPORTERS) $(D)$(LIBDIR)/telemetry/reporters
	install -m 755 $(B)/check $(B)/telemetry-host $(D)$(LIBDIR)/telemetry
	ln -sf $(LIBDIR)/telemetry/telemetry-host $(D)$(PREFIX)/bin
	install -m 644 $(B)/functions scripts/telemetry.yaml shim/NOTICE LICENSE $(D)$(LIBDIR)/telemetry
	install -m 644 $(HEADERS) $(D)$(PREFIX)/include/telemetry
	$(foreach f,$(FILLED),$(FILL) shim/$(notdir $f).in >$(D)$(LIBDIR)/$f &&) true
	sed 's|^libdir=.*|libdir=$(LIBDIR)|' scripts/telemetry-run | \
		install -m 755 /dev/stdin $(D)$(PREFIX)/bin/telemetry-run

uninstall: ## removes what install put there
	rm -rf $(addprefix $(D)$(PREFIX)/,bin/telemetry-run bin/telemetry-host include/telemetry) \
		$(addprefix $(D)$(LIBDIR)/,libtelemetry_shim.so telemetry $(FILLED))

clean: ## removes $(B)
	rm -rf $(B)

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' \
		Makefile
	@sed -n 's/^#   /  /p' Makefile

.PHONY: all deps test test-all unit snippets hazards parity api db tls e2e check-contracts bench bench-peers bench-apps demo check-format format lint install uninstall clean help
-include $(patsubst %,%.d,$(OBJ) $(REPORTER_OBJ) $(UNIT) $(B)/list $(B)/check $(B)/telemetry-host)
