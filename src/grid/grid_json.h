/*
 * grid_json.h
 *		JSON text as a tree that keeps what was written: the digits of numbers,
 *		and keys that come twice.
 */
#ifndef SCORING_GRID_JSON_H
#define SCORING_GRID_JSON_H

#include "compat.h"

/* a tree can take fifty times the memory of its text */
#define GRID_MAX_TEXT	(16 * 1024 * 1024)

typedef enum JsonKind
{
	JSON_KIND_OBJECT,
	JSON_KIND_ARRAY,
	JSON_KIND_STRING,
	JSON_KIND_NUMBER,
	JSON_KIND_WORD				/* true, false, null */
} JsonKind;

typedef struct JsonNode
{
	JsonKind	kind;
	const char *key;			/* its name within an object, or NULL */
	const char *text;			/* of a string (unescaped), number or word */
	uint32		nchildren;
	struct JsonNode *first;		/* children, in the order they were written */
	struct JsonNode *last;
	struct JsonNode *next;
} JsonNode;

/* what a node is, in words, for messages */
extern const char *json_kind_name(const JsonNode *node);
/* an error when a grid's text is too long; false when that is a soft one */
extern bool check_text_size(size_t len, Node *escontext);
/* the tree of a grid's text, which must end in NUL; text that is no JSON is
 * an error, and NULL when that is a soft one */
extern JsonNode *grid_json(char *text, size_t len, Node *escontext);

#endif							/* SCORING_GRID_JSON_H */
