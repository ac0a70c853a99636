/*
 * mutate.c
 *		Values broken at random: bytes, tokens, numbers, splices.
 */
#include "fuzz.h"

#include <ctype.h>

#define TOKENS_MAX	4096

/* a piece of a value: from, and how many bytes */
typedef struct Piece
{
	size_t		at;
	size_t		len;
} Piece;

static const unsigned char odd_bytes[] = {
	0x00, 0x01, 0x02, 0x03, 0x7f, 0x80, 0x81, 0xfe, 0xff, '"', '\\', '{', '}',
	'[', ']', ':', ';', ',', '*', '=', '/', '-', '+', '.', 'e', '0', '9', ' '
};

/* what a length or a number in a message may be */
static const uint64_t odd_integers[] = {
	0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x10000, 0xffffff,
	0x1ffffffc, 0x20000000, 0x3fffffff, 0x40000000, 0x7ffffffe, 0x7fffffff,
	0x80000000, 0xfffffffe, 0xffffffff, UINT64_C(0x7ffffffffffffffe),
	UINT64_C(0x7fffffffffffffff), UINT64_C(0x8000000000000000),
	UINT64_C(0x8000000000000001), UINT64_C(0xffffffffffffffff)
};

static Piece
any_piece(Random *r, const Bytes *b, size_t most)
{
	Piece		piece;

	piece.at = random_below(r, b->len + 1);
	piece.len = random_small(r, b->len - piece.at < most ?
							 b->len - piece.at : most);
	return piece;
}

static bool
in_word(unsigned char c)
{
	return isalnum(c) || c == '-' || c == '.' || c == '_' || c >= 0x80;
}

/* where the token ends that begins there: a word, a string, or one sign */
static size_t
token_end(const Bytes *b, size_t at)
{
	size_t		end = at + 1;

	if (b->data[at] == '"')
	{
		while (end < b->len && b->data[end] != '"')
			end += b->data[end] == '\\' && end + 1 < b->len ? 2 : 1;
		return end < b->len ? end + 1 : end;
	}
	if (in_word((unsigned char) b->data[at]))
		while (end < b->len && in_word((unsigned char) b->data[end]))
			end++;
	return end;
}

static Piece
any_token(Random *r, const Bytes *b)
{
	static size_t starts[TOKENS_MAX];
	size_t		n = 0;
	size_t		at = b->len > 20000 ? random_below(r, b->len) : 0;
	Piece		piece = {b->len, 0};

	while (at < b->len && n < TOKENS_MAX)
	{
		starts[n++] = at;
		at = token_end(b, at);
	}
	if (n > 0)
	{
		piece.at = starts[random_below(r, n)];
		piece.len = token_end(b, piece.at) - piece.at;
	}
	return piece;
}

/* digits, if there are any after a random place */
static bool
any_number(Random *r, const Bytes *b, Piece *piece)
{
	size_t		at = random_below(r, b->len + 1);

	while (at < b->len && !isdigit((unsigned char) b->data[at]))
		at++;
	piece->at = at;
	while (at < b->len && isdigit((unsigned char) b->data[at]))
		at++;
	piece->len = at - piece->at;
	return piece->len > 0;
}

static void
swap(Bytes *b, Piece x, Piece y)
{
	Bytes		swapped = {0};

	if (x.at > y.at)
	{
		Piece		z = x;

		x = y;
		y = z;
	}
	if (x.at + x.len > y.at)
		return;
	bytes_add(&swapped, b->data + y.at, y.len);
	bytes_add(&swapped, b->data + x.at + x.len, y.at - x.at - x.len);
	bytes_add(&swapped, b->data + x.at, x.len);
	bytes_replace(b, x.at, swapped.len, swapped.data, swapped.len);
	free(swapped.data);
}

static void
repeat(Random *r, Bytes *b, Piece piece)
{
	size_t		times = once_in(r, 50) ? random_below(r, 5000) :
		1 + random_small(r, 8);
	Bytes		all = {0};

	while (times-- > 0 && all.len + b->len < INPUT_MAX)
		bytes_add(&all, b->data + piece.at, piece.len);
	if (all.len > 0)
		bytes_replace(b, piece.at + piece.len, 0, all.data, all.len);
	free(all.data);
}

/* brackets around a piece, some of them deep */
static void
nest(Random *r, Bytes *b, Piece piece)
{
	size_t		depth = once_in(r, 50) ? random_below(r, 20000) :
		1 + random_small(r, 6);
	bool		arrays = once_in(r, 2);
	Bytes		open = {0};
	Bytes		close = {0};

	while (depth-- > 0)
	{
		bytes_add_text(&open, arrays ? "[" : "{\"a\":");
		bytes_add_byte(&close, arrays ? ']' : '}');
	}
	bytes_replace(b, piece.at + piece.len, 0, close.data,
				  once_in(r, 4) ? close.len / 2 : close.len);
	bytes_replace(b, piece.at, 0, open.data, open.len);
	free(open.data);
	free(close.data);
}

static void
mutate_bytes(Random *r, Bytes *b, const Bytes *other)
{
	Piece		piece = any_piece(r, b, 64);
	Piece		taken;
	char		byte = (char) PICK(r, odd_bytes);

	switch (random_below(r, 9))
	{
		case 0:
			if (b->len > 0)
				b->data[random_below(r, b->len)] ^= (char) (1 << random_below(r, 8));
			break;
		case 1:
			if (b->len > 0)
				b->data[random_below(r, b->len)] = byte;
			break;
		case 2:
			if (b->len > 0)
				b->data[random_below(r, b->len)] += once_in(r, 2) ? 1 : -1;
			break;
		case 3:
			bytes_replace(b, piece.at, 0, &byte, 1);
			break;
		case 4:
			bytes_replace(b, piece.at, piece.len, "", 0);
			break;
		case 5:
			repeat(r, b, piece);
			break;
		case 6:
			swap(b, piece, any_piece(r, b, 64));
			break;
		case 7:
			taken = any_piece(r, other, 64);
			bytes_replace(b, piece.at, once_in(r, 2) ? piece.len : taken.len,
						  other->data + taken.at, taken.len);
			break;
		default:
			bytes_cut(b, random_below(r, b->len + 1));
			break;
	}
}

static void
mutate_tokens(Random *r, Bytes *b, const Bytes *other)
{
	Piece		piece = any_token(r, b);
	Piece		taken;
	const char *odd = odd_token(r);

	switch (random_below(r, 8))
	{
		case 0:
			bytes_replace(b, piece.at, piece.len, "", 0);
			break;
		case 1:
			repeat(r, b, piece);
			break;
		case 2:
			swap(b, piece, any_token(r, b));
			break;
		case 3:
			bytes_replace(b, piece.at, piece.len, odd, strlen(odd));
			break;
		case 4:
			bytes_replace(b, piece.at, 0, odd, strlen(odd));
			break;
		case 5:
			taken = any_token(r, other);
			bytes_replace(b, piece.at, piece.len, other->data + taken.at, taken.len);
			break;
		case 6:
			nest(r, b, piece);
			break;
		default:
			taken = any_token(r, b);
			if (taken.at > piece.at)
				piece.len = taken.at - piece.at;
			if (once_in(r, 2))
				bytes_replace(b, piece.at, piece.len, "", 0);
			else
				repeat(r, b, piece);
			break;
	}
}

static void
mutate_number(Random *r, Bytes *b)
{
	Piece		piece;
	const char *odd = odd_number(r);

	if (!any_number(r, b, &piece))
		return;
	if (once_in(r, 2))
		b->data[piece.at + random_below(r, piece.len)] = (char) ('0' + random_below(r, 10));
	else
		bytes_replace(b, piece.at, piece.len, odd, strlen(odd));
}

/* an integer of 4 or 8 bytes in a message */
static void
mutate_integer(Random *r, Bytes *b)
{
	size_t		len = once_in(r, 2) ? 4 : 8;
	uint64_t	v = PICK(r, odd_integers);
	char		bytes[8];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (char) (v >> (8 * (len - 1 - i)));
	bytes_replace(b, random_below(r, b->len < 32 ? b->len + 1 : 32 +
								  (once_in(r, 2) ? random_below(r, b->len - 31) : 0)),
				  once_in(r, 8) ? 0 : len, bytes, len);
}

/* the beginning of one value, the end of another */
static void
splice(Random *r, ValueForm form, Bytes *b, const Bytes *other)
{
	Piece		keep = form == TEXT ? any_token(r, b) : any_piece(r, b, 64);
	Piece		take = form == TEXT ? any_token(r, other) : any_piece(r, other, 64);

	bytes_replace(b, keep.at, b->len, other->data + take.at, other->len - take.at);
}

void
mutate(Random *r, ValueForm form, Bytes *b, const Bytes *other)
{
	size_t		times = 1 + random_small(r, 6);

	while (times-- > 0)
	{
		switch (random_below(r, 8))
		{
			case 0:
			case 1:
				mutate_bytes(r, b, other);
				break;
			case 2:
				splice(r, form, b, other);
				break;
			case 3:
			case 4:
				if (form == BINARY)
				{
					mutate_integer(r, b);
					break;
				}
				/* fall through */
			case 5:
				mutate_number(r, b);
				break;
			default:
				mutate_tokens(r, b, other);
				break;
		}
	}
	if (b->len > INPUT_MAX)
		bytes_cut(b, INPUT_MAX);
}
