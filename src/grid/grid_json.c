/*
 * grid_json.c
 *		JSON text to a tree.
 *
 * PostgreSQL's own parser reads the text; jsonb would not do, because it drops
 * keys that come twice.  The tree is as deep as a grid can be and no deeper, so
 * what walks it needs no care about depth.
 */
#include "compat.h"

#include "common/jsonapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "grid/grid_json.h"

/* the grid, the rules of a touchpoint, a rule, its bands */
#define GRID_MAX_DEPTH	4

typedef struct TreeBuilder
{
	JsonNode   *open[GRID_MAX_DEPTH];	/* from the root to where we are */
	int			depth;
	const char *key;			/* of the next member of an object */
	JsonNode   *root;
	Node	   *escontext;
} TreeBuilder;

const char *
json_kind_name(const JsonNode *node)
{
	switch (node->kind)
	{
		case JSON_KIND_OBJECT:
			return "an object";
		case JSON_KIND_ARRAY:
			return "an array";
		case JSON_KIND_STRING:
			return "a string";
		case JSON_KIND_NUMBER:
			return "a number";
		case JSON_KIND_WORD:
			break;
	}
	return node->text;
}

static JsonNode *
add_node(TreeBuilder *builder, JsonKind kind)
{
	JsonNode   *node = palloc0(sizeof(JsonNode));
	JsonNode   *parent;

	CHECK_FOR_INTERRUPTS();
	node->kind = kind;
	if (builder->depth == 0)
	{
		builder->root = node;
		return node;
	}
	parent = builder->open[builder->depth - 1];
	if (parent->kind == JSON_KIND_OBJECT)
		node->key = builder->key;
	if (parent->last != NULL)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	parent->nchildren++;
	return node;
}

static bool
open_node(TreeBuilder *builder, JsonKind kind)
{
	if (builder->depth == GRID_MAX_DEPTH)
		ereturn(builder->escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type grid: nested too deeply"),
				 errdetail("A grid has at most %d levels: touchpoints, their rules, the keys of a rule, its bands.",
						   GRID_MAX_DEPTH)));
	builder->open[builder->depth] = add_node(builder, kind);
	builder->depth++;
	return true;
}

static JSON_ACTION
start_object(void *state)
{
	if (!open_node((TreeBuilder *) state, JSON_KIND_OBJECT))
		JSON_ACTION_FAILED;
	JSON_ACTION_DONE;
}

static JSON_ACTION
start_array(void *state)
{
	if (!open_node((TreeBuilder *) state, JSON_KIND_ARRAY))
		JSON_ACTION_FAILED;
	JSON_ACTION_DONE;
}

static JSON_ACTION
end_either(void *state)
{
	((TreeBuilder *) state)->depth--;
	JSON_ACTION_DONE;
}

static JSON_ACTION
start_member(void *state, char *name, bool isnull)
{
	((TreeBuilder *) state)->key = name;
	JSON_ACTION_DONE;
}

static JSON_ACTION
add_scalar(void *state, char *token, JsonTokenType type)
{
	JsonKind	kind = type == JSON_TOKEN_STRING ? JSON_KIND_STRING :
		type == JSON_TOKEN_NUMBER ? JSON_KIND_NUMBER : JSON_KIND_WORD;

	add_node((TreeBuilder *) state, kind)->text = token;
	JSON_ACTION_DONE;
}

bool
check_text_size(size_t len, Node *escontext)
{
	if (len > GRID_MAX_TEXT)
		ereturn(escontext, false,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("grid is too large"),
				 errdetail("Its text has %zu bytes, the limit is %d.",
						   len, GRID_MAX_TEXT)));
	return true;
}

JsonNode *
grid_json(char *text, size_t len, Node *escontext)
{
	TreeBuilder builder = {.escontext = escontext};
	JsonSemAction actions = {NULL};
	JsonLexContext *lexer;
	JsonParseErrorType result;

	if (!check_text_size(len, escontext))
		return NULL;
	lexer = make_json_lexer(text, len);
	actions.semstate = &builder;
	actions.object_start = start_object;
	actions.object_end = end_either;
	actions.array_start = start_array;
	actions.array_end = end_either;
	actions.object_field_start = start_member;
	actions.scalar = add_scalar;
	result = pg_parse_json(lexer, &actions);
	if (json_told_already(result))
		return NULL;
	if (result != JSON_SUCCESS)
		ereturn(escontext, NULL,
				(errcode(json_letter_lacks(result) ?
						 ERRCODE_UNTRANSLATABLE_CHARACTER :
						 ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type grid: not valid JSON"),
				 errdetail_internal("%s", json_errdetail(result, lexer)),
				 errhint("A grid is a JSON object such as {\"click\": {\"each\": 5, \"half_life\": \"60 days\"}}.")));
	return builder.root;
}
