/*
 * timeline_io.c
 *		Timelines as text: in and out.
 *
 * The text of a timeline is
 *
 *		click:2026-02-01,2026-02-02*3;purchase:2026-01-05=59.9,2026-02-03*3=120.5/2
 *
 * Touchpoints in the order of their bytes, and of each the days, the oldest
 * first, with "*" the number of interactions when it is not 1, "=" the sum of
 * their values when there are any, and "/" how many have one when not all do.
 * A name that is not made of letters, digits, "_", "." and "-" alone stands in
 * double quotes.
 *
 * The text comes from strangers.  What is read is checked, collected in an open
 * timeline and closed like any other, so nothing comes in that the aggregate
 * could not have made.
 */
#include "timeline/timeline_open.h"

#include "ground/calendar.h"
#include "ground/decimal.h"
#include "timeline/timeline_argument.h"

#include "common/int.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

/* of the input in an error */
#define SHOWN_MAX_SIZE	80

PG_FUNCTION_INFO_V1(timeline_in);
PG_FUNCTION_INFO_V1(timeline_out);

typedef struct Reader
{
	const char *text;
	const char *next;
	const char *end;
	StringInfoData name;		/* the touchpoint that is being read */
	Node	   *escontext;		/* who wants errors told softly, or NULL */
} Reader;

static bool
is_bare(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' ||
		c >= 0x80;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

/*
 * text -> timeline
 */

/*
 * What is wrong, and where: the detail goes on with a place in the text.
 * Returns false where that is a soft error, and else not at all; whoever reads
 * a part of the text then returns false, and its caller does the same.
 */
static bool malformed(const Reader *r, const char *at, const char *format,...)
			pg_attribute_printf(3, 4);

static bool
malformed(const Reader *r, const char *at, const char *format,...)
{
	StringInfoData detail;
	int			len = r->end - r->text;
	int			shown = len;

	initStringInfo(&detail);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(&detail, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&detail, needed);
	}

	if (shown > SHOWN_MAX_SIZE)
		shown = pg_mbcliplen(r->text, len, SHOWN_MAX_SIZE);
	ereturn(r->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type timeline: \"%.*s%s\"",
					shown, r->text, shown < len ? "..." : ""),
			 errdetail("%s, at character %d.", detail.data,
					   pg_mbstrlen_with_len(r->text, at - r->text) + 1)));
}

static void
skip_space(Reader *r)
{
	while (r->next < r->end && is_space(*r->next))
		r->next++;
}

/* Takes a character if it comes next, perhaps after white space. */
static bool
take(Reader *r, char c)
{
	skip_space(r);
	if (r->next >= r->end || *r->next != c)
		return false;
	r->next++;
	return true;
}

/* What comes next, up to a delimiter, as errors show it. */
static char *
shown_next(const Reader *r)
{
	const char *p = r->next;

	if (p >= r->end)
		return pstrdup("the end");
	do
		p += pg_mblen(p);
	while (p < r->end && !is_space(*p) && strchr(":;,*=/\"", *p) == NULL);
	return touchpoint_quoted(r->next, p - r->next);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* the character, which is not NUL, or NUL after an error */
static char
read_escape(Reader *r)
{
	const char *at = r->next - 1;
	char		c = r->next < r->end ? *r->next++ : '\0';

	switch (c)
	{
		case '"':
		case '\\':
			return c;
		case 'n':
			return '\n';
		case 'r':
			return '\r';
		case 't':
			return '\t';
		case 'x':
			if (r->end - r->next >= 2)
			{
				int			high = hex_digit(r->next[0]);
				int			low = hex_digit(r->next[1]);

				/* other bytes might not be text in this encoding */
				if (high >= 0 && low >= 0 && high * 16 + low > 0 &&
					is_control(high * 16 + low))
				{
					r->next += 2;
					return high * 16 + low;
				}
			}
			break;
	}
	malformed(r, at, "Expected \\\", \\\\, \\n, \\r, \\t or \\x with the two hexadecimal digits of a control character");
	return '\0';
}

static bool
read_name(Reader *r)
{
	const char *start;

	resetStringInfo(&r->name);
	skip_space(r);
	start = r->next;
	if (r->next < r->end && *r->next == '"')
	{
		r->next++;
		for (;;)
		{
			const char *p = r->next;
			char		c;

			/* a long name is not copied character by character */
			while (p < r->end && *p != '"' && *p != '\\')
				p++;
			appendBinaryStringInfo(&r->name, r->next, p - r->next);
			r->next = p;
			if (r->next >= r->end)
				return malformed(r, start, "The name of a touchpoint has no closing quote");
			if (*r->next++ == '"')
				return true;
			c = read_escape(r);
			if (c == '\0')
				return false;
			appendStringInfoChar(&r->name, c);
		}
	}
	while (r->next < r->end && is_bare(*r->next))
		r->next++;
	if (r->next == start)
		return malformed(r, start, "Expected a touchpoint, found %s",
						 shown_next(r));
	appendBinaryStringInfo(&r->name, start, r->next - start);
	return true;
}

/* A whole number, at least 1. */
static bool
read_count(Reader *r, const char *what, int64 *n)
{
	const char *start;

	*n = 0;
	skip_space(r);
	start = r->next;
	while (r->next < r->end && *r->next >= '0' && *r->next <= '9')
	{
		if (pg_mul_s64_overflow(*n, 10, n) ||
			pg_add_s64_overflow(*n, *r->next - '0', n))
			return malformed(r, start, "Touchpoint %s has a %s that is too large",
							 touchpoint_quoted(r->name.data, r->name.len), what);
		r->next++;
	}
	if (r->next == start || *n == 0)
	{
		r->next = start;
		return malformed(r, start, "Touchpoint %s: expected a %s of 1 or more, found %s",
						 touchpoint_quoted(r->name.data, r->name.len), what,
						 shown_next(r));
	}
	return true;
}

static bool
read_value(Reader *r, int128 *value)
{
	const char *start;
	const char *problem = NULL;
	int64		read;

	skip_space(r);
	start = r->next;
	while (r->next < r->end &&
		   ((*r->next >= '0' && *r->next <= '9') || *r->next == '+' ||
			*r->next == '-' || *r->next == '.' || *r->next == 'e' ||
			*r->next == 'E'))
		r->next++;

	switch (decimal_parse(start, r->next - start, VALUE_PLACES,
						  TIMELINE_VALUE_LIMIT, &read))
	{
		case DECIMAL_OK:
			*value = read;
			return true;
		case DECIMAL_MALFORMED:
			problem = "is not a decimal number";
			break;
		case DECIMAL_TOO_FINE:
			problem = "has more than 4 decimals";
			break;
		case DECIMAL_TOO_LARGE:
			problem = "is too large";
			break;
	}
	if (r->next == start)
		return malformed(r, start, "Touchpoint %s: expected a value, found %s",
						 touchpoint_quoted(r->name.data, r->name.len),
						 shown_next(r));
	return malformed(r, start, "Touchpoint %s: the value %s %s",
					 touchpoint_quoted(r->name.data, r->name.len),
					 touchpoint_quoted(start, r->next - start), problem);
}

static bool
read_entry(Reader *r, OpenEntry *entry)
{
	const char *start;
	const char *after;

	skip_space(r);
	start = r->next;
	after = day_read(r->next, r->end, &entry->day);
	if (after == NULL)
		return malformed(r, start, "Touchpoint %s: expected a day such as 2026-01-31, found %s",
						 touchpoint_quoted(r->name.data, r->name.len),
						 shown_next(r));
	r->next = after;

	entry->count = 1;
	if (take(r, '*') &&
		!read_count(r, "number of interactions", &entry->count))
		return false;
	entry->valued = 0;
	entry->value = 0;
	if (take(r, '='))
	{
		if (!read_value(r, &entry->value))
			return false;
		entry->valued = entry->count;
		if (take(r, '/') &&
			!read_count(r, "number of values", &entry->valued))
			return false;
		if (entry->valued > entry->count)
			return malformed(r, start, "Touchpoint %s on %s has %lld values for %lld interactions",
							 touchpoint_quoted(r->name.data, r->name.len),
							 day_text(entry->day), (long long) entry->valued,
							 (long long) entry->count);
	}
	return true;
}

/* All of it, collected; NULL after an error. */
static OpenTimeline *
read_timeline(Reader *r)
{
	OpenTimeline *open = NULL;

	skip_space(r);
	if (r->next == r->end)
	{
		malformed(r, r->next, "An empty timeline is NULL; expected a touchpoint");
		return NULL;
	}
	do
	{
		if (!read_name(r))
			return NULL;
		if (!take(r, ':'))
		{
			malformed(r, r->next, "Expected \":\" after touchpoint %s, found %s",
					  touchpoint_quoted(r->name.data, r->name.len),
					  shown_next(r));
			return NULL;
		}
		do
		{
			OpenEntry	entry;

			CHECK_FOR_INTERRUPTS();
			if (!read_entry(r, &entry))
				return NULL;
			open = open_collect(open, r->name.data, r->name.len, &entry,
								r->escontext);
			if (open == NULL)
				return NULL;
		} while (take(r, ','));
	} while (take(r, ';'));
	if (r->next < r->end)
	{
		malformed(r, r->next, "Touchpoint %s: expected \",\" or \";\" after an entry, found %s",
				  touchpoint_quoted(r->name.data, r->name.len), shown_next(r));
		return NULL;
	}
	return open;
}

/*
 * timeline_in(cstring) returns timeline
 *
 * Reads what timeline_out() writes, and more: white space between the parts,
 * any order, and entries that repeat, which add up.  Errors: malformed text
 * (22P02), sums that are out of range (22003), more than TIMELINE_MAX_SIZE
 * (54000), all told softly to who asks for that.
 */
Datum
timeline_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	Reader		r;
	OpenTimeline *open;
	struct varlena *result = NULL;

	r.text = r.next = text;
	r.end = text + strlen(text);
	r.escontext = fcinfo->context;
	initStringInfo(&r.name);

	open = read_timeline(&r);
	if (open != NULL)
	{
		result = open_close(open, r.escontext);
		pfree(open);
	}
	pfree(r.name.data);
	PG_RETURN_POINTER(result);
}

/*
 * timeline -> text
 */

static void
write_name(StringInfo out, const char *name, uint32 len)
{
	bool		bare = len > 0;

	for (uint32 i = 0; i < len && bare; i++)
		bare = is_bare(name[i]);
	if (bare)
	{
		appendBinaryStringInfo(out, name, len);
		return;
	}

	appendStringInfoChar(out, '"');
	for (uint32 i = 0; i < len; i++)
	{
		unsigned char c = name[i];

		if (c == '"' || c == '\\')
		{
			appendStringInfoChar(out, '\\');
			appendStringInfoChar(out, c);
		}
		else if (c == '\n')
			appendStringInfoString(out, "\\n");
		else if (c == '\r')
			appendStringInfoString(out, "\\r");
		else if (c == '\t')
			appendStringInfoString(out, "\\t");
		else if (is_control(c))
			appendStringInfo(out, "\\x%02x", c);
		else
			appendStringInfoChar(out, c);
	}
	appendStringInfoChar(out, '"');
}

static void
write_entry(StringInfo out, const TimelineEntry *entry)
{
	char		text[DAY_TEXT_SIZE + 2 * 24 + DECIMAL_TEXT_SIZE];
	char	   *p = day_write(text, entry->day);

	if (entry->count > 1)
	{
		*p++ = '*';
		p = decimal_write(p, entry->count, 0);
	}
	if (entry->valued > 0)
	{
		*p++ = '=';
		p = decimal_write(p, entry->value, VALUE_PLACES);
		if (entry->valued < entry->count)
		{
			*p++ = '/';
			p = decimal_write(p, entry->valued, 0);
		}
	}
	appendBinaryStringInfo(out, text, p - text);
}

/*
 * timeline_out(timeline) returns cstring
 *
 * The canonical text: equal timelines have equal text, whatever the settings.
 */
Datum
timeline_out(PG_FUNCTION_ARGS)
{
	struct varlena *t = PG_GETARG_TIMELINE_PP(0);
	TouchpointCursor c;
	StringInfoData out;

	initStringInfo(&out);
	start_touchpoints(&c, VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
	while (next_touchpoint(&c))
	{
		uint32		n;
		TimelineEntry *entries = timeline_entries(&c, &n);

		if (out.len > 0)
			appendStringInfoChar(&out, ';');
		write_name(&out, c.name, c.name_len);
		for (uint32 i = 0; i < n; i++)
		{
			CHECK_FOR_INTERRUPTS();
			appendStringInfoChar(&out, i == 0 ? ':' : ',');
			write_entry(&out, &entries[i]);
		}
		pfree(entries);
	}
	PG_RETURN_CSTRING(out.data);
}
