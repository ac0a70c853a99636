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

/* one stream of COPY in so many batches, for each form */
#define COPY_EVERY		2

static Tally copies[2];

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
	Tally	   *tally = &copies[form];
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
print_totals(void)
{
	Tally		all = {0};
	char		line[64];

	print_checks(&all);
	print_tally("# COPY, text", &copies[TEXT]);
	print_tally("# COPY, binary", &copies[BINARY]);
	add_tally(&all, &copies[TEXT]);
	add_tally(&all, &copies[BINARY]);
	snprintf(line, sizeof(line), "fuzz: %d violations; in all", violations);
	print_tally(line, &all);
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
		start_counting();
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
