/*
 * grid_parse.c
 *		The text of a grid to rules: all that a rule may and must have.
 */
#include "compat.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/varlena.h"

#include "grid_json.h"
#include "grid_parse.h"

/* points, thresholds, min and max are smaller than 10^9 */
#define AMOUNT_LIMIT	(INT64CONST(1000000000) * POINT_ONE)
#define PER_DAY_LIMIT	INT64CONST(1000000000)

/* longer names and texts are cut short in messages */
#define CLIP_LENGTH		64

#define SPAN_HINT \
	"Write a whole number and one unit: days, weeks, months or years, such as \"30 days\" or \"3 months\"."
#define HALF_LIFE_HINT \
	"Write a whole number of hours, days or weeks, such as \"60 days\"."
#define AMOUNT_HINT \
	"Write a number below 1000000000 in size, with at most 6 decimals."
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

/* where in the text we are, for messages */
typedef struct Place
{
	const char *touchpoint;
	uint32		number;			/* of the rule in its array, or 0 */
	const char *key;			/* of the rule, or NULL */
} Place;

static char *
clip(const char *text)
{
	int			len = (int) strlen(text);
	int			kept;

	if (len <= CLIP_LENGTH)
		return pstrdup(text);
	kept = pg_mbcliplen(text, len, CLIP_LENGTH);
	return psprintf("%.*s...", kept, text);
}

/* for ereport(): says where we are */
static int
errplace(const Place *place)
{
	StringInfoData where;

	initStringInfo(&where);
	appendStringInfo(&where, "Touchpoint \"%s\"", clip(place->touchpoint));
	if (place->number > 0)
		appendStringInfo(&where, ", rule %u", place->number);
	if (place->key != NULL)
		appendStringInfo(&where, ", key \"%s\"", clip(place->key));
	return errdetail("%s.", where.data);
}

static void malformed(const Place *place, const char *hint,
					  const char *format,...)
			pg_attribute_printf(3, 4) pg_attribute_noreturn();

static void
malformed(const Place *place, const char *hint, const char *format,...)
{
	char		message[512];
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type grid: %s", message),
			 errplace(place),
			 errhint("%s", hint)));
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* the first of sorted names that comes twice, or NULL */
static const char *
find_twice(const char **names, int n)
{
	int			i;

	for (i = 1; i < n; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			return names[i];
	return NULL;
}

static int64
parse_decimal(const Place *place, const char *text, int places, int64 limit,
			  const char *hint)
{
	int64		amount = 0;

	switch (decimal_parse(text, strlen(text), places, limit, &amount))
	{
		case DECIMAL_OK:
			break;
		case DECIMAL_MALFORMED:
			malformed(place, hint, "\"%s\" is not a number", clip(text));
		case DECIMAL_TOO_FINE:
			malformed(place, hint, places == 0 ?
					  "%s is not a whole number" :
					  "%s has more than 6 decimals", clip(text));
		case DECIMAL_TOO_LARGE:
			malformed(place, hint, "%s is too large", clip(text));
	}
	return amount;
}

static int64
parse_amount(const Place *place, const JsonNode *node)
{
	if (node->kind != JSON_KIND_NUMBER)
		malformed(place, AMOUNT_HINT, "expected a number, found %s",
				  json_kind_name(node));
	return parse_decimal(place, node->text, POINT_PLACES, AMOUNT_LIMIT,
						 AMOUNT_HINT);
}

static Span
parse_span(const Place *place, const char *text)
{
	Span		span;

	if (!span_parse(text, strlen(text), &span))
		malformed(place, SPAN_HINT, "\"%s\" is not an interval", clip(text));
	if (span.unit == SPAN_HOURS)
		malformed(place, SPAN_HINT,
				  "\"%s\" is in hours, and a score is a daily figure",
				  clip(text));
	return span;
}

static Span
parse_within(const Place *place, const JsonNode *node)
{
	if (node->kind != JSON_KIND_STRING)
		malformed(place, SPAN_HINT,
				  "expected a string with an interval, found %s",
				  json_kind_name(node));
	return parse_span(place, node->text);
}

static Span
parse_half_life(const Place *place, const JsonNode *node)
{
	Span		span;

	if (node->kind != JSON_KIND_STRING)
		malformed(place, HALF_LIFE_HINT,
				  "expected a string with an interval, found %s",
				  json_kind_name(node));
	if (!span_parse(node->text, strlen(node->text), &span))
		malformed(place, HALF_LIFE_HINT, "\"%s\" is not an interval",
				  clip(node->text));
	if (span.unit == SPAN_MONTHS || span.unit == SPAN_YEARS)
		malformed(place, HALF_LIFE_HINT,
				  "\"%s\" has no fixed length, which a half-life must have",
				  clip(node->text));
	return span;
}

static int64
parse_per_day(const Place *place, const JsonNode *node)
{
	const char *hint = "Write the number of interactions of a day that count at most, 1 or more.";
	int64		per_day;

	if (node->kind != JSON_KIND_NUMBER)
		malformed(place, hint, "expected a whole number, found %s",
				  json_kind_name(node));
	per_day = parse_decimal(place, node->text, 0, PER_DAY_LIMIT, hint);
	if (per_day < 1)
		malformed(place, hint, "%s is less than 1", clip(node->text));
	return per_day;
}

/* by their mean length, a month being 146097 / 4800 days */
static int
compare_spans(const void *a, const void *b)
{
	const Span *spans[2];
	int64		lengths[2];
	int			i;

	spans[0] = &((const GridBand *) a)->from.span;
	spans[1] = &((const GridBand *) b)->from.span;
	for (i = 0; i < 2; i++)
	{
		int64		quantity = spans[i]->quantity;

		switch (spans[i]->unit)
		{
			case SPAN_WEEKS:
				lengths[i] = quantity * 7 * 4800;
				break;
			case SPAN_MONTHS:
				lengths[i] = quantity * 146097;
				break;
			case SPAN_YEARS:
				lengths[i] = quantity * 12 * 146097;
				break;
			default:
				lengths[i] = quantity * 4800;
				break;
		}
	}
	return (lengths[0] > lengths[1]) - (lengths[0] < lengths[1]);
}

/*
 * The bands of "latest".  One that is shorter than another on every day is
 * shorter in the mean too, so once they are sorted by that, it is enough to
 * hold each against its neighbour.
 */
static void
parse_bands(const Place *place, const JsonNode *node, LooseRule *loose)
{
	GridBand   *bands;
	const JsonNode *child;
	uint32		i = 0;

	if (node->nchildren == 0)
		malformed(place, "Write at least one interval and its points.",
				  "there is no band");
	bands = palloc0(node->nchildren * sizeof(GridBand));
	for (child = node->first; child != NULL; child = child->next)
	{
		bands[i].from.span = parse_span(place, child->key);
		bands[i].points = parse_amount(place, child);
		i++;
	}
	qsort(bands, i, sizeof(GridBand), compare_spans);
	loose->rule.nbands = i;
	loose->bands = bands;
	for (i = 1; i < loose->rule.nbands; i++)
	{
		Span		shorter = bands[i - 1].from.span;
		Span		longer = bands[i].from.span;

		switch (span_compare(shorter, longer))
		{
			case SPAN_SHORTER:
				break;
			case SPAN_UNDECIDED:
				malformed(place,
						  "Months have 28 to 31 days and years 365 or 366: write both in days, or both in months or years.",
						  "which of \"%s\" and \"%s\" is longer depends on the day",
						  span_text(shorter), span_text(longer));
			default:
				malformed(place, "Leave one of them out.",
						  "\"%s\" and \"%s\" are the same interval",
						  span_text(shorter), span_text(longer));
		}
	}
}

static int
compare_thresholds(const void *a, const void *b)
{
	int64		left = ((const GridBand *) a)->from.threshold;
	int64		right = ((const GridBand *) b)->from.threshold;

	return (left > right) - (left < right);
}

/* the thresholds of "value" */
static void
parse_thresholds(const Place *place, const JsonNode *node, LooseRule *loose)
{
	GridBand   *bands;
	const JsonNode *child;
	uint32		i = 0;

	if (node->kind != JSON_KIND_OBJECT)
		malformed(place, "Write an object such as {\"0\": -20, \"9\": 10}.",
				  "expected an object of thresholds and points, found %s",
				  json_kind_name(node));
	if (node->nchildren == 0)
		malformed(place, "Write at least one threshold and its points.",
				  "there is no threshold");
	bands = palloc0(node->nchildren * sizeof(GridBand));
	for (child = node->first; child != NULL; child = child->next)
	{
		bands[i].from.threshold =
			parse_decimal(place, child->key, POINT_PLACES, AMOUNT_LIMIT,
						  AMOUNT_HINT);
		bands[i].points = parse_amount(place, child);
		i++;
	}
	qsort(bands, i, sizeof(GridBand), compare_thresholds);
	loose->rule.nbands = i;
	loose->bands = bands;
	for (i = 1; i < loose->rule.nbands; i++)
	{
		char		text[DECIMAL_TEXT_SIZE];

		if (bands[i - 1].from.threshold != bands[i].from.threshold)
			continue;
		*decimal_write(text, bands[i].from.threshold, POINT_PLACES) = '\0';
		malformed(place, "Leave one of them out.",
				  "the threshold %s is given twice", text);
	}
}

static void
parse_unless(const Place *place, const JsonNode *node, LooseRule *loose)
{
	const char *hint = "Write a touchpoint, or an array of touchpoints.";
	const JsonNode *child = node;
	uint32		n = 1;
	uint32		i;
	const char *twice;

	if (node->kind == JSON_KIND_ARRAY)
	{
		child = node->first;
		n = node->nchildren;
		if (n == 0)
			malformed(place, hint, "the array is empty");
	}
	loose->unless = palloc(n * sizeof(char *));
	loose->rule.nunless = n;
	for (i = 0; i < n; i++)
	{
		if (child->kind != JSON_KIND_STRING)
			malformed(place, hint, "expected a touchpoint, found %s",
					  json_kind_name(child));
		if (strcmp(child->text, place->touchpoint) == 0)
			malformed(place, "Leave it out: a rule gives nothing anyway when its own touchpoint is not there.",
					  "a touchpoint cannot rule itself out");
		loose->unless[i] = child->text;
		child = child->next;
	}
	qsort(loose->unless, n, sizeof(char *), compare_names);
	twice = find_twice(loose->unless, n);
	if (twice != NULL)
		malformed(place, "Leave one of them out.",
				  "touchpoint \"%s\" is given twice", clip(twice));
}

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

static RuleKey
parse_key(const Place *place)
{
	int			i;

	for (i = 0; i < N_KEYS; i++)
		if (strcmp(place->key, key_names[i]) == 0)
			return (RuleKey) i;
	unknown_key(place);
	return N_KEYS;				/* not reached */
}

/* the one head of a rule, and what it gives */
static void
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
			malformed(place, "Write them as two rules, in an array.",
					  "\"%s\" and \"%s\" in one rule",
					  key_names[head], key_names[i]);
		head = i;
	}
	if (head < 0)
		malformed(place, RULE_KEYS_HINT,
				  "the rule does not say what it gives points for");

	place->key = key_names[head];
	switch (head)
	{
		case KEY_LATEST:
			if (given[head]->kind == JSON_KIND_OBJECT)
			{
				rule->head = RULE_LATEST_BANDS;
				parse_bands(place, given[head], loose);
				return;
			}
			rule->head = RULE_LATEST;
			if (given[head]->kind != JSON_KIND_NUMBER)
				malformed(place, "Write {\"30 days\": 10}, or a number and a half-life.",
						  "expected bands or a number, found %s",
						  json_kind_name(given[head]));
			if (given[KEY_HALF_LIFE] == NULL && given[KEY_WITHIN] == NULL)
				malformed(place, "Add \"half_life\" or \"within\", or write bands such as {\"30 days\": 10}.",
						  "points for the latest interaction, however old");
			break;
		case KEY_EACH:
			rule->head = RULE_EACH;
			break;
		case KEY_PER_VALUE:
			rule->head = RULE_PER_VALUE;
			break;
		default:
			rule->head = RULE_VALUE;
			parse_thresholds(place, given[head], loose);
			return;
	}
	rule->points = parse_amount(place, given[head]);
}

/* tells of bands that "within" keeps anyone from reaching */
static void
check_reach(const Place *place, const LooseRule *loose)
{
	const GridRule *rule = &loose->rule;
	uint32		i;

	if (rule->head != RULE_LATEST_BANDS || !(rule->has & RULE_HAS_WITHIN))
		return;
	for (i = 0; i < rule->nbands; i++)
	{
		SpanOrder	order = span_compare(loose->bands[i].from.span,
										 rule->within);

		if (order == SPAN_SHORTER || order == SPAN_UNDECIDED)
			continue;
		if (i + 1 < rule->nbands)
			ereport(NOTICE,
					(errmsg("the band \"%s\" is never reached, because only what is within \"%s\" counts",
							span_text(loose->bands[i + 1].from.span),
							span_text(rule->within)),
					 errplace(place)));
		else if (rule->has & RULE_HAS_OLDER)
			ereport(NOTICE,
					(errmsg("\"older\" is never reached, because only what is within \"%s\" counts",
							span_text(rule->within)),
					 errplace(place)));
		return;
	}
}

static void
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
				rule->half_life = parse_half_life(place, node);
				rule->has |= RULE_HAS_HALF_LIFE;
				break;
			case KEY_WITHIN:
				rule->within = parse_within(place, node);
				rule->has |= RULE_HAS_WITHIN;
				break;
			case KEY_PER_DAY:
				if (rule->head != RULE_EACH)
					malformed(place, "Only a rule with \"each\" counts by the day; leave it out here.",
							  "\"per_day\" without \"each\"");
				rule->per_day = parse_per_day(place, node);
				rule->has |= RULE_HAS_PER_DAY;
				break;
			case KEY_OLDER:
				if (rule->head != RULE_LATEST_BANDS)
					malformed(place, "It gives points to what is older than all bands, such as {\"latest\": {\"30 days\": 10}, \"older\": 2}.",
							  "\"older\" without the bands of \"latest\"");
				rule->older = parse_amount(place, node);
				rule->has |= RULE_HAS_OLDER;
				break;
			case KEY_MIN:
				rule->min = parse_amount(place, node);
				rule->has |= RULE_HAS_MIN;
				if (rule->min > 0)
					malformed(place, "A rule gives 0 where nothing happened: min may be 0 or less.",
							  "%s is above 0", clip(node->text));
				break;
			case KEY_MAX:
				rule->max = parse_amount(place, node);
				rule->has |= RULE_HAS_MAX;
				if (rule->max < 0)
					malformed(place, "A rule gives 0 where nothing happened: max may be 0 or more.",
							  "%s is below 0", clip(node->text));
				break;
			case KEY_UNLESS:
				parse_unless(place, node, loose);
				break;
			default:
				elog(ERROR, "rule key %d is no modifier", i);
		}
	}
}

static void
parse_rule(Place *place, const JsonNode *node, LooseRule *loose)
{
	JsonNode   *given[N_KEYS] = {NULL};
	JsonNode   *child;

	place->key = NULL;
	if (node->kind != JSON_KIND_OBJECT)
		malformed(place, "Write an object such as {\"each\": 5, \"half_life\": \"60 days\"}, or an array of them.",
				  "expected a rule, found %s", json_kind_name(node));
	loose->touchpoint = place->touchpoint;
	for (child = node->first; child != NULL; child = child->next)
	{
		RuleKey		key;

		place->key = child->key;
		key = parse_key(place);
		if (given[key] != NULL)
			malformed(place, "Leave one of them out.",
					  "the key is given twice");
		given[key] = child;
	}
	parse_head(place, given, loose);
	parse_modifiers(place, given, loose);
	place->key = key_names[KEY_WITHIN];
	check_reach(place, loose);
}

static void
check_touchpoints(const JsonNode *root)
{
	const char **names = palloc((root->nchildren + 1) * sizeof(char *));
	const JsonNode *child;
	int			n = 0;
	Place		place = {NULL};

	for (child = root->first; child != NULL; child = child->next)
		names[n++] = child->key;
	qsort(names, n, sizeof(char *), compare_names);
	place.touchpoint = find_twice(names, n);
	if (place.touchpoint != NULL)
		malformed(&place, "Write the rules of a touchpoint as an array.",
				  "a touchpoint is given twice");
	pfree(names);
}

LooseRule *
grid_parse(char *text, size_t len, uint32 *nrules)
{
	const JsonNode *root = grid_json(text, len);
	const JsonNode *touchpoint;
	LooseRule  *rules;
	uint32		n = 0;

	if (root->kind != JSON_KIND_OBJECT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type grid: expected an object, found %s",
						json_kind_name(root)),
				 errhint("A grid is a JSON object with a key for each touchpoint, such as {\"click\": {\"each\": 5}}.")));
	check_touchpoints(root);
	for (touchpoint = root->first; touchpoint; touchpoint = touchpoint->next)
		n += touchpoint->kind == JSON_KIND_ARRAY ? touchpoint->nchildren : 1;
	rules = MemoryContextAllocHuge(CurrentMemoryContext,
								   (Size) n * sizeof(LooseRule) + 1);
	memset(rules, 0, (Size) n * sizeof(LooseRule));

	*nrules = n;
	n = 0;
	for (touchpoint = root->first; touchpoint; touchpoint = touchpoint->next)
	{
		Place		place = {touchpoint->key};
		const JsonNode *rule;

		if (touchpoint->kind != JSON_KIND_ARRAY)
		{
			parse_rule(&place, touchpoint, &rules[n++]);
			continue;
		}
		if (touchpoint->nchildren == 0)
			malformed(&place, "Write at least one rule, or leave the touchpoint out.",
					  "the array of rules is empty");
		for (rule = touchpoint->first; rule != NULL; rule = rule->next)
		{
			CHECK_FOR_INTERRUPTS();
			place.number++;
			parse_rule(&place, rule, &rules[n++]);
		}
	}
	return rules;
}
