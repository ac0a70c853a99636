/*
 * grid_parse.c
 *		The text of a grid to rules: all that a rule may and must have.
 */
#include "grid/grid_parse.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/varlena.h"

#include "grid/grid_values.h"

#define RULE_KEYS_HINT \
	"A rule has one of latest, each, per_value and value, and may have half_life, within, per_day, older, min, max and unless."

/* in the order of the canonical text: heads, then modifiers */
typedef enum RuleKey
{
	KEY_LATEST,
	KEY_EACH,
	KEY_PER_VALUE,
	KEY_VALUE,
	KEY_HALF_LIFE,
	KEY_WITHIN,
	KEY_PER_DAY,
	KEY_OLDER,
	KEY_MIN,
	KEY_MAX,
	KEY_UNLESS
} RuleKey;

#define N_HEADS		(KEY_VALUE + 1)
#define N_KEYS		(KEY_UNLESS + 1)

static const char *const key_names[N_KEYS] = {
	"latest", "each", "per_value", "value",
	"half_life", "within", "per_day", "older", "min", "max", "unless"
};

/* the rules read so far */
typedef struct RuleList
{
	LooseRule  *rules;
	uint32		n;
	uint32		room;
} RuleList;

/* an unknown key; a likely one is offered */
static void
unknown_key(const Place *place)
{
	const char *nearest = NULL;
	int			least = 4;		/* letters to change, and one more */
	int			i;
	int			len = (int) strlen(place->key);

	for (i = 0; i < N_KEYS && len <= CLIP_LENGTH; i++)
	{
		int			changes =
		varstr_levenshtein_less_equal(place->key, len, key_names[i],
									  (int) strlen(key_names[i]),
									  1, 1, 1, least, true);

		if (changes < least && changes < len)
		{
			least = changes;
			nearest = key_names[i];
		}
	}
	malformed(place,
			  nearest == NULL ? RULE_KEYS_HINT :
			  psprintf("Perhaps \"%s\" is meant.  %s", nearest, RULE_KEYS_HINT),
			  "unknown key");
}

/* N_KEYS after an error */
static RuleKey
parse_key(const Place *place)
{
	int			i;

	for (i = 0; i < N_KEYS; i++)
		if (strcmp(place->key, key_names[i]) == 0)
			return (RuleKey) i;
	unknown_key(place);
	return N_KEYS;
}

/* the one head of a rule, and what it gives */
static bool
parse_head(Place *place, JsonNode **given, LooseRule *loose)
{
	int			head = -1;
	int			i;
	GridRule   *rule = &loose->rule;

	place->key = NULL;
	for (i = 0; i < N_HEADS; i++)
	{
		if (given[i] == NULL)
			continue;
		if (head >= 0)
			return malformed(place, "Write them as two rules, in an array.",
							 "\"%s\" and \"%s\" in one rule",
							 key_names[head], key_names[i]);
		head = i;
	}
	if (head < 0)
		return malformed(place, RULE_KEYS_HINT,
						 "the rule does not say what it gives points for");

	place->key = key_names[head];
	switch (head)
	{
		case KEY_LATEST:
			if (given[head]->kind == JSON_KIND_OBJECT)
			{
				rule->head = RULE_LATEST_BANDS;
				return parse_bands(place, given[head], loose);
			}
			rule->head = RULE_LATEST;
			if (given[head]->kind != JSON_KIND_NUMBER)
				return malformed(place, "Write {\"30 days\": 10}, or a number and a half-life.",
								 "expected bands or a number, found %s",
								 json_kind_name(given[head]));
			if (given[KEY_HALF_LIFE] == NULL && given[KEY_WITHIN] == NULL)
				return malformed(place, "Add one of them, or write bands such as {\"30 days\": 10}.",
								 "plain points for \"latest\" need \"half_life\" or \"within\"");
			break;
		case KEY_EACH:
			rule->head = RULE_EACH;
			break;
		case KEY_PER_VALUE:
			rule->head = RULE_PER_VALUE;
			break;
		default:
			rule->head = RULE_VALUE;
			return parse_thresholds(place, given[head], loose);
	}
	return parse_amount(place, given[head], &rule->points);
}

static bool
parse_modifiers(Place *place, JsonNode **given, LooseRule *loose)
{
	GridRule   *rule = &loose->rule;
	int			i;

	for (i = N_HEADS; i < N_KEYS; i++)
	{
		const JsonNode *node = given[i];

		if (node == NULL)
			continue;
		place->key = key_names[i];
		switch ((RuleKey) i)
		{
			case KEY_HALF_LIFE:
				if (!parse_half_life(place, node, &rule->half_life))
					return false;
				rule->has |= RULE_HAS_HALF_LIFE;
				break;
			case KEY_WITHIN:
				if (!parse_within(place, node, &rule->within))
					return false;
				rule->has |= RULE_HAS_WITHIN;
				break;
			case KEY_PER_DAY:
				if (rule->head != RULE_EACH)
					return malformed(place, "Only a rule with \"each\" counts by the day; leave it out here.",
									 "\"per_day\" without \"each\"");
				if (!parse_per_day(place, node, &rule->per_day))
					return false;
				rule->has |= RULE_HAS_PER_DAY;
				break;
			case KEY_OLDER:
				if (rule->head != RULE_LATEST_BANDS)
					return malformed(place, "It gives points to what is older than all bands, such as {\"latest\": {\"30 days\": 10}, \"older\": 2}.",
									 "\"older\" without the bands of \"latest\"");
				if (!parse_amount(place, node, &rule->older))
					return false;
				rule->has |= RULE_HAS_OLDER;
				break;
			case KEY_MIN:
				if (!parse_amount(place, node, &rule->min))
					return false;
				rule->has |= RULE_HAS_MIN;
				if (rule->min > 0)
					return malformed(place, "A rule gives 0 where nothing happened: min may be 0 or less.",
									 "%s is above 0", clip(node->text));
				break;
			case KEY_MAX:
				if (!parse_amount(place, node, &rule->max))
					return false;
				rule->has |= RULE_HAS_MAX;
				if (rule->max < 0)
					return malformed(place, "A rule gives 0 where nothing happened: max may be 0 or more.",
									 "%s is below 0", clip(node->text));
				break;
			case KEY_UNLESS:
				if (!parse_unless(place, node, loose))
					return false;
				break;
			default:
				elog(ERROR, "rule key %d is no modifier", i);
		}
	}
	return true;
}

static bool
parse_rule(Place *place, const JsonNode *node, LooseRule *loose)
{
	JsonNode   *given[N_KEYS] = {NULL};
	JsonNode   *child;

	place->key = NULL;
	if (node->kind != JSON_KIND_OBJECT)
		return malformed(place, "Write an object such as {\"each\": 5, \"half_life\": \"60 days\"}, or an array of them.",
						 "expected a rule, found %s", json_kind_name(node));
	loose->touchpoint = place->touchpoint;
	for (child = node->first; child != NULL; child = child->next)
	{
		RuleKey		key;

		place->key = child->key;
		key = parse_key(place);
		if (key == N_KEYS)
			return false;
		if (given[key] != NULL)
			return malformed(place, "Leave one of them out.",
							 "the key is given twice");
		given[key] = child;
	}
	if (!parse_head(place, given, loose) ||
		!parse_modifiers(place, given, loose))
		return false;
	place->key = key_names[KEY_WITHIN];
	check_reach(place, loose);
	return true;
}

static bool
check_touchpoints(const JsonNode *root, Node *escontext)
{
	const char **names = MemoryContextAllocHuge(CurrentMemoryContext,
												(root->nchildren + 1) *
												sizeof(char *));
	const JsonNode *child;
	uint32		n = 0;
	Place		place = {.escontext = escontext};

	for (child = root->first; child != NULL; child = child->next)
		names[n++] = child->key;
	qsort(names, n, sizeof(char *), compare_names);
	place.touchpoint = find_twice(names, n);
	if (place.touchpoint != NULL)
		return malformed(&place, "Write the rules of a touchpoint as an array.",
						 "a touchpoint is given twice");
	pfree(names);
	return true;
}

/* room for one more, zeroed */
static LooseRule *
add_rule(RuleList *list)
{
	LooseRule  *loose;

	if (list->n == list->room)
	{
		list->room *= 2;
		list->rules = repalloc_huge(list->rules,
									list->room * sizeof(LooseRule));
	}
	loose = &list->rules[list->n++];
	memset(loose, 0, sizeof(LooseRule));
	return loose;
}

static bool
parse_touchpoint(const JsonNode *node, RuleList *list, Node *escontext)
{
	Place		place = {.touchpoint = node->key, .escontext = escontext};
	const JsonNode *rule;

	if (node->kind != JSON_KIND_ARRAY)
		return parse_rule(&place, node, add_rule(list));
	if (node->nchildren == 0)
		return malformed(&place, "Write at least one rule, or leave the touchpoint out.",
						 "the array of rules is empty");
	for (rule = node->first; rule != NULL; rule = rule->next)
	{
		CHECK_FOR_INTERRUPTS();
		place.number++;
		if (!parse_rule(&place, rule, add_rule(list)))
			return false;
	}
	return true;
}

LooseRule *
grid_parse(char *text, size_t len, uint32 *nrules, Node *escontext)
{
	const JsonNode *root = grid_json(text, len, escontext);
	const JsonNode *touchpoint;
	RuleList	list = {NULL, 0, 16};

	if (root == NULL)
		return NULL;
	if (root->kind != JSON_KIND_OBJECT)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type grid: expected an object, found %s",
						json_kind_name(root)),
				 errhint("A grid is a JSON object with a key for each touchpoint, such as {\"click\": {\"each\": 5}}.")));
	if (!check_touchpoints(root, escontext))
		return NULL;
	list.rules = palloc(list.room * sizeof(LooseRule));
	for (touchpoint = root->first; touchpoint; touchpoint = touchpoint->next)
		if (!parse_touchpoint(touchpoint, &list, escontext))
			return NULL;
	*nrules = list.n;
	return list.rules;
}
