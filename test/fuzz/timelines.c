/*
 * timelines.c
 *		Timelines by their grammar, and as messages.
 */
#include "fuzz.h"

#include <inttypes.h>

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

void
add_timeline_text(Random *r, size_t faults, Bytes *to)
{
	Bytes		room = {0};
	size_t		ntouchpoints = random_many(r, 6, 300);

	for (size_t t = 0; t < ntouchpoints; t++)
	{
		size_t		nentries = random_many(r, 12, 2000);

		if (to->len > INPUT_MAX)
			break;
		if (t > 0)
			bytes_add_text(to, mostly(r, faults, ";"));
		random_name(r, faults, &room);
		add_timeline_name(r, faults, &room, to);
		bytes_add_text(to, mostly(r, faults, ":"));
		for (size_t e = 0; e < nentries; e++)
		{
			int64_t		count = 1;
			int64_t		valued;

			if (e > 0)
				bytes_add_text(to, mostly(r, faults, ","));
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

void
add_timeline_message(Random *r, size_t faults, Bytes *to)
{
	Bytes		name = {0};
	size_t		ntouchpoints = random_many(r, 6, 300);

	add_binary(to, 1, mostly_number(r, faults, 1));
	add_binary(to, 4, mostly_number(r, faults, (int64_t) ntouchpoints));
	for (size_t t = 0; t < ntouchpoints; t++)
	{
		size_t		nentries = random_many(r, 12, 2000);

		if (to->len > INPUT_MAX)
			break;
		random_name(r, faults, &name);
		add_binary(to, 4, mostly_number(r, faults, (int64_t) name.len));
		bytes_add(to, name.data, name.len);
		add_binary(to, 4, mostly_number(r, faults, (int64_t) nentries));
		for (size_t e = 0; e < nentries; e++)
		{
			int64_t		count = once_in(r, 4) ? llabs(random_amount(r, 0)) + 1 : 1;
			int64_t		valued = once_in(r, 3) ?
				(int64_t) random_below(r, (size_t) count + 1) : 0;
			int64_t		value = valued > 0 ? random_amount(r, 0) : 0;

			add_binary(to, 4, random_day_number(r, faults));
			add_binary(to, 8, mostly_number(r, faults, count));
			add_binary(to, 8, mostly_number(r, faults, valued));
			add_binary(to, 8, mostly_number(r, faults, value));
		}
	}
	free(name.data);
}
