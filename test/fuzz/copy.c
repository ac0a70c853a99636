/*
 * copy.c
 *		Whole COPY streams, framing included.
 */
#include "fuzz.h"

static const char signature[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";

/* a field of a text stream, escaped as COPY wants it */
static void
add_field(const Bytes *value, Bytes *to)
{
	for (size_t i = 0; i < value->len; i++)
	{
		switch (value->data[i])
		{
			case '\n':
				bytes_add_text(to, "\\n");
				break;
			case '\r':
				bytes_add_text(to, "\\r");
				break;
			case '\t':
				bytes_add_text(to, "\\t");
				break;
			case '\\':
				bytes_add_text(to, "\\\\");
				break;
			default:
				bytes_add_byte(to, value->data[i]);
		}
	}
}

static void
add_length(size_t len, Bytes *to)
{
	bytes_add_byte(to, (int) (len >> 24) & 0xff);
	bytes_add_byte(to, (int) (len >> 16) & 0xff);
	bytes_add_byte(to, (int) (len >> 8) & 0xff);
	bytes_add_byte(to, (int) len & 0xff);
}

void
make_copy(Random *r, ValueForm form, size_t faults, Bytes *to)
{
	static const char two[] = {0, 2};
	Bytes		value = {0};
	size_t		rows = 1 + random_below(r, 4);

	bytes_cut(to, 0);
	if (form == BINARY)
		bytes_add(to, signature, sizeof(signature));
	while (rows-- > 0)
	{
		if (form == BINARY)
			bytes_add(to, two, sizeof(two));
		for (int type = TIMELINE; type <= GRID; type++)
		{
			make_value(r, (ValueType) type, form, faults, &value);
			if (form == BINARY)
			{
				add_length(value.len, to);
				bytes_add(to, value.data, value.len);
			}
			else
			{
				add_field(&value, to);
				bytes_add_byte(to, type == TIMELINE ? '\t' : '\n');
			}
		}
	}
	if (form == BINARY)
		bytes_add(to, "\377\377", 2);
	free(value.data);
}

PGresult *
copy_stream(PGconn *conn, ValueForm form, const Bytes *stream, bool *differs)
{
	PGresult   *result;
	PGresult   *more;

	*differs = false;
	server_do(conn, "BEGIN");
	result = PQexec(conn, form == BINARY ?
					"COPY fuzz FROM STDIN (FORMAT binary)" :
					"COPY fuzz FROM STDIN");
	if (PQresultStatus(result) == PGRES_COPY_IN)
	{
		PQclear(result);
		PQputCopyData(conn, stream->data, (int) stream->len);
		PQputCopyEnd(conn, NULL);
		result = PQgetResult(conn);
		while ((more = PQgetResult(conn)) != NULL)
			PQclear(more);
	}
	if (PQresultStatus(result) == PGRES_COMMAND_OK)
	{
		/* out of the table: packed, compressed, out of line */
		PQclear(result);
		result = PQexec(conn, "SELECT count(*) FROM fuzz WHERE t::text::timeline <> t OR g::text::grid <> g");
		*differs = PQresultStatus(result) == PGRES_TUPLES_OK &&
			strcmp(PQgetvalue(result, 0, 0), "0") != 0;
	}
	if (PQstatus(conn) == CONNECTION_OK)
		server_do(conn, "ROLLBACK");
	return result;
}
