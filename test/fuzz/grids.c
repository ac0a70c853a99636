/*
 * grids.c
 *		Grids by their grammar: every head and every modifier.
 */
#include "fuzz.h"

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
		add_string(r, odd_span(r), to);
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
			bytes_add_text(to, mostly(r, faults, ", "));
		/* always longer, mostly: weeks and years go in steps of their own */
		from += 1 + random_below(r, 30);
		if (!thresholds)
			add_span(r, faults, months, from, to);
		else if (once_in(r, faults))
			add_string(r, odd_number(r), to);
		else
			bytes_add_format(to, "\"%s%d.%d\"", once_in(r, 5) ? "-" : "",
							 (int) from, (int) random_below(r, 1000));
		bytes_add_text(to, mostly(r, faults, ": "));
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
		bytes_replace(to, to->len - 4, 1, odd_token(r), 1);
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
		bytes_add_format(to, "%d", (int) mostly_number(r, faults, 1 + (int64_t) random_below(r, 9)));
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
		bytes_add_format(to, "%d", (int) mostly_number(r, faults, (int64_t) random_below(r, 1000)));
	}
	if (once_in(r, 5))
	{
		add_key(r, faults, "unless", to);
		add_unless(r, faults, to);
	}
	bytes_add_byte(to, '}');
}

void
add_grid(Random *r, size_t faults, Bytes *to)
{
	Bytes		name = {0};
	size_t		ntouchpoints = once_in(r, 50) ? 0 : random_many(r, 5, 200);
	size_t		first = random_below(r, SHARED_NAMES);

	bytes_add_byte(to, '{');
	for (size_t t = 0; t < ntouchpoints; t++)
	{
		size_t		nrules = random_many(r, 3, 100);
		bool		array = nrules > 1 || once_in(r, 4);

		if (to->len > INPUT_MAX)
			break;
		if (t > 0)
			bytes_add_text(to, mostly(r, faults, ", "));
		/* all different, but for a fault */
		bytes_cut(&name, 0);
		if (t < SHARED_NAMES && !once_in(r, faults))
			bytes_add_text(&name, shared_name(first + t));
		else
		{
			random_name(r, faults, &name);
			if (!once_in(r, faults))
				bytes_add_format(&name, "%d", (int) t);
		}
		add_string(r, name.data, to);
		bytes_add_text(to, mostly(r, faults, ": "));
		if (array)
			bytes_add_byte(to, '[');
		for (size_t i = 0; i < nrules; i++)
		{
			if (i > 0)
				bytes_add_text(to, mostly(r, faults, ", "));
			add_rule(r, faults, to);
		}
		if (array)
			bytes_add_byte(to, ']');
	}
	bytes_add_byte(to, '}');
	free(name.data);
}
