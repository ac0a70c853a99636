/*
 * calendar.c
 *		Days, and the spans that reach back from them.
 *
 * The calendar is the proleptic Gregorian one, as everywhere in PostgreSQL.  A
 * month is counted from January 2000, a day from its first day, so both are
 * plain integers and arithmetic on them is exact far beyond what a date holds.
 * The Gregorian calendar repeats itself every 400 years: 4800 months, 146097
 * days.  Years are taken to begin in March, which puts the leap day at the end,
 * where it moves nothing else.
 */
#include "compat.h"

#include "ground/calendar.h"

#define CYCLE_MONTHS	4800
#define CYCLE_DAYS		146097

/* from 2000-01-01 to 2000-03-01 */
#define DAYS_TO_MARCH	60
#define MONTHS_TO_MARCH	2

/* larger than any calendar, small enough that nothing below overflows */
#define FAR_AWAY		INT64CONST(1000000000000000)

typedef struct UnitName
{
	const char *singular;
	SpanUnit	unit;
	int32		max_quantity;	/* stays below 2^31 days, or hours */
} UnitName;

/* in the order of SpanUnit */
static const UnitName unit_names[] = {
	{"hour", SPAN_HOURS, PG_INT32_MAX},
	{"day", SPAN_DAYS, PG_INT32_MAX},
	{"week", SPAN_WEEKS, PG_INT32_MAX / 7},
	{"month", SPAN_MONTHS, PG_INT32_MAX / 31},
	{"year", SPAN_YEARS, PG_INT32_MAX / 366}
};

/* quotient rounded down, and what is left: never negative */
static int64
divide_down(int64 a, int64 b, int64 *rest)
{
	int64		q = a / b;

	if (a % b < 0)
		q--;
	*rest = a - q * b;
	return q;
}

/* the first day of a month */
static int64
month_start(int64 month)
{
	int64		rest;
	int64		cycle = divide_down(month - MONTHS_TO_MARCH, CYCLE_MONTHS, &rest);
	int64		year = rest / 12;

	/* (153 * m + 2) / 5: months from March on have 31, 30, 31, 30, 31 days */
	return cycle * CYCLE_DAYS + year * 365 + year / 4 - year / 100 +
		(153 * (rest % 12) + 2) / 5 + DAYS_TO_MARCH;
}

static int
month_length(int64 month)
{
	return (int) (month_start(month + 1) - month_start(month));
}

/* the month of a day; sets the day of the month, from 0 */
static int64
month_of_day(int64 day, int *day_of_month)
{
	int64		rest;
	int64		cycle = divide_down(day - DAYS_TO_MARCH, CYCLE_DAYS, &rest);
	int64		year;
	int64		month;

	/* take out the leap days before it: of 4 years, 100 years, 400 years */
	year = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
	rest -= year * 365 + year / 4 - year / 100;
	month = (5 * rest + 2) / 153;
	*day_of_month = (int) (rest - (153 * month + 2) / 5);
	return cycle * CYCLE_MONTHS + year * 12 + month + MONTHS_TO_MARCH;
}

static int32
saturate(int64 day)
{
	if (day < DAY_MIN)
		return DAY_BEFORE_ALL;
	if (day > DAY_MAX)
		return DAY_MAX + 1;
	return (int32) day;
}

int32
day_plus(int32 day, int64 months, int64 days)
{
	int64		result = day;

	months = Min(Max(months, -FAR_AWAY), FAR_AWAY);
	days = Min(Max(days, -FAR_AWAY), FAR_AWAY);
	if (months != 0)
	{
		int			day_of_month;
		int64		month = month_of_day(day, &day_of_month) + months;

		result = month_start(month) +
			Min(day_of_month, month_length(month) - 1);
	}
	return saturate(result + days);
}

static int64
span_days(Span span)
{
	return (int64) span.quantity * (span.unit == SPAN_WEEKS ? 7 : 1);
}

static int64
span_months(Span span)
{
	return (int64) span.quantity * (span.unit == SPAN_YEARS ? 12 : 1);
}

static bool
span_is_months(Span span)
{
	return span.unit == SPAN_MONTHS || span.unit == SPAN_YEARS;
}

int32
day_minus_span(int32 day, Span span)
{
	Assert(span.unit != SPAN_HOURS);
	if (span_is_months(span))
		return day_plus(day, -span_months(span), 0);
	return saturate((int64) day - span_days(span));
}

/*
 * The fewest and the most days that a number of months can reach back, over
 * all days that there are.  From any day of one month to the same day of the
 * earlier one it is as far as from first to first; where the earlier month is
 * too short for that, its last day stands in, and it is further.
 *
 * Whole cycles make no difference, and what is left is worked out once.
 */
static void
month_span_days(int64 months, int64 *least, int64 *most)
{
	static struct
	{
		int32		least;
		int32		most;			/* 0: not known yet, but for no months */
	}			known[CYCLE_MONTHS];
	int64		rest;
	int64		cycles = divide_down(months, CYCLE_MONTHS, &rest);

	if (known[rest].most == 0)
	{
		int64		to = month_start(0);
		int64		from = month_start(-rest);
		int64		month;

		known[rest].least = CYCLE_DAYS;
		for (month = 0; month < CYCLE_MONTHS; month++)
		{
			int64		next_to = month_start(month + 1);
			int64		next_from = month_start(month + 1 - rest);
			int64		lost = (next_to - to) - (next_from - from);

			known[rest].least = Min(known[rest].least, to - from);
			known[rest].most = Max(known[rest].most, to - from + Max(lost, 0));
			to = next_to;
			from = next_from;
		}
	}
	*least = known[rest].least + cycles * CYCLE_DAYS;
	*most = known[rest].most + cycles * CYCLE_DAYS;
}

/* days against months */
static SpanOrder
compare_mixed(int64 days, int64 months)
{
	/* the mean length, from which none is more than 5 days away */
	int64		mean = months * CYCLE_DAYS / CYCLE_MONTHS;
	int64		least;
	int64		most;

	if (days < mean - 6)
		return SPAN_SHORTER;
	if (days > mean + 6)
		return SPAN_LONGER;
	month_span_days(months, &least, &most);
	if (days < least)
		return SPAN_SHORTER;
	if (days > most)
		return SPAN_LONGER;
	return least == most ? SPAN_SAME : SPAN_UNDECIDED;
}

static SpanOrder
compare_numbers(int64 a, int64 b)
{
	return a < b ? SPAN_SHORTER : a > b ? SPAN_LONGER : SPAN_SAME;
}

SpanOrder
span_compare(Span a, Span b)
{
	SpanOrder	order;

	Assert(a.unit != SPAN_HOURS && b.unit != SPAN_HOURS);
	if (span_is_months(a) && span_is_months(b))
		return compare_numbers(span_months(a), span_months(b));
	if (span_is_months(b))
		return compare_mixed(span_days(a), span_months(b));
	if (!span_is_months(a))
		return compare_numbers(span_days(a), span_days(b));
	order = compare_mixed(span_days(b), span_months(a));
	return order == SPAN_SHORTER ? SPAN_LONGER :
		order == SPAN_LONGER ? SPAN_SHORTER : order;
}

void
span_length(Span span, int64 *least, int64 *most)
{
	Assert(span.unit != SPAN_HOURS);
	if (span_is_months(span))
		month_span_days(span_months(span), least, most);
	else
		*least = *most = span_days(span);
}

int64
span_hours(Span span)
{
	Assert(!span_is_months(span));
	return span.unit == SPAN_HOURS ? span.quantity : span_days(span) * 24;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* does the text say this unit, in one or many, in whatever case? */
static bool
is_unit(const char *text, size_t len, const char *singular)
{
	size_t		n = strlen(singular);

	if (len != n && !(len == n + 1 && pg_ascii_tolower(text[n]) == 's'))
		return false;
	return pg_strncasecmp(text, singular, n) == 0;
}

bool
span_parse(const char *text, size_t len, Span *span)
{
	const char *end = text + len;
	int64		quantity = 0;
	int			i;

	while (text < end && is_blank(*text))
		text++;
	while (text < end && is_blank(end[-1]))
		end--;
	if (text == end || !is_digit(*text))
		return false;
	for (; text < end && is_digit(*text); text++)
	{
		quantity = quantity * 10 + (*text - '0');
		if (quantity > PG_INT32_MAX)
			return false;
	}
	while (text < end && is_blank(*text))
		text++;
	for (i = 0; i < lengthof(unit_names); i++)
	{
		if (!is_unit(text, end - text, unit_names[i].singular))
			continue;
		if (quantity < 1 || quantity > unit_names[i].max_quantity)
			return false;
		span->quantity = (int32) quantity;
		span->unit = unit_names[i].unit;
		return true;
	}
	return false;
}

char *
span_text(Span span)
{
	Assert(span.unit >= 0 && span.unit < lengthof(unit_names));
	return psprintf("%d %s%s", span.quantity, unit_names[span.unit].singular,
					span.quantity == 1 ? "" : "s");
}

static char *
write_two_digits(char *to, int number)
{
	*to++ = '0' + number / 10;
	*to++ = '0' + number % 10;
	return to;
}

char *
day_write(char *to, int32 day)
{
	int			day_of_month;
	int64		month_of_year;
	int64		year;
	char		digits[12];
	int			n = 0;
	bool		bc;

	year = 2000 + divide_down(month_of_day(day, &day_of_month), 12,
							  &month_of_year);
	/* the year before the year 1 is 1 BC */
	bc = year <= 0;
	if (bc)
		year = 1 - year;
	while (year > 0 || n < 4)
	{
		digits[n++] = '0' + year % 10;
		year /= 10;
	}
	while (n > 0)
		*to++ = digits[--n];
	*to++ = '-';
	to = write_two_digits(to, (int) month_of_year + 1);
	*to++ = '-';
	to = write_two_digits(to, day_of_month + 1);
	if (bc)
	{
		memcpy(to, " BC", 3);
		to += 3;
	}
	return to;
}

char *
day_text(int32 day)
{
	char	   *text = palloc(DAY_TEXT_SIZE);

	*day_write(text, day) = '\0';
	return text;
}

/* reads from least to most digits; NULL when there are fewer */
static const char *
read_digits(const char *text, const char *end, int least, int most,
			int64 *number)
{
	int			n = 0;

	*number = 0;
	while (text < end && n < most && is_digit(*text))
	{
		*number = *number * 10 + (*text++ - '0');
		n++;
	}
	return n >= least ? text : NULL;
}

const char *
day_read(const char *text, const char *end, int32 *day)
{
	int64		year;
	int64		month;
	int64		day_of_month;
	int64		result;

	text = read_digits(text, end, 4, 7, &year);
	if (text == NULL || text == end || *text++ != '-')
		return NULL;
	text = read_digits(text, end, 2, 2, &month);
	if (text == NULL || text == end || *text++ != '-')
		return NULL;
	text = read_digits(text, end, 2, 2, &day_of_month);
	if (text == NULL)
		return NULL;
	if (year < 1 || month < 1 || month > 12 || day_of_month < 1)
		return NULL;
	if (end - text >= 3 && memcmp(text, " BC", 3) == 0)
	{
		text += 3;
		year = 1 - year;
	}
	month = (year - 2000) * 12 + month - 1;
	if (day_of_month > month_length(month))
		return NULL;
	result = month_start(month) + day_of_month - 1;
	if (!DAY_IS_VALID(result))
		return NULL;
	*day = (int32) result;
	return text;
}

int32
day_argument(DateADT day, const char *argument)
{
	if (!DAY_IS_VALID(day))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("\"%s\" must be a day of the calendar, not infinity",
						argument),
				 errhint("Say which day is meant; leave rows without one out.")));
	return day;
}
