/*
 * check.c
 *		What must hold of every input: it is refused as data are refused, or
 *		it stays what it is and keeps the laws of the functions.
 */
#include "fuzz.h"

#include <stdio.h>

/* so many laws are tried on each value that is taken */
#define LAWS_EACH		3

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

/*
 * What the server says of a text to who asks whether it is a value.  Servers
 * before 16 are not asked.
 */
static const char *const softly[] = {
	"SELECT sql_error_code, message, detail, hint FROM pg_input_error_info($1, 'timeline')",
	"SELECT sql_error_code, message, detail, hint FROM pg_input_error_info($1, 'grid')"
};
static const int error_fields[] = {
	PG_DIAG_SQLSTATE, PG_DIAG_MESSAGE_PRIMARY, PG_DIAG_MESSAGE_DETAIL, PG_DIAG_MESSAGE_HINT
};
#define SOFT_ERRORS_FROM	160000
#define TEXT_OID			25

static const char *const softly_names[] = {"softly_timeline", "softly_grid"};
static const char *const read_names[] = {"read_timeline", "read_grid"};
static const char *const again_names[] = {"again_timeline", "again_grid"};
static char law_names[LENGTH_OF(laws)][16];

PGconn	   *conn;
int			violations;
size_t		pooled[2];
static Value pools[2][POOL];
static Tally tallies[2][2];
static long laws_held[LENGTH_OF(laws)];

void
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
bool
is_sane(const PGresult *result, ValueForm form)
{
	const char *state = sqlstate_of(result);

	return strncmp(state, "22", 2) == 0 || strncmp(state, "54", 2) == 0 ||
		(form == BINARY && strcmp(state, "08P01") == 0);
}

void
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

/* the fields of an error, empty where there is none */
static void
take_error(const PGresult *result, Error *to)
{
	for (size_t f = 0; f < LENGTH_OF(error_fields); f++)
	{
		const char *field = result ? PQresultErrorField(result, error_fields[f]) : NULL;

		snprintf(to->fields[f], ERROR_MAX, "%s", field ? field : "");
	}
}

void
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
		types[0] = TEXT_OID;
		if (PQserverVersion(conn) >= SOFT_ERRORS_FROM)
			server_prepare(conn, softly_names[type], softly[type], 1, types);
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
			take_error(NULL, &c->error);
			continue;
		}
		take_error(result, &c->error);
		count_refusal(tally, sqlstate_of(result));
		if (!is_sane(result, c->form))
			report("reading a value", result, c->type, c->form, &c->input);
	}
	clear_asks(asks, n);
}

/* is a text that the server refuses told of softly as it was told before? */
static bool
same_error(const PGresult *soft, const Error *error)
{
	if (PQresultStatus(soft) != PGRES_TUPLES_OK)
	{
		/* no text at all, in this encoding */
		return strcmp(sqlstate_of(soft), error->fields[0]) == 0;
	}
	for (size_t f = 0; f < LENGTH_OF(error_fields); f++)
		if (strncmp(PQgetvalue(soft, 0, f), error->fields[f], ERROR_MAX - 1) != 0)
			return false;
	return true;
}

static void
read_softly(Case *cases, int n)
{
	static Ask	asks[BATCH];
	int			of[BATCH];
	int			nasks = 0;
	int			answered;

	for (int i = 0; i < n; i++)
	{
		if (cases[i].form != TEXT)
			continue;
		of[nasks] = i;
		asks[nasks].statement = softly_names[cases[i].type];
		set_param(&asks[nasks], 0, TEXT, &cases[i].input);
		nasks++;
	}
	answered = ask_all(asks, nasks);
	for (int i = 0; i < answered; i++)
	{
		const Case *c = &cases[of[i]];

		if (!same_error(asks[i].result, &c->error))
			report("a soft error is another one", asks[i].result, c->type, c->form, &c->input);
	}
	clear_asks(asks, nasks);
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

const Value *
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

bool
may_go_on(void)
{
	return violations < VIOLATIONS_MAX && warnings_seen == 0 &&
		PQstatus(conn) == CONNECTION_OK;
}

void
run_cases(Random *r, Case *cases, int n, bool all_laws)
{
	read_cases(cases, n);
	if (may_go_on() && PQserverVersion(conn) >= SOFT_ERRORS_FROM)
		read_softly(cases, n);
	if (may_go_on())
		read_again(cases, n);
	if (may_go_on() && pooled[TIMELINE] > 0 && pooled[GRID] > 0)
		check_laws(r, cases, n, all_laws);
	if (may_go_on())
		keep(r, cases, n);
}

/* adds one tally to another */
void
add_tally(Tally *all, const Tally *tally)
{
	all->fed += tally->fed;
	all->taken += tally->taken;
	for (int s = 0; s < tally->nstates; s++)
		for (long k = 0; k < tally->refused[s]; k++)
			count_refusal(all, tally->states[s]);
}

void
print_tally(const char *name, const Tally *tally)
{
	printf("%s: %ld fed, %ld taken, refused:", name, tally->fed, tally->taken);
	for (int i = 0; i < tally->nstates; i++)
		printf(" %s %ld", tally->states[i], tally->refused[i]);
	putchar('\n');
}

/* forgets what was counted so far */
void
start_counting(void)
{
	memset(tallies, 0, sizeof(tallies));
	memset(laws_held, 0, sizeof(laws_held));
}

static void
complain(const char *what, const char *name)
{
	fprintf(stderr, "VIOLATION: %s: %s\n", what, name);
	violations++;
}

/* a driver that tries nothing finds nothing: that is seen too */
void
print_checks(Tally *all)
{
	long		held = 0;

	for (int type = TIMELINE; type <= GRID; type++)
	{
		for (int form = TEXT; form <= BINARY; form++)
		{
			const Tally *tally = &tallies[type][form];
			char		name[32];

			snprintf(name, sizeof(name), "# %s, %s", type_names[type], form_names[form]);
			print_tally(name, tally);
			add_tally(all, tally);
			if (tally->fed >= 1000 && violations == 0 &&
				(tally->taken < tally->fed / 50 || tally->taken > tally->fed / 50 * 49))
				complain("nearly all of it taken, or refused", name);
		}
	}
	for (size_t l = 0; l < LENGTH_OF(laws); l++)
	{
		held += laws_held[l];
		if (all->fed >= 20000 && violations == 0 && laws_held[l] < all->fed / 10000)
			complain("hardly ever tried", laws[l]);
	}
	printf("# %ld times a law was held against what was taken\n", held);
}
