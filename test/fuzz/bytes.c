/*
 * bytes.c
 *		Random numbers, and buffers that grow.
 */
#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>

/* splitmix64: any state is a good one */
uint64_t
random_bits(Random *r)
{
	uint64_t	z = (r->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

size_t
random_below(Random *r, size_t n)
{
	return n == 0 ? 0 : (size_t) (random_bits(r) % n);
}

bool
once_in(Random *r, size_t n)
{
	return n != 0 && random_below(r, n) == 0;
}

size_t
random_small(Random *r, size_t max)
{
	size_t		n = 1;

	while (n < max && random_below(r, 4) != 0)
		n *= 2;
	return random_below(r, (n < max ? n : max) + 1);
}

void *
allocate(size_t size)
{
	void	   *p = calloc(1, size + 1);

	if (p == NULL)
	{
		fputs("out of memory\n", stderr);
		exit(2);
	}
	return p;
}

static void
reserve(Bytes *b, size_t len)
{
	char	   *data;

	if (len + 1 <= b->size)
		return;
	b->size = 2 * len + 64;
	data = allocate(b->size);
	if (b->len > 0)
		memcpy(data, b->data, b->len);
	free(b->data);
	b->data = data;
}

void
bytes_cut(Bytes *b, size_t len)
{
	reserve(b, len);
	b->len = len;
	b->data[len] = '\0';
}

void
bytes_add(Bytes *b, const void *data, size_t len)
{
	bytes_replace(b, b->len, 0, data, len);
}

void
bytes_add_byte(Bytes *b, int byte)
{
	char		c = (char) byte;

	bytes_add(b, &c, 1);
}

void
bytes_add_text(Bytes *b, const char *text)
{
	bytes_add(b, text, strlen(text));
}

void
bytes_add_format(Bytes *b, const char *format, ...)
{
	char		text[512];
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	bytes_add_text(b, text);
}

/* 7 bits a byte, low bits first */
void
bytes_add_varint(Bytes *b, uint64_t v)
{
	while (v >= 0x80)
	{
		bytes_add_byte(b, (int) (v & 0x7f) | 0x80);
		v >>= 7;
	}
	bytes_add_byte(b, (int) v);
}

/* UTF-8, also of what is no character */
void
bytes_add_code_point(Bytes *b, uint32_t c)
{
	if (c < 0x80)
		bytes_add_byte(b, (int) c);
	else if (c < 0x800)
	{
		bytes_add_byte(b, 0xc0 | (c >> 6));
		bytes_add_byte(b, 0x80 | (c & 0x3f));
	}
	else if (c < 0x10000)
	{
		bytes_add_byte(b, 0xe0 | (c >> 12));
		bytes_add_byte(b, 0x80 | ((c >> 6) & 0x3f));
		bytes_add_byte(b, 0x80 | (c & 0x3f));
	}
	else
	{
		bytes_add_byte(b, 0xf0 | ((c >> 18) & 0x07));
		bytes_add_byte(b, 0x80 | ((c >> 12) & 0x3f));
		bytes_add_byte(b, 0x80 | ((c >> 6) & 0x3f));
		bytes_add_byte(b, 0x80 | (c & 0x3f));
	}
}

void
bytes_copy(Bytes *to, const Bytes *from)
{
	bytes_cut(to, 0);
	bytes_add(to, from->data, from->len);
}

void
bytes_replace(Bytes *b, size_t at, size_t len, const void *data,
			  size_t data_len)
{
	char	   *piece = NULL;

	if (at > b->len)
		at = b->len;
	if (len > b->len - at)
		len = b->len - at;
	if (b->data != NULL && (const char *) data >= b->data &&
		(const char *) data <= b->data + b->len)
	{
		/* a piece of itself, which is about to move */
		piece = allocate(data_len);
		memcpy(piece, data, data_len);
		data = piece;
	}
	reserve(b, b->len - len + data_len);
	memmove(b->data + at + data_len, b->data + at + len, b->len - at - len);
	if (data_len > 0)
		memcpy(b->data + at, data, data_len);
	b->len = b->len - len + data_len;
	b->data[b->len] = '\0';
	free(piece);
}
