/*
 * values.c
 *		Timelines and grids by their grammars: right, or wrong here and there.
 *
 * `faults` runs through all of it: one choice in so many is a wrong one.
 */
#include "fuzz.h"

#include <inttypes.h>

/* days of PostgreSQL's calendar, from 2000-01-01 */
#define DAY_FIRST	(-2451545)
#define DAY_LAST	2145031948

const char *const type_names[] = {"timeline", "grid"};
const char *const form_names[] = {"text", "binary"};

static const char *const names[] = {
	"click", "open", "purchase", "nps", "email_sent", "a", "b", "Purchase", "with space", "R\303\251clamation \"1\"", "",
	" ", "a;b:c,d*e=f/g\"h\\i", "\346\227\245\346\234\254\350\252\236",
	"\360\237\224\245", "e\314\201", "\342\200\256rtl \327\251\327\234",
	"\302\240", "\357\273\277bom", "2026-01-01", "-1", "NULL", "{}", "\t\n\r",
	"\001\037\177", "\364\217\277\277", "latest", "unless", "'", "$1", "%s%n"
};

/* of the names above those that timelines and grids mostly share */
#define NAMES_SHARED	8

static const char *const numbers[] = {
	"0", "-0", "1", "-1", "00", "01", ".5", "5.", "+1", "1e3", "1E+03",
	"1e-4", "1e-7", "0.0001", "0.00001", "0.000001", "0.0000001", "0.00005",
	"999999999", "999999999.999999", "-999999999.999999", "1000000000",
	"2147483647", "2147483648", "4294967295", "4294967296",
	"922337203685477.5806", "922337203685477.5807", "-922337203685477.5808",
	"9223372036854775807", "9223372036854775808", "-9223372036854775808",
	"18446744073709551615", "18446744073709551616", "1e18", "1e19", "1e308",
	"-1e308", "1e309", "1e-400", "1e2147483648", "1e-9223372036854775809",
	"0e999999999999", "NaN", "Infinity", "-Infinity", "inf", "0x10", "1_000",
	"1,5", "1.2.3", "--1", "1e", "e1", "1e+", "-", "\331\241",
	"123456789012345678901234567890123456789012345678901234567890",
	"0.000000000000000000000000000000000000000000000000000000000001"
};

static const char *const days[] = {
	"2026-02-29", "2024-02-29", "2000-02-29", "1900-02-29", "2026-1-1",
	"2026-01-32", "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01",
	"0001-01-01", "0001-12-31 BC", "4713-01-01 BC", "4714-11-24 BC",
	"4714-11-23 BC", "5874897-12-31", "5874898-01-01", "9999-12-31",
	"10000-01-01", "99999999999-01-01", "infinity", "-infinity", "today",
	"20260101", "01/02/2026", "2026-01-01T00:00", "2026-01-01 AD", "-2026-01-01",
	"2026-01-01 BC BC", "4294969322-01-01"
};

static const char *const spans[] = {
	"0 days", "-1 days", "1 day", "1 days", "01 days", "1 mon", "1 fortnight",
	"1.5 days", "2147483647 days", "2147483648 days", "4294967297 days",
	"178956970 months", "178956971 months", "2147483647 months",
	"2147483647 years", "14913080 years", "1 hour", "24 hours", "1day",
	"1  day", " 1 day", "1 day ", "1 DAY", "days", "1", "", "P1D",
	"1 year 2 months", "infinity", "306783378 weeks", "306783379 weeks"
};

static const char *const tokens[] = {
	"{", "}", "[", "]", ":", ",", ";", "*", "=", "/", "\"", "\\", "\"\"", "{}",
	"[]", "null", "true", "false", "\"latest\"", "\"each\"", "\"per_value\"",
	"\"value\"", "\"half_life\"", "\"within\"", "\"per_day\"", "\"min\"",
	"\"max\"", "\"older\"", "\"unless\"", "\"Latest\"", "\"latst\"",
	"\\u0000", "\\ud83d\\ude00", "\\ud800", "\\udc00\\ud800", "\\u00e9",
	"\\x00", "\\x1f", "\\x41", "\\n", "\\", "\xc0\x80", "\xed\xa0\x80",
	"\xf5\x80\x80\x80", "\xff", "\xe2\x82", "\xe2\x80\xae", "\xf0\x9f\x94\xa5",
	"\xcc\x81", " ", "\t", "\n", "\v", "\f", "/*", "--", " BC", "click:",
	"2026-01-01", "{\"a\": ", ", \"click\": {\"each\": 1}"
};

const char *
odd_number(Random *r)
{
	return PICK(r, numbers);
}

const char *
odd_token(Random *r)
{
	switch (random_below(r, 8))
	{
		case 0:
			return PICK(r, numbers);
		case 1:
			return PICK(r, days);
		case 2:
			return PICK(r, spans);
		case 3:
			return PICK(r, names);
		default:
			return PICK(r, tokens);
	}
}

static void
add_random_name(Random *r, Bytes *to)
{
	size_t		n = once_in(r, 500) ? random_below(r, 10000) :
		1 + random_small(r, 200);

	while (n-- > 0)
	{
		switch (random_below(r, 8))
		{
			case 0:
				bytes_add_code_point(to, 1 + random_below(r, 0xd7ff));
				break;
			case 1:
				bytes_add_code_point(to, 0xe000 + random_below(r, 0x102000));
				break;
			default:
				bytes_add_byte(to, (int) ('a' + random_below(r, 26)));
				break;
		}
	}
}

static void
random_name(Random *r, size_t faults, Bytes *to)
{
	bytes_cut(to, 0);
	if (once_in(r, 6))
		add_random_name(r, to);
	else
		bytes_add_text(to, names[random_below(r, once_in(r, 3) ?
											  LENGTH_OF(names) : NAMES_SHARED)]);
	if (once_in(r, faults))
		bytes_add_text(to, PICK(r, tokens));
}

/* civil day of a number of days from 2000-01-01, by eras of 400 years */
static void
add_day(Bytes *to, int64_t day)
{
	int64_t		z = day + 730425;	/* from 0000-03-01 */
	int64_t		era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t		doe = z - era * 146097;
	int64_t		yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t		doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t		month = (5 * doy + 2) / 153;
	int64_t		year = yoe + era * 400 + (month >= 10);

	bytes_add_format(to, "%04" PRId64 "-%02d-%02d%s",
					 year > 0 ? year : 1 - year,
					 (int) (month < 10 ? month + 3 : month - 9),
					 (int) (doy - (153 * month + 2) / 5 + 1),
					 year > 0 ? "" : " BC");
}

static int64_t
random_day_number(Random *r, size_t faults)
{
	if (once_in(r, faults))
		return once_in(r, 2) ? (int64_t) random_bits(r) :
			DAY_FIRST - 1 - (int64_t) random_below(r, 3);
	switch (random_below(r, 16))
	{
		case 0:
			return DAY_FIRST + (int64_t) random_below(r, 800);
		case 1:
			return DAY_LAST - (int64_t) random_below(r, 800);
		case 2:
			return DAY_FIRST + (int64_t) random_below(r, (size_t) DAY_LAST - DAY_FIRST);
		case 3:
			return -730425 + (int64_t) random_below(r, 5);
		default:
			return 9000 + (int64_t) random_below(r, 900);
	}
}

const char *
random_day(Random *r, size_t faults, Bytes *room)
{
	bytes_cut(room, 0);
	if (once_in(r, faults))
		bytes_add_text(room, PICK(r, days));
	else
		add_day(room, random_day_number(r, 0));
	return room->data;
}

/* 0, or a plain number, or an extreme one */
static int64_t
random_amount(Random *r, size_t faults)
{
	int			bits = 1 + (int) random_below(r, 20);

	if (once_in(r, 30))
		bits = 1 + (int) random_below(r, 62);
	if (once_in(r, faults))
		bits = 63;
	return (int64_t) (random_bits(r) >> (64 - bits)) * (once_in(r, 4) ? -1 : 1);
}

/* how many entries, touchpoints, rules */
static size_t
random_many(Random *r, size_t usual, size_t most)
{
	return once_in(r, 400) ? 1 + random_below(r, most) :
		1 + random_small(r, usual - 1);
}

/*
 * timelines
 */

static void
add_timeline_name(Random *r, size_t faults, const Bytes *name, Bytes *to)
{
	size_t		i;

	if (name->len > 0 && strspn(name->data, "abcdefghijklmnopqrstuvwxyz_") == name->len)
	{
		bytes_add(to, name->data, name->len);
		return;
	}
	bytes_add_byte(to, '"');
	for (i = 0; i < name->len; i++)
	{
		unsigned char c = (unsigned char) name->data[i];

		if ((c == '"' || c == '\\') && !once_in(r, faults))
			bytes_add_byte(to, '\\');
		if (c == '\n' || c == '\t')
			bytes_add_text(to, c == '\n' ? "\\n" : "\\t");
		else if (c < 0x20 && once_in(r, 2))
			bytes_add_format(to, "\\x%02x", c);
		else
			bytes_add_byte(to, c);
	}
	if (!once_in(r, faults))
		bytes_add_byte(to, '"');
}

static void
add_count(Random *r, size_t faults, int64_t n, Bytes *to)
{
	if (once_in(r, faults))
		bytes_add_text(to, odd_number(r));
	else
		bytes_add_format(to, "%" PRId64, n);
}

static void
timeline_text(Random *r, size_t faults, Bytes *to)
{
	Bytes		room = {0};
	size_t		ntouchpoints = random_many(r, 6, 300);

	for (size_t t = 0; t < ntouchpoints; t++)
	{
		size_t		nentries = random_many(r, 12, 2000);

		if (to->len > INPUT_MAX)
			break;
		if (t > 0)
			bytes_add_text(to, once_in(r, faults) ? PICK(r, tokens) : ";");
		random_name(r, faults, &room);
		add_timeline_name(r, faults, &room, to);
		bytes_add_text(to, once_in(r, faults) ? PICK(r, tokens) : ":");
		for (size_t e = 0; e < nentries; e++)
		{
			int64_t		count = 1;
			int64_t		valued;

			if (e > 0)
				bytes_add_text(to, once_in(r, faults) ? PICK(r, tokens) : ",");
			bytes_add_text(to, random_day(r, faults, &room));
			if (once_in(r, 4))
			{
				count = llabs(random_amount(r, faults)) + 1;
				bytes_add_byte(to, '*');
				add_count(r, faults, count, to);
			}
			if (!once_in(r, 3))
				continue;
			bytes_add_byte(to, '=');
			if (once_in(r, faults))
				bytes_add_text(to, odd_number(r));
			else
				bytes_add_format(to, "%" PRId64 ".%04d",
								 random_amount(r, 0) / 10000,
								 (int) random_below(r, 10000));
			if (count == 1 || once_in(r, 2))
				continue;
			valued = 1 + (int64_t) random_below(r, (size_t) count - 1);
			bytes_add_byte(to, '/');
			add_count(r, faults, valued, to);
		}
	}
	free(room.data);
}

/* a number of so many bytes, the high ones first */
static void
add_binary(Bytes *to, int bytes, int64_t value)
{
	while (bytes-- > 0)
		bytes_add_byte(to, (int) ((uint64_t) value >> (8 * bytes)) & 0xff);
}

static int64_t
wrong(Random *r, size_t faults, int64_t right)
{
	if (!once_in(r, faults))
		return right;
	switch (random_below(r, 6))
	{
		case 0:
			return right + 1;
		case 1:
			return right - 1;
		case 2:
			return -right;
		case 3:
			return INT32_MAX - (int64_t) random_below(r, 2);
		case 4:
			return once_in(r, 2) ? INT64_MAX : INT64_MIN;
		default:
			return (int64_t) (random_bits(r) >> random_below(r, 64));
	}
}

static void
timeline_binary(Random *r, size_t faults, Bytes *to)
{
	Bytes		name = {0};
	size_t		ntouchpoints = random_many(r, 6, 300);

	add_binary(to, 1, wrong(r, faults, 1));
	add_binary(to, 4, wrong(r, faults, (int64_t) ntouchpoints));
	for (size_t t = 0; t < ntouchpoints; t++)
	{
		size_t		nentries = random_many(r, 12, 2000);

		if (to->len > INPUT_MAX)
			break;
		random_name(r, faults, &name);
		add_binary(to, 4, wrong(r, faults, (int64_t) name.len));
		bytes_add(to, name.data, name.len);
		add_binary(to, 4, wrong(r, faults, (int64_t) nentries));
		for (size_t e = 0; e < nentries; e++)
		{
			int64_t		count = once_in(r, 4) ? llabs(random_amount(r, 0)) + 1 : 1;
			int64_t		valued = once_in(r, 3) ?
				(int64_t) random_below(r, (size_t) count + 1) : 0;
			int64_t		value = valued > 0 ? random_amount(r, 0) : 0;

			add_binary(to, 4, random_day_number(r, faults));
			add_binary(to, 8, wrong(r, faults, count));
			add_binary(to, 8, wrong(r, faults, valued));
			add_binary(to, 8, wrong(r, faults, value));
		}
	}
	free(name.data);
}

/*
 * grids
 */

static void
add_string(Random *r, const char *text, Bytes *to)
{
	bytes_add_byte(to, '"');
	for (; *text != '\0'; text++)
	{
		unsigned char c = (unsigned char) *text;

		if (c == '"' || c == '\\')
			bytes_add_byte(to, '\\');
		if (c < 0x20 || (c < 0x80 && c != '"' && c != '\\' && once_in(r, 100)))
			bytes_add_format(to, "\\u%04x", c);
		else
			bytes_add_byte(to, c);
	}
	bytes_add_byte(to, '"');
}

static void
add_points(Random *r, size_t faults, Bytes *to)
{
	if (once_in(r, faults))
	{
		bytes_add_text(to, odd_token(r));
		return;
	}
	switch (random_below(r, 6))
	{
		case 0:
			bytes_add_format(to, "%d.%06d", (int) random_below(r, 1000000000),
							 (int) random_below(r, 1000000));
			break;
		case 1:
			bytes_add_format(to, "-%d.%d", (int) random_below(r, 100),
							 (int) random_below(r, 100));
			break;
		case 2:
			bytes_add_format(to, "%de%d", 1 + (int) random_below(r, 9),
							 (int) random_below(r, 13) - 6);
			break;
		default:
			bytes_add_format(to, "%d", (int) random_below(r, 60) - 15);
			break;
	}
}

/* a span of about so many days, or more */
static void
add_span(Random *r, size_t faults, bool months, size_t n, Bytes *to)
{
	static const char *const fixed[] = {"days", "days", "day", "weeks"};
	static const char *const calendar[] = {"months", "month", "years"};

	if (once_in(r, faults))
		add_string(r, PICK(r, spans), to);
	else
		bytes_add_format(to, "\"%d %s\"", (int) n,
						 months ? PICK(r, calendar) : PICK(r, fixed));
}

static void
add_half_life(Random *r, size_t faults, Bytes *to)
{
	static const char *const units[] = {"hours", "days", "days", "weeks"};
	size_t		n = once_in(r, 10) ? random_below(r, 2000000) :
		random_below(r, 400);

	if (once_in(r, faults))
		bytes_add_text(to, odd_token(r));
	else
		bytes_add_format(to, "\"%d %s\"", 1 + (int) n, PICK(r, units));
}

static void
add_bands(Random *r, size_t faults, bool thresholds, Bytes *to)
{
	size_t		n = random_many(r, 6, 1000);
	bool		months = once_in(r, 2);
	size_t		from = 0;

	bytes_add_byte(to, '{');
	for (size_t i = 0; i < n; i++)
	{
		if (i > 0)
			bytes_add_text(to, once_in(r, faults) ? PICK(r, tokens) : ", ");
		/* always longer, mostly: weeks and years go in steps of their own */
		from += 1 + random_below(r, 30);
		if (!thresholds)
			add_span(r, faults, months, from, to);
		else if (once_in(r, faults))
			add_string(r, odd_number(r), to);
		else
			bytes_add_format(to, "\"%s%d.%d\"", once_in(r, 5) ? "-" : "",
							 (int) from, (int) random_below(r, 1000));
		bytes_add_text(to, once_in(r, faults) ? PICK(r, tokens) : ": ");
		add_points(r, faults, to);
	}
	bytes_add_byte(to, '}');
}

static void
add_unless(Random *r, size_t faults, Bytes *to)
{
	Bytes		name = {0};
	size_t		n = once_in(r, 2) ? 1 : 1 + random_small(r, 5);
	bool		array = n > 1 || once_in(r, 4);

	if (array)
		bytes_add_byte(to, '[');
	for (size_t i = 0; i < n; i++)
	{
		if (i > 0)
			bytes_add_text(to, ", ");
		random_name(r, faults, &name);
		add_string(r, name.data, to);
	}
	if (array)
		bytes_add_byte(to, ']');
	free(name.data);
}

/* a key with its comma, sometimes misspelled */
static void
add_key(Random *r, size_t faults, const char *key, Bytes *to)
{
	bytes_add_format(to, ", \"%s\": ", key);
	if (once_in(r, faults))
		bytes_replace(to, to->len - 4, 1, PICK(r, tokens), 1);
}

static void
add_rule(Random *r, size_t faults, Bytes *to)
{
	static const char *const amounts[] = {"latest", "each", "per_value"};
	size_t		head = random_below(r, 5);
	bool		faded = once_in(r, 2);

	if (head < 3)
	{
		bytes_add_format(to, "{\"%s\": ", amounts[head]);
		add_points(r, faults, to);
	}
	else
	{
		bytes_add_text(to, head == 3 ? "{\"latest\": " : "{\"value\": ");
		add_bands(r, faults, head == 4, to);
	}
	if (faded || (head == 0 && !once_in(r, faults)))
	{
		add_key(r, faults, "half_life", to);
		add_half_life(r, faults, to);
	}
	if (once_in(r, 3))
	{
		add_key(r, faults, "within", to);
		add_span(r, faults, once_in(r, 2), 1 + random_below(r, 500), to);
	}
	if ((head == 1 && once_in(r, 2)) || once_in(r, faults))
	{
		add_key(r, faults, "per_day", to);
		bytes_add_format(to, "%d", (int) wrong(r, faults, 1 + (int64_t) random_below(r, 9)));
	}
	if ((head == 3 && once_in(r, 2)) || once_in(r, faults))
	{
		add_key(r, faults, "older", to);
		add_points(r, faults, to);
	}
	if (once_in(r, 4))
	{
		add_key(r, faults, "min", to);
		bytes_add_format(to, "-%d", (int) random_below(r, 1000000000));
	}
	if (once_in(r, 4))
	{
		add_key(r, faults, "max", to);
		bytes_add_format(to, "%d", (int) wrong(r, faults, (int64_t) random_below(r, 1000)));
	}
	if (once_in(r, 5))
	{
		add_key(r, faults, "unless", to);
		add_unless(r, faults, to);
	}
	bytes_add_byte(to, '}');
}

static void
grid_text(Random *r, size_t faults, Bytes *to)
{
	Bytes		name = {0};
	size_t		ntouchpoints = once_in(r, 50) ? 0 : random_many(r, 5, 200);
	size_t		first = random_below(r, NAMES_SHARED);

	bytes_add_byte(to, '{');
	for (size_t t = 0; t < ntouchpoints; t++)
	{
		size_t		nrules = random_many(r, 3, 100);
		bool		array = nrules > 1 || once_in(r, 4);

		if (to->len > INPUT_MAX)
			break;
		if (t > 0)
			bytes_add_text(to, once_in(r, faults) ? PICK(r, tokens) : ", ");
		/* all different, but for a fault */
		bytes_cut(&name, 0);
		if (t < NAMES_SHARED && !once_in(r, faults))
			bytes_add_text(&name, names[(first + t) % NAMES_SHARED]);
		else
		{
			random_name(r, faults, &name);
			if (!once_in(r, faults))
				bytes_add_format(&name, "%d", (int) t);
		}
		add_string(r, name.data, to);
		bytes_add_text(to, once_in(r, faults) ? PICK(r, tokens) : ": ");
		if (array)
			bytes_add_byte(to, '[');
		for (size_t i = 0; i < nrules; i++)
		{
			if (i > 0)
				bytes_add_text(to, once_in(r, faults) ? PICK(r, tokens) : ", ");
			add_rule(r, faults, to);
		}
		if (array)
			bytes_add_byte(to, ']');
	}
	bytes_add_byte(to, '}');
	free(name.data);
}

void
make_value(Random *r, ValueType type, ValueForm form, size_t faults,
		   Bytes *to)
{
	bytes_cut(to, 0);
	if (type == TIMELINE && form == TEXT)
		timeline_text(r, faults, to);
	else if (type == TIMELINE)
		timeline_binary(r, faults, to);
	else
	{
		if (form == BINARY)
			add_binary(to, 1, wrong(r, faults, 1));
		grid_text(r, faults, to);
	}
}
