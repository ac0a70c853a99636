/*
 * fuzz.c
 *		Feeds broken timelines and grids to a server.
 *
 *	fuzz [-n COUNT] [-s SEED]		so many inputs, of that seed
 *	fuzz -t TYPE -f FORM -x HEX		one input, as a report names it
 *
 * Each input must be refused by an error that speaks of data (class 22) or of
 * a limit (class 54), or be taken; and what is taken must be the same after
 * another trip through text and through a message, and must keep the laws of
 * the functions that use it.  The first line gives the seed, the last one
 * counts.  Exits with 1 when anything else happened, such as a lost
 * connection, an internal error or a statement that did not end.
 */
#include "fuzz.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define BATCH			128
#define POOL			256
#define STATES_MAX		40
#define VIOLATIONS_MAX	10

/* so many laws are tried on each value that is taken */
#define LAWS_EACH		3

/* one stream of COPY in so many batches, for each form */
#define COPY_EVERY		2

/* a value the server took, in both forms as it gave them back */
typedef struct Value
{
	Bytes		forms[2];
} Value;

typedef struct Case
{
	ValueType	type;
	ValueForm	form;
	Bytes		input;
	Value		value;			/* when it was taken */
	bool		taken;
} Case;

typedef struct Tally
{
	long		fed;
	long		taken;
	int			nstates;
	char		states[STATES_MAX][6];
	long		refused[STATES_MAX];
} Tally;

/*
 * What must hold of $1 and $2, timelines, $3 and $4, grids, and $5, a day:
 * true, or NULL, or an error as above.
 */
static const char *const laws[] = {
	/* timelines */
	"SELECT $1 + $2 = $2 + $1",
	"SELECT $1 + $2 - $2 = $1",
	"SELECT ($1 - $1) IS NULL",
	"SELECT (SELECT rollup(t) FROM unnest(ARRAY[$1, $2]) AS t) = $1 + $2",
	"SELECT coalesce(as_of($1, $5) + forget($1, $5 + 1), as_of($1, $5), forget($1, $5 + 1)) = $1",
	"SELECT ($1 < $2)::int + ($1 = $2)::int + ($1 > $2)::int = 1",
	"SELECT bool_and(count >= 1 AND valued BETWEEN 0 AND count AND (valued > 0 OR value = 0))"
	" AND min(occurred_on) = first_on($1) AND max(occurred_on) = last_on($1) FROM interactions($1)",
	"SELECT bool_and(c = count_of($1, touchpoint) AND v = value_of($1, touchpoint)"
	" AND d = last_on($1, touchpoint)) FROM (SELECT touchpoint, sum(count) AS c,"
	" sum(value) AS v, max(occurred_on) AS d FROM interactions($1) GROUP BY 1) AS s",
	"SELECT count_of($1, 'click', $5 - 100, $5) <= count_of($1, 'click')",
	/* grids */
	"SELECT (SELECT grid(touchpoint, rule) FROM rules($3)) = $3",
	"SELECT $3::jsonb::grid = $3",
	"SELECT ($3 < $4) = ($3::text COLLATE \"C\" < $4::text COLLATE \"C\")",
	"SELECT ($3 < $4)::int + ($3 = $4)::int + ($3 > $4)::int = 1",
	"SELECT (SELECT count(*) FROM describe($3)) >= (SELECT count(*) FROM rules($3))",
	"SELECT cardinality(equal_cuts($3, 5)) = 4",
	/* both */
	"SELECT score($1, $3, $5) = coalesce(score(as_of($1, $5), $3, $5), 0)",
	"SELECT score($1, $3, $5) = (SELECT coalesce(sum(points), 0) FROM breakdown($1, $3, $5))::float8",
	"SELECT score($1, $3, $5) BETWEEN coalesce(lowest, '-Infinity')::float8"
	" AND coalesce(highest, 'Infinity')::float8 FROM bounds($3)",
	"SELECT delta = cooling + activity FROM score_delta($1, $3, $5 - 30, $5)",
	"SELECT bool_and(h.score = score($1, $3, h.as_of)) FROM score_history($1, $3, $5, $5 + 60, '20 days') AS h",
	"SELECT c > $5 AND tier(score($1, $3, c), '{-5,0,10,100}') <> tier(score($1, $3, $5), '{-5,0,10,100}')"
	" AND tier(score($1, $3, c - 1), '{-5,0,10,100}') = tier(score($1, $3, $5), '{-5,0,10,100}')"
	" FROM crosses($1, $3, '{-5,0,10,100}', $5) AS c",
	"SELECT coalesce(engagement($3, touchpoint, occurred_on, value::float8, $5), 0)"
	" = coalesce(score(timeline(touchpoint, occurred_on, value::float8), $3, $5), 0) FROM interactions($1)"
};

static const char *const reads[] = {
	"SELECT $1, $1::text",
	"SELECT $1, $1::text"
};

/* the text and the message that it gave, read again, are one value */
static const char again[] =
	"SELECT $1, $1::text, $2, $2::text, $1 = $2 AND $1 >= $2 AND $1 <= $2"
	" AND NOT ($1 <> $2 OR $1 < $2 OR $1 > $2)"
	" AND hash_array(ARRAY[$1]) = hash_array(ARRAY[$2])";

static const char *const read_names[] = {"read_timeline", "read_grid"};
static const char *const again_names[] = {"again_timeline", "again_grid"};
static char law_names[LENGTH_OF(laws)][16];

static PGconn *conn;
static Value pools[2][POOL];
static size_t pooled[2];
static Tally tallies[3][2];		/* by type and form; COPY is the third type */
static long laws_held[LENGTH_OF(laws)];
static int	violations;

static void
print_hex(const Bytes *b)
{
	for (size_t i = 0; i < b->len; i++)
		fprintf(stderr, "%02x", (unsigned char) b->data[i]);
	fputc('\n', stderr);
}

static void
report(const char *what, const PGresult *result, ValueType type,
	   ValueForm form, const Bytes *input)
{
	fprintf(stderr, "VIOLATION: %s\n", what);
	if (result == NULL)
		fputs("  the connection was lost\n", stderr);
	else if (PQresultStatus(result) == PGRES_FATAL_ERROR)
		fprintf(stderr, "  SQLSTATE %s: %s", sqlstate_of(result),
				PQresultErrorMessage(result));
	fprintf(stderr, "  to see it again: test/fuzz/run -t %s -f %s -x ",
			type_names[type], form_names[form]);
	print_hex(input);
	violations++;
}

/*
 * An error that malformed or extreme data may cause.  (PostgreSQL itself says
 * 08P01, protocol violation, of a message that ends early.)
 */
static bool
is_sane(const PGresult *result, ValueForm form)
{
	const char *state = sqlstate_of(result);

	return strncmp(state, "22", 2) == 0 || strncmp(state, "54", 2) == 0 ||
		(form == BINARY && strcmp(state, "08P01") == 0);
}

static void
count_refusal(Tally *tally, const char *state)
{
	int			i;

	for (i = 0; i < tally->nstates; i++)
		if (strcmp(tally->states[i], state) == 0)
			break;
	if (i == STATES_MAX)
		i--;
	if (i == tally->nstates)
		snprintf(tally->states[tally->nstates++], 6, "%s", state);
	tally->refused[i]++;
}

static bool
field_is(const PGresult *result, int column, const Bytes *value)
{
	return !PQgetisnull(result, 0, column) &&
		(size_t) PQgetlength(result, 0, column) == value->len &&
		memcmp(PQgetvalue(result, 0, column), value->data, value->len) == 0;
}

static bool
field_is_false(const PGresult *result, int column)
{
	return !PQgetisnull(result, 0, column) &&
		PQgetvalue(result, 0, column)[0] == 0;
}

static void
take_field(const PGresult *result, int column, Bytes *to)
{
	bytes_cut(to, 0);
	bytes_add(to, PQgetvalue(result, 0, column),
			  (size_t) PQgetlength(result, 0, column));
}

static void
prepare(void)
{
	Oid			types[PARAMS_MAX];
	Oid			found[3];
	PGresult   *result = PQexec(conn, "SELECT 'timeline'::regtype::oid, 'grid'::regtype::oid, 'date'::regtype::oid");

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
	{
		fputs(PQerrorMessage(conn), stderr);
		exit(2);
	}
	for (int i = 0; i < 3; i++)
		found[i] = (Oid) strtoul(PQgetvalue(result, 0, i), NULL, 10);
	PQclear(result);

	for (int type = TIMELINE; type <= GRID; type++)
	{
		types[0] = types[1] = found[type];
		server_prepare(conn, read_names[type], reads[type], 1, types);
		server_prepare(conn, again_names[type], again, 2, types);
	}
	types[0] = types[1] = found[TIMELINE];
	types[2] = types[3] = found[GRID];
	types[4] = found[2];
	for (size_t l = 0; l < LENGTH_OF(laws); l++)
	{
		snprintf(law_names[l], sizeof(law_names[l]), "law%d", (int) l);
		server_prepare(conn, law_names[l], laws[l], 5, types);
	}
	server_do(conn, "CREATE TEMP TABLE fuzz (t timeline, g grid)");
}

/*
 * Asks them all, and returns how many of the answers count.  A lost connection
 * takes answers along that were on their way, so what has none is asked again,
 * one by one, until one of them breaks the connection alone: the last to count.
 */
static int
ask_all(Ask *asks, int n)
{
	bool		lost = false;

	server_ask(conn, asks, n);
	for (int i = 0; i < n; i++)
	{
		if (asks[i].result != NULL)
			continue;
		if (!lost)
		{
			PQfinish(conn);
			conn = server_connect();
			prepare();
			lost = true;
		}
		server_ask(conn, &asks[i], 1);
		if (asks[i].result == NULL)
			return i + 1;
	}
	if (lost)
	{
		fprintf(stderr, "VIOLATION: the connection was lost, and none of %d statements alone does it\n", n);
		violations = VIOLATIONS_MAX;
	}
	return n;
}

static void
clear_asks(Ask *asks, int n)
{
	for (int i = 0; i < n; i++)
	{
		PQclear(asks[i].result);
		asks[i].result = NULL;
	}
}

static void
set_param(Ask *ask, int i, ValueForm form, const Bytes *bytes)
{
	ask->params[i].form = form;
	bytes_copy(&ask->params[i].bytes, bytes);
	if (ask->nparams <= i)
		ask->nparams = i + 1;
}

/* first trip: is it taken, and as what? */
static void
read_cases(Case *cases, int n)
{
	static Ask	asks[BATCH];
	int			answered;

	for (int i = 0; i < n; i++)
	{
		asks[i].statement = read_names[cases[i].type];
		set_param(&asks[i], 0, cases[i].form, &cases[i].input);
	}
	answered = ask_all(asks, n);
	for (int i = 0; i < answered; i++)
	{
		Case	   *c = &cases[i];
		Tally	   *tally = &tallies[c->type][c->form];
		const PGresult *result = asks[i].result;

		tally->fed++;
		c->taken = PQresultStatus(result) == PGRES_TUPLES_OK;
		if (c->taken)
		{
			tally->taken++;
			take_field(result, 0, &c->value.forms[BINARY]);
			take_field(result, 1, &c->value.forms[TEXT]);
			continue;
		}
		count_refusal(tally, sqlstate_of(result));
		if (!is_sane(result, c->form))
			report("reading a value", result, c->type, c->form, &c->input);
	}
	clear_asks(asks, n);
}

/* second trip: does it stay what it was? */
static void
read_again(Case *cases, int n)
{
	static Ask	asks[BATCH];
	int			of[BATCH];
	int			nasks = 0;
	int			answered;

	for (int i = 0; i < n; i++)
	{
		if (!cases[i].taken)
			continue;
		of[nasks] = i;
		asks[nasks].statement = again_names[cases[i].type];
		set_param(&asks[nasks], 0, TEXT, &cases[i].value.forms[TEXT]);
		set_param(&asks[nasks], 1, BINARY, &cases[i].value.forms[BINARY]);
		nasks++;
	}
	answered = ask_all(asks, nasks);
	for (int i = 0; i < answered; i++)
	{
		const Case *c = &cases[of[i]];
		const PGresult *result = asks[i].result;
		const char *what = NULL;

		if (PQresultStatus(result) != PGRES_TUPLES_OK)
			what = "its own output is refused";
		else if (!field_is(result, 0, &c->value.forms[BINARY]) ||
				 !field_is(result, 1, &c->value.forms[TEXT]))
			what = "its text, read again, is another value";
		else if (!field_is(result, 2, &c->value.forms[BINARY]) ||
				 !field_is(result, 3, &c->value.forms[TEXT]))
			what = "its message, received again, is another value";
		else if (field_is_false(result, 4))
			what = "it is not equal to itself, read again";
		if (what != NULL)
			report(what, result, c->type, c->form, &c->input);
	}
	clear_asks(asks, nasks);
}

static const Value *
any_value(Random *r, ValueType type)
{
	return &pools[type][random_below(r, pooled[type])];
}

/* a law, of a value and of others beside it */
static void
make_law(Random *r, const Case *c, size_t law, Ask *ask)
{
	Bytes		day = {0};

	ask->statement = law_names[law];
	for (int p = 0; p < 4; p++)
	{
		ValueType	type = p < 2 ? TIMELINE : GRID;
		const Value *value = type == c->type && p % 2 == 0 ?
			&c->value : any_value(r, type);

		set_param(ask, p, BINARY, &value->forms[BINARY]);
	}
	random_day(r, 0, &day);
	set_param(ask, 4, TEXT, &day);
	free(day.data);
}

/* and what the functions make of it */
static void
check_laws(Random *r, Case *cases, int n, bool all)
{
	static Ask	asks[BATCH * LAWS_EACH];
	int			of[BATCH * LAWS_EACH];
	size_t		law[BATCH * LAWS_EACH];
	int			nasks = 0;
	int			answered;

	for (int i = 0; i < n; i++)
	{
		size_t		first = all ? 0 : random_below(r, LENGTH_OF(laws));

		if (!cases[i].taken)
			continue;
		for (size_t l = 0; l < (all ? LENGTH_OF(laws) : LAWS_EACH); l++)
		{
			of[nasks] = i;
			law[nasks] = (first + l) % LENGTH_OF(laws);
			make_law(r, &cases[i], law[nasks], &asks[nasks]);
			nasks++;
		}
	}
	answered = ask_all(asks, nasks);
	for (int i = 0; i < answered; i++)
	{
		const Case *c = &cases[of[i]];
		const PGresult *result = asks[i].result;

		if (PQresultStatus(result) == PGRES_TUPLES_OK &&
			PQntuples(result) > 0 && !PQgetisnull(result, 0, 0))
			laws_held[law[i]]++;
		if (PQresultStatus(result) == PGRES_TUPLES_OK ?
			PQntuples(result) > 0 && field_is_false(result, 0) :
			!is_sane(result, TEXT))
		{
			report(laws[law[i]], result, c->type, c->form, &c->input);
			for (int p = 0; p < 5; p++)
			{
				fprintf(stderr, "  $%d = \\x", p + 1);
				print_hex(&asks[i].params[p].bytes);
			}
		}
	}
	clear_asks(asks, nasks);
}

static void
keep(Random *r, Case *cases, int n)
{
	for (int i = 0; i < n; i++)
	{
		ValueType	type = cases[i].type;
		Value	   *to;

		if (!cases[i].taken)
			continue;
		to = &pools[type][pooled[type] < POOL ? pooled[type]++ : random_below(r, POOL)];
		bytes_copy(&to->forms[TEXT], &cases[i].value.forms[TEXT]);
		bytes_copy(&to->forms[BINARY], &cases[i].value.forms[BINARY]);
	}
}

static bool
may_go_on(void)
{
	return violations < VIOLATIONS_MAX && warnings_seen == 0 &&
		PQstatus(conn) == CONNECTION_OK;
}

static void
run_cases(Random *r, Case *cases, int n, bool all_laws)
{
	read_cases(cases, n);
	if (may_go_on())
		read_again(cases, n);
	if (may_go_on() && pooled[TIMELINE] > 0 && pooled[GRID] > 0)
		check_laws(r, cases, n, all_laws);
	if (may_go_on())
		keep(r, cases, n);
}

static void
break_one(Random *r, Case *c)
{
	static const size_t faults[] = {10, 40, 150};
	const Bytes *other;
	ValueForm	form;

	c->type = once_in(r, 2) ? TIMELINE : GRID;
	c->form = once_in(r, 2) ? TEXT : BINARY;
	other = &any_value(r, c->type)->forms[c->form];
	/* the message of a grid is its text behind a byte */
	form = c->type == GRID && !once_in(r, 4) ? TEXT : c->form;
	if (once_in(r, 2))
	{
		bytes_copy(&c->input, &any_value(r, c->type)->forms[c->form]);
		mutate(r, form, &c->input, other);
	}
	else
	{
		make_value(r, c->type, c->form, PICK(r, faults), &c->input);
		if (once_in(r, 4))
			mutate(r, form, &c->input, other);
	}
	/* text in libpq's messages ends at the first NUL */
	if (c->form == TEXT)
		bytes_cut(&c->input, strlen(c->input.data));
}

static void
break_copy(Random *r, ValueForm form)
{
	Tally	   *tally = &tallies[2][form];
	Bytes		stream = {0};
	Bytes		other = {0};
	PGresult   *result;
	bool		differs;

	make_copy(r, form, once_in(r, 4) ? 100 : 0, &stream);
	make_copy(r, form, 0, &other);
	if (!once_in(r, 8))
		mutate(r, form, &stream, &other);
	result = copy_stream(conn, form, &stream, &differs);
	tally->fed++;
	if (PQresultStatus(result) == PGRES_TUPLES_OK)
		tally->taken++;
	else
		count_refusal(tally, sqlstate_of(result));
	if (differs || (PQresultStatus(result) != PGRES_TUPLES_OK && !is_sane(result, form)))
	{
		fprintf(stderr, "VIOLATION: COPY, %s form: %s\n  the stream: ",
				form_names[form], differs ? "what is in the table does not read back" :
				PQresultErrorMessage(result));
		print_hex(&stream);
		violations++;
	}
	PQclear(result);
	free(stream.data);
	free(other.data);
}

/* values without a fault: the first to be broken, and all laws hold of them */
static void
sow(Random *r, Case *cases)
{
	for (int round = 0; round < 4 && may_go_on(); round++)
	{
		for (int i = 0; i < BATCH / 2; i++)
		{
			cases[i].type = i % 2 == 0 ? TIMELINE : GRID;
			cases[i].form = i % 4 < 2 ? TEXT : BINARY;
			make_value(r, cases[i].type, cases[i].form, 0, &cases[i].input);
		}
		run_cases(r, cases, BATCH / 2, false);
	}
	if (may_go_on() && (pooled[TIMELINE] < POOL / 4 || pooled[GRID] < POOL / 4))
	{
		fprintf(stderr, "VIOLATION: of right values only %zu timelines and %zu grids were taken\n",
				pooled[TIMELINE], pooled[GRID]);
		violations++;
	}
}

static void
print_tally(const char *name, const char *form, const Tally *tally)
{
	printf("# %s, %s: %ld fed, %ld taken, refused:", name, form, tally->fed,
		   tally->taken);
	for (int i = 0; i < tally->nstates; i++)
		printf(" %s %ld", tally->states[i], tally->refused[i]);
	putchar('\n');
}

static void
print_totals(void)
{
	static const char *const names[] = {"timeline", "grid", "copy"};
	Tally		all = {0};
	long		held = 0;

	for (int i = 0; i < 3; i++)
	{
		for (int form = TEXT; form <= BINARY; form++)
		{
			const Tally *tally = &tallies[i][form];

			print_tally(names[i], form_names[form], tally);
			all.fed += tally->fed;
			all.taken += tally->taken;
			for (int s = 0; s < tally->nstates; s++)
				for (long k = 0; k < tally->refused[s]; k++)
					count_refusal(&all, tally->states[s]);
			/* else nothing was tried */
			if (tally->fed >= 1000 && violations == 0 &&
				(tally->taken < tally->fed / 50 || tally->taken > tally->fed / 50 * 49))
			{
				fputs("VIOLATION: nearly all of it taken, or refused\n", stderr);
				violations++;
			}
		}
	}
	for (size_t l = 0; l < LENGTH_OF(laws); l++)
	{
		held += laws_held[l];
		if (all.fed >= 20000 && violations == 0 && laws_held[l] < all.fed / 10000)
		{
			fprintf(stderr, "VIOLATION: hardly ever tried: %s\n", laws[l]);
			violations++;
		}
	}
	printf("fuzz: %ld fed, %ld taken, %ld laws held, %d violations; refused:",
		   all.fed, all.taken, held, violations);
	for (int i = 0; i < all.nstates; i++)
		printf(" %s %ld", all.states[i], all.refused[i]);
	putchar('\n');
}

static void
read_hex(const char *hex, Bytes *to)
{
	unsigned int byte;

	for (; sscanf(hex, "%2x", &byte) == 1 && hex[1] != '\0'; hex += 2)
		bytes_add_byte(to, (int) byte);
}

static void
usage(void)
{
	fputs("usage: fuzz [-n COUNT] [-s SEED] | -t timeline|grid -f text|binary -x HEX\n", stderr);
	exit(2);
}

static int
index_of(const char *const *names, const char *name)
{
	for (int i = 0; i < 2; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	usage();
	return 0;
}

int
main(int argc, char **argv)
{
	static Case cases[BATCH];
	Random		r;
	uint64_t	seed = (uint64_t) time(NULL) ^ ((uint64_t) getpid() << 32);
	long		count = 100000;
	const char *hex = NULL;
	int			option;

	while ((option = getopt(argc, argv, "n:s:t:f:x:")) != -1)
	{
		switch (option)
		{
			case 'n':
				count = atol(optarg);
				break;
			case 's':
				seed = strtoull(optarg, NULL, 10);
				break;
			case 't':
				cases[0].type = (ValueType) index_of(type_names, optarg);
				break;
			case 'f':
				cases[0].form = (ValueForm) index_of(form_names, optarg);
				break;
			case 'x':
				hex = optarg;
				break;
			default:
				usage();
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("# seed %llu\n", (unsigned long long) seed);
	r.state = seed;
	conn = server_connect();
	prepare();

	if (hex != NULL)
	{
		Case		one = cases[0];

		sow(&r, cases);
		bytes_cut(&one.input, 0);
		read_hex(hex, &one.input);
		run_cases(&r, &one, 1, true);
	}
	else
	{
		sow(&r, cases);
		memset(tallies, 0, sizeof(tallies));
		for (long done = 0, batch = 0; done < count && may_go_on(); done += BATCH, batch++)
		{
			for (int i = 0; i < BATCH; i++)
				break_one(&r, &cases[i]);
			run_cases(&r, cases, BATCH, false);
			for (int form = TEXT; form <= BINARY; form++)
				if (batch % COPY_EVERY == 0 && may_go_on())
					break_copy(&r, (ValueForm) form);
		}
	}
	if (warnings_seen > 0)
	{
		fputs("VIOLATION: the server gave a warning\n", stderr);
		violations++;
	}
	print_totals();
	PQfinish(conn);
	return violations > 0;
}
