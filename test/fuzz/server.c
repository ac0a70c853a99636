/*
 * server.c
 *		Many statements at once, in libpq's pipeline mode.
 */
#include "fuzz.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

/* a statement that does not stop at STATEMENT_TIMEOUT does not stop at all */
#define STATEMENT_TIMEOUT	"10s"
#define ANSWER_TIMEOUT		60000	/* ms */
#define CONNECT_TRIES		60

int			warnings_seen = 0;

/* notices are welcome, warnings (of memory, of leaks) are not */
static void
receive_notice(void *arg, const PGresult *result)
{
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (severity != NULL && strcmp(severity, "WARNING") == 0)
	{
		warnings_seen++;
		fputs(PQresultErrorMessage(result), stderr);
	}
}

static void
give_up(PGconn *conn, const char *what)
{
	fprintf(stderr, "%s: %s\n", what, PQerrorMessage(conn));
	exit(2);
}

void
server_do(PGconn *conn, const char *sql)
{
	PGresult   *result = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		give_up(conn, sql);
	PQclear(result);
}

/* waits for a server that recovers from a crash */
PGconn *
server_connect(void)
{
	PGconn	   *conn = PQconnectdb("application_name=fuzz");

	for (int i = 0; PQstatus(conn) != CONNECTION_OK && i < CONNECT_TRIES; i++)
	{
		poll(NULL, 0, 500);
		PQreset(conn);
	}
	if (PQstatus(conn) != CONNECTION_OK)
		give_up(conn, "no connection");
	PQsetNoticeReceiver(conn, receive_notice, NULL);
	server_do(conn, "SET client_encoding = 'UTF8'");
	server_do(conn, "SET statement_timeout = '" STATEMENT_TIMEOUT "'");
	server_do(conn, "SET search_path = scoring, public");
	server_do(conn, "SET plan_cache_mode = force_generic_plan");
	return conn;
}

void
server_prepare(PGconn *conn, const char *name, const char *sql, int nparams,
			   const Oid *types)
{
	PGresult   *result = PQprepare(conn, name, sql, nparams, types);

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		give_up(conn, sql);
	PQclear(result);
}

static bool
send_one(PGconn *conn, const Ask *ask)
{
	const char *values[PARAMS_MAX];
	int			lengths[PARAMS_MAX];
	int			formats[PARAMS_MAX];

	for (int i = 0; i < ask->nparams; i++)
	{
		values[i] = ask->params[i].bytes.data;
		lengths[i] = (int) ask->params[i].bytes.len;
		formats[i] = ask->params[i].form == BINARY;
	}
	return PQsendQueryPrepared(conn, ask->statement, ask->nparams, values,
							   lengths, formats, 1) &&
		PQpipelineSync(conn);
}

/* the next result, or NULL when none comes or none is left */
static PGresult *
wait_result(PGconn *conn)
{
	struct pollfd socket = {PQsocket(conn), POLLIN, 0};

	while (PQisBusy(conn))
	{
		if (poll(&socket, 1, ANSWER_TIMEOUT) == 0)
		{
			fputs("no answer from the server\n", stderr);
			shutdown(socket.fd, SHUT_RDWR);
		}
		if (!PQconsumeInput(conn))
			return NULL;
	}
	return PQgetResult(conn);
}

/* what came for one statement, up to its synchronisation point */
static PGresult *
receive_one(PGconn *conn)
{
	PGresult   *answer = NULL;

	for (;;)
	{
		PGresult   *result = wait_result(conn);

		if (result == NULL)
		{
			/* the end of a statement's results, or of everything */
			if (answer != NULL && PQstatus(conn) == CONNECTION_OK)
				continue;
			PQclear(answer);
			return NULL;
		}
		if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
		{
			PQclear(result);
			return answer;
		}
		PQclear(answer);
		answer = result;
	}
}

void
server_ask(PGconn *conn, Ask *asks, int n)
{
	bool		sent = PQenterPipelineMode(conn) == 1;

	for (int i = 0; i < n && sent; i++)
		sent = send_one(conn, &asks[i]);
	for (int i = 0; i < n; i++)
		asks[i].result = PQstatus(conn) == CONNECTION_OK ? receive_one(conn) : NULL;
	if (PQstatus(conn) == CONNECTION_OK)
		PQexitPipelineMode(conn);
}

const char *
sqlstate_of(const PGresult *result)
{
	const char *state;

	if (result == NULL)
		return "lost";
	if (PQresultStatus(result) != PGRES_FATAL_ERROR)
		return "00000";
	state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	return state == NULL ? "lost" : state;
}
