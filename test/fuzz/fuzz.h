/*
 * fuzz.h
 *		Feeds broken values to the types of scoring and watches what happens.
 *
 *	bytes.c		random numbers, and buffers that grow
 *	values.c	names, days and numbers, right or a little wrong
 *	timelines.c	timelines of them, by their grammar and as messages
 *	grids.c		grids of them, by their grammar
 *	mutate.c	values broken at random: bytes, tokens, numbers, splices
 *	server.c	many statements at once, in libpq's pipeline mode
 *	copy.c		whole COPY streams, framing included
 *	check.c		what must hold of what it answers
 *	fuzz.c		the rounds
 */
#ifndef SCORING_FUZZ_H
#define SCORING_FUZZ_H

#include <libpq-fe.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_OF(array)	(sizeof(array) / sizeof((array)[0]))

/* a larger input is cut: what is tried here is odd forms, not sheer size */
#define INPUT_MAX	(256 * 1024)

typedef enum ValueType
{
	TIMELINE,
	GRID
} ValueType;

typedef enum ValueForm
{
	TEXT,						/* in the numbering of libpq's formats */
	BINARY
} ValueForm;

extern const char *const type_names[];
extern const char *const form_names[];

/* bytes.c */

typedef struct Random
{
	uint64_t	state;
} Random;

extern uint64_t random_bits(Random *r);
/* from 0 to n - 1; 0 for n = 0 */
extern size_t random_below(Random *r, size_t n);
/* true once in n times; never for n = 0 */
extern bool once_in(Random *r, size_t n);
/* mostly small, at most max */
extern size_t random_small(Random *r, size_t max);

#define PICK(r, array)	((array)[random_below(r, LENGTH_OF(array))])

/* always with a NUL behind the last byte */
typedef struct Bytes
{
	char	   *data;
	size_t		len;
	size_t		size;
} Bytes;

extern void *allocate(size_t size);
extern void bytes_cut(Bytes *b, size_t len);
extern void bytes_add(Bytes *b, const void *data, size_t len);
extern void bytes_add_byte(Bytes *b, int byte);
extern void bytes_add_text(Bytes *b, const char *text);
extern void bytes_add_format(Bytes *b, const char *format, ...)
			__attribute__((format(printf, 2, 3)));
extern void bytes_add_varint(Bytes *b, uint64_t v);
extern void bytes_add_code_point(Bytes *b, uint32_t c);
extern void bytes_copy(Bytes *to, const Bytes *from);
/* the bytes from `at` on, so many of them, become others; takes any arguments */
extern void bytes_replace(Bytes *b, size_t at, size_t len,
						  const void *data, size_t data_len);

/* values.c */

/* how many names there are that both types mostly have */
#define SHARED_NAMES	8

/* one choice in `faults` is a wrong one; 0: none */
extern void make_value(Random *r, ValueType type, ValueForm form,
					   size_t faults, Bytes *to);
/* what is right, or something else */
extern const char *mostly(Random *r, size_t faults, const char *right);
extern int64_t mostly_number(Random *r, size_t faults, int64_t right);
extern const char *odd_number(Random *r);
extern const char *odd_span(Random *r);
extern const char *odd_token(Random *r);
extern const char *shared_name(size_t i);
extern void random_name(Random *r, size_t faults, Bytes *to);
extern const char *random_day(Random *r, size_t faults, Bytes *room);
extern int64_t random_day_number(Random *r, size_t faults);
extern int64_t random_amount(Random *r, size_t faults);
extern size_t random_many(Random *r, size_t usual, size_t most);

/* timelines.c and grids.c */
extern void add_timeline_text(Random *r, size_t faults, Bytes *to);
extern void add_timeline_message(Random *r, size_t faults, Bytes *to);
extern void add_grid(Random *r, size_t faults, Bytes *to);

/* mutate.c */

/* `other` is what pieces are taken from */
extern void mutate(Random *r, ValueForm form, Bytes *b, const Bytes *other);

/* server.c */

#define PARAMS_MAX	5

typedef struct Param
{
	Bytes		bytes;
	ValueForm	form;
} Param;

typedef struct Ask
{
	const char *statement;		/* the name of a prepared one */
	int			nparams;
	Param		params[PARAMS_MAX];
	PGresult   *result;			/* NULL: the connection was lost */
} Ask;

extern PGconn *server_connect(void);
extern void server_do(PGconn *conn, const char *sql);
extern void server_prepare(PGconn *conn, const char *name, const char *sql,
						   int nparams, const Oid *types);
/* asks them all, each a transaction of its own */
extern void server_ask(PGconn *conn, Ask *asks, int n);
/* "00000" where there was no error, "lost" where there was no answer */
extern const char *sqlstate_of(const PGresult *result);
/* how many messages were warnings: the types give none */
extern int	warnings_seen;

/* copy.c */

/* a COPY stream of values, framed rightly */
extern void make_copy(Random *r, ValueForm form, size_t faults, Bytes *to);
/* feeds it; the result of COPY, or of reading back what it brought */
extern PGresult *copy_stream(PGconn *conn, ValueForm form, const Bytes *stream,
							 bool *differs);

/* check.c */

#define BATCH			128
#define POOL			256
#define STATES_MAX		40
#define VIOLATIONS_MAX	10

/* a value the server took, in both forms as it gave them back */
typedef struct Value
{
	Bytes		forms[2];
} Value;

/* SQLSTATE, message, detail, hint: as much of each as is held against another */
#define ERROR_MAX		1024

typedef struct Error
{
	char		fields[4][ERROR_MAX];
} Error;

typedef struct Case
{
	ValueType	type;
	ValueForm	form;
	Bytes		input;
	Value		value;			/* when it was taken */
	bool		taken;
	Error		error;			/* when it was not */
} Case;

typedef struct Tally
{
	long		fed;
	long		taken;
	int			nstates;
	char		states[STATES_MAX][6];
	long		refused[STATES_MAX];
} Tally;

extern PGconn *conn;
extern int	violations;
extern size_t pooled[2];		/* how many values there are to be broken */

extern void prepare(void);
extern void run_cases(Random *r, Case *cases, int n, bool all_laws);
extern const Value *any_value(Random *r, ValueType type);
extern bool is_sane(const PGresult *result, ValueForm form);
extern bool may_go_on(void);
extern void start_counting(void);
extern void count_refusal(Tally *tally, const char *state);
extern void add_tally(Tally *all, const Tally *tally);
extern void print_hex(const Bytes *b);
extern void print_tally(const char *name, const Tally *tally);
extern void print_checks(Tally *all);

#endif							/* SCORING_FUZZ_H */
