/*
 * timeline_binary.c
 *		Timelines as messages: receive and send.
 *
 * A message is a byte of version, int32 touchpoints, and for each of them the
 * int32 length and the text of its name, int32 entries, and for each of these
 * int32 day (since 2000-01-01), int64 count, int64 valued, int64 value in
 * 1/10000.
 *
 * It comes from strangers, as text does, and is treated the same way.
 */
#include "timeline/timeline_open.h"

#include "ground/calendar.h"
#include "timeline/timeline_argument.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

/* the least bytes of a touchpoint, and those of an entry */
#define MESSAGE_TOUCHPOINT_SIZE	(4 + 4 + MESSAGE_ENTRY_SIZE)
#define MESSAGE_ENTRY_SIZE		(4 + 8 + 8 + 8)

PG_FUNCTION_INFO_V1(timeline_recv);
PG_FUNCTION_INFO_V1(timeline_send);

pg_noreturn static void malformed_message(const char *format,...)
			pg_attribute_printf(1, 2);

static void
malformed_message(const char *format,...)
{
	char		detail[256];
	va_list		args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary representation of type timeline"),
			 errdetail("%s.", detail)));
}

/* A number of things that each take at least that many bytes. */
static int32
receive_number(StringInfo message, int size, const char *what)
{
	int32		n = (int32) pq_getmsgint(message, 4);

	if (n < 1 || n > (message->len - message->cursor) / size)
		malformed_message("%d %s cannot be in the %d bytes that are left",
						  n, what, message->len - message->cursor);
	return n;
}

static void
receive_entry(StringInfo message, const char *name, int len,
			  OpenEntry *entry)
{
	int64		value;

	entry->day = (int32) pq_getmsgint(message, 4);
	entry->count = pq_getmsgint64(message);
	entry->valued = pq_getmsgint64(message);
	value = pq_getmsgint64(message);
	entry->value = value;

	if (!DAY_IS_VALID(entry->day))
		malformed_message("Touchpoint %s: there is no day %d",
						  touchpoint_quoted(name, len), entry->day);
	if (entry->count < 1 ||
		entry->valued < 0 || entry->valued > entry->count ||
		(entry->valued == 0 && value != 0) ||
		value >= TIMELINE_VALUE_LIMIT || value <= -TIMELINE_VALUE_LIMIT)
		malformed_message("Touchpoint %s on %s cannot have %lld interactions, %lld of them with values of %lld in all",
						  touchpoint_quoted(name, len), day_text(entry->day),
						  (long long) entry->count, (long long) entry->valued,
						  (long long) value);
}

/*
 * timeline_recv(internal) returns timeline
 *
 * Reads what timeline_send() writes; like text it may come in any order.
 */
Datum
timeline_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	OpenTimeline *open = NULL;
	struct varlena *result;
	int			version = pq_getmsgbyte(message);
	int32		ntouchpoints;

	if (version != TIMELINE_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary representation of type timeline"),
				 errdetail("It has version %d, and this library reads version %d.",
						   version, TIMELINE_VERSION)));

	ntouchpoints = receive_number(message, MESSAGE_TOUCHPOINT_SIZE,
								  "touchpoints");
	for (int32 t = 0; t < ntouchpoints; t++)
	{
		int32		raw_len = (int32) pq_getmsgint(message, 4);
		int			len;
		char	   *name;
		int32		nentries;

		if (raw_len < 0 || raw_len > message->len - message->cursor)
			malformed_message("A name of %d bytes cannot be in the %d bytes that are left",
							  raw_len, message->len - message->cursor);
		name = pq_getmsgtext(message, raw_len, &len);
		if (memchr(name, '\0', len) != NULL)
			malformed_message("The name of a touchpoint contains a zero byte");

		nentries = receive_number(message, MESSAGE_ENTRY_SIZE, "entries");
		for (int32 i = 0; i < nentries; i++)
		{
			OpenEntry	entry;

			CHECK_FOR_INTERRUPTS();
			receive_entry(message, name, len, &entry);
			open = open_collect(open, name, len, &entry, NULL);
		}
		pfree(name);
	}

	result = open_close(open, NULL);
	pfree(open);
	PG_RETURN_POINTER(result);
}

static void
send_name(StringInfo message, const char *name, uint32 len)
{
	char	   *converted = pg_server_to_client(name, len);

	if (converted != name)
		len = strlen(converted);
	pq_sendint32(message, len);
	pq_sendbytes(message, converted, len);
	if (converted != name)
		pfree(converted);
}

/*
 * timeline_send(timeline) returns bytea
 */
Datum
timeline_send(PG_FUNCTION_ARGS)
{
	struct varlena *t = PG_GETARG_TIMELINE_PP(0);
	TouchpointCursor c;
	StringInfoData message;
	uint32		ntouchpoints = 0;

	start_touchpoints(&c, VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
	while (next_touchpoint(&c))
		ntouchpoints++;

	pq_begintypsend(&message);
	pq_sendbyte(&message, TIMELINE_VERSION);
	pq_sendint32(&message, ntouchpoints);
	start_touchpoints(&c, VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
	while (next_touchpoint(&c))
	{
		uint32		n;
		TimelineEntry *entries = timeline_entries(&c, &n);

		send_name(&message, c.name, c.name_len);
		pq_sendint32(&message, n);
		for (uint32 i = 0; i < n; i++)
		{
			CHECK_FOR_INTERRUPTS();
			pq_sendint32(&message, entries[i].day);
			pq_sendint64(&message, entries[i].count);
			pq_sendint64(&message, entries[i].valued);
			pq_sendint64(&message, entries[i].value);
		}
		pfree(entries);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}
