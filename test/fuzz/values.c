/*
 * values.c
 *		Names, days and numbers that values are made of: right, or wrong here
 *		and there.
 *
 * `faults` runs through all that is made: one choice in so many is a wrong one.
 */
#include "fuzz.h"

#include <inttypes.h>

/* days of PostgreSQL's calendar, from 2000-01-01 */
#define DAY_FIRST	(-2451545)
#define DAY_LAST	2145031948

const char *const type_names[] = {"timeline", "grid"};
const char *const form_names[] = {"text", "binary"};

/* the first SHARED_NAMES are those that timelines and grids mostly have */
static const char *const names[] = {
	"click", "open", "purchase", "nps", "email_sent", "a", "b", "Purchase", "with space", "R\303\251clamation \"1\"", "",
	" ", "a;b:c,d*e=f/g\"h\\i", "\346\227\245\346\234\254\350\252\236",
	"\360\237\224\245", "e\314\201", "\342\200\256rtl \327\251\327\234",
	"\302\240", "\357\273\277bom", "2026-01-01", "-1", "NULL", "{}", "\t\n\r",
	"\001\037\177", "\364\217\277\277", "latest", "unless", "'", "$1", "%s%n"
};

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

const char *
odd_span(Random *r)
{
	return PICK(r, spans);
}

const char *
shared_name(size_t i)
{
	return names[i % SHARED_NAMES];
}

const char *
mostly(Random *r, size_t faults, const char *right)
{
	return once_in(r, faults) ? PICK(r, tokens) : right;
}

int64_t
mostly_number(Random *r, size_t faults, int64_t right)
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

void
random_name(Random *r, size_t faults, Bytes *to)
{
	bytes_cut(to, 0);
	if (once_in(r, 6))
		add_random_name(r, to);
	else
		bytes_add_text(to, names[random_below(r, once_in(r, 3) ?
											  LENGTH_OF(names) : SHARED_NAMES)]);
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

int64_t
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
int64_t
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
size_t
random_many(Random *r, size_t usual, size_t most)
{
	return once_in(r, 400) ? 1 + random_below(r, most) :
		1 + random_small(r, usual - 1);
}

void
make_value(Random *r, ValueType type, ValueForm form, size_t faults,
		   Bytes *to)
{
	bytes_cut(to, 0);
	if (type == TIMELINE && form == TEXT)
		add_timeline_text(r, faults, to);
	else if (type == TIMELINE)
		add_timeline_message(r, faults, to);
	else
	{
		if (form == BINARY)
			bytes_add_byte(to, (int) mostly_number(r, faults, 1) & 0xff);
		add_grid(r, faults, to);
	}
}
