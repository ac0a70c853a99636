# scoring: customer scores in PostgreSQL
#
#   make, make install    build and install against the server of pg_config
#   make installcheck     the regression and isolation tests against a running server
#   make test             everything, on a throwaway server of its own
#   make versions         the same and the demo in bare roots of Debian; needs root
#   make sanitize         the same in builds that watch themselves; slow
#   make demo             a reference customer database, scored (KEEP=1 leaves it up)
#   make bench            the ratios of the README, measured here

EXTENSION = scoring
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" scoring.control)
MODULE_big = scoring
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))
DATA_built = scoring--$(EXTVERSION).sql
EXTRA_CLEAN = scoring--*.sql src/.built_for results regression.diffs regression.out

REGRESS = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test --load-extension=scoring
ISOLATION = $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test --outputdir=. --load-extension=scoring

# PostgreSQL's own headers and calling convention leave parameters unused,
# compare signs and zero-initialise by {0}; all other warnings are ours.
# (A server built by gcc hands flags over that clang does not know.)
# The same digits on any machine: no product and sum are rounded as one.
PG_CPPFLAGS = -I$(srcdir)/src
PG_CFLAGS = -ffp-contract=off -fno-semantic-interposition -Wextra -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers $(WERROR) \
	$(if $(findstring clang,$(CC)),-Wno-unknown-warning-option \
		-Wno-ignored-optimization-argument -Wno-ignored-attributes)

# PostgreSQL loads libraries into one name space: our functions call our own
comma = ,
SHLIB_LINK = $(if $(filter linux freebsd,$(PORTNAME)),-Wl$(comma)-Bsymbolic)

PG_CONFIG ?= pg_config
export PG_CONFIG
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
else
# a fresh machine; only what runs the tests or the demo may install packages
all install installcheck:
	@echo "$(PG_CONFIG) has no PGXS: PostgreSQL's headers for extensions are missing." >&2
	@echo "On Debian: apt-get install postgresql-server-dev-15 (for version 15), or test/setup." >&2
	@exit 1
endif

# the parts of the script in their order; each that lies there is in the list
PARTS = $(addprefix sql/,$(shell sed 's/[[:space:]]*\#.*//' sql/install))
UNLISTED = $(filter-out $(PARTS),$(wildcard sql/*.sql sql/*/*.sql))

scoring--$(EXTVERSION).sql: $(PARTS) sql/install scoring.control
	$(if $(UNLISTED),$(error not in sql/install: $(UNLISTED)))
	cat $(PARTS) > $@

# objects that were made for another server are made anew
built_for = src/.built_for
$(shell { $(PG_CONFIG) --pgxs --version | cmp -s - $(built_for) || \
	$(PG_CONFIG) --pgxs --version >$(built_for); } 2>/dev/null)

$(OBJS) $(OBJS:.o=.bc): $(wildcard src/*.h src/*/*.h) $(built_for)
$(built_for):

test:
	@test/run

versions sanitize:
	@test/$@

demo bench:
	@test/$@/run

.PHONY: test versions sanitize demo bench
