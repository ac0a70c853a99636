/*
 * expression.c
 *		What a user wrote where an expression over a relation's columns is
 *		expected: is it one, and which columns does it read?
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "utils/array.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(scoring_expression_columns);

typedef struct Search
{
	ArrayBuildState *columns;
	bool		subqueries;		/* are they allowed? */
} Search;

/* column references end in the column's name, or in a star */
static bool
find_columns(Node *node, void *context)
{
	Search	   *search = context;

	if (node == NULL)
		return false;
	if (IsA(node, ColumnRef))
	{
		ColumnRef  *ref = (ColumnRef *) node;
		StringInfoData name;

		initStringInfo(&name);
		for (int i = 0; i < list_length(ref->fields); i++)
		{
			Node	   *field = list_nth(ref->fields, i);

			if (i > 0)
				appendStringInfoChar(&name, '.');
			appendStringInfoString(&name, IsA(field, A_Star) ? "\"*\"" :
								   quote_identifier(strVal(field)));
		}
		search->columns = accumArrayResult(search->columns,
										   CStringGetTextDatum(name.data),
										   false, TEXTOID, CurrentMemoryContext);
		return false;
	}
	if (IsA(node, SubLink) && !search->subqueries)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("an expression must not contain a subquery"),
				 errdetail("What changes in the other relation would not be noticed."),
				 errhint("Make a view of both, and say with watch which tables behind it change.")));
	return raw_expression_tree_walker(node, find_columns, search);
}

/* where a syntax error is: in the expression, not in the query around it */
static void
expression_context(void *arg)
{
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery((char *) arg);
	}
	errcontext("expression \"%s\"", (char *) arg);
}

/*
 * expression_columns(expression text, subqueries boolean)
 * returns (expressions integer, columns text[])
 *
 * How many expressions the text is (separated by commas), and the names that
 * may be columns, "*" where a whole row is meant.  Errors: a text that is
 * anything else (a clause, an alias, two statements, an open quote), a
 * subquery where none is allowed.  Nothing is looked up or evaluated.
 */
Datum
scoring_expression_columns(PG_FUNCTION_ARGS)
{
	char	   *expression = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Search		search = {NULL, PG_GETARG_BOOL(1)};
	ErrorContextCallback context;
	TupleDesc	desc;
	List	   *parsed;
	SelectStmt *select;
	ListCell   *cell;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	context.callback = expression_context;
	context.arg = expression;
	context.previous = error_context_stack;
	error_context_stack = &context;

	parsed = raw_parser(expression, RAW_PARSE_PLPGSQL_EXPR);
	select = (SelectStmt *) linitial_node(RawStmt, parsed)->stmt;
	if (!IsA(select, SelectStmt) || select->op != SETOP_NONE || select->targetList == NIL ||
		select->distinctClause || select->intoClause || select->fromClause ||
		select->whereClause || select->groupClause || select->havingClause ||
		select->windowClause || select->valuesLists || select->sortClause ||
		select->limitOffset || select->limitCount || select->lockingClause ||
		select->withClause)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("an expression is expected"),
				 errhint("SQL over the columns of one relation, without clauses: for example lower(email).")));
	foreach(cell, select->targetList)
	{
		ResTarget  *target = lfirst_node(ResTarget, cell);

		if (target->name != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_SYNTAX_ERROR),
					 errmsg("an expression must not have a name of its own")));
		(void) find_columns(target->val, &search);
	}
	error_context_stack = context.previous;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Int32GetDatum(list_length(select->targetList));
	values[1] = search.columns ? makeArrayResult(search.columns, CurrentMemoryContext)
		: PointerGetDatum(construct_empty_array(TEXTOID));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
