/*
 * grid_values.c
 *		What stands at the keys of a rule: points, intervals, bands, thresholds
 *		and touchpoints.
 */
#include "compat.h"

#include "grid/grid_values.h"

/* points, thresholds, min and max are smaller than 10^9 */
#define AMOUNT_LIMIT	(INT64CONST(1000000000) * POINT_ONE)
#define PER_DAY_LIMIT	INT64CONST(1000000000)

#define SPAN_HINT \
	"Write a whole number and one unit: days, weeks, months or years, such as \"30 days\" or \"3 months\"."
#define HALF_LIFE_HINT \
	"Write a whole number of hours, days or weeks, such as \"60 days\"."
#define AMOUNT_HINT \
	"Write a number below 1000000000 in size, with at most 6 decimals."

static bool
parse_decimal(const Place *place, const char *text, int places, int64 limit,
			  const char *hint, int64 *amount)
{
	switch (decimal_parse(text, strlen(text), places, limit, amount))
	{
		case DECIMAL_OK:
			return true;
		case DECIMAL_MALFORMED:
			return malformed(place, hint, "\"%s\" is not a number", clip(text));
		case DECIMAL_TOO_FINE:
			return malformed(place, hint, places == 0 ?
							 "%s is not a whole number" :
							 "%s has more than 6 decimals", clip(text));
		case DECIMAL_TOO_LARGE:
			return malformed(place, hint, "%s is too large", clip(text));
	}
	return false;				/* not reached */
}

bool
parse_amount(const Place *place, const JsonNode *node, int64 *amount)
{
	if (node->kind != JSON_KIND_NUMBER)
		return malformed(place, AMOUNT_HINT, "expected a number, found %s",
						 json_kind_name(node));
	return parse_decimal(place, node->text, POINT_PLACES, AMOUNT_LIMIT,
						 AMOUNT_HINT, amount);
}

static bool
parse_span(const Place *place, const char *text, Span *span)
{
	if (!span_parse(text, strlen(text), span))
		return malformed(place, strcmp(text, "older") == 0 ?
						 "Write \"older\" beside \"latest\", not among its intervals." :
						 SPAN_HINT, "\"%s\" is not an interval", clip(text));
	if (span->unit == SPAN_HOURS)
		return malformed(place, SPAN_HINT,
						 "\"%s\" is in hours, and a score is a daily figure",
						 clip(text));
	return true;
}

bool
parse_within(const Place *place, const JsonNode *node, Span *span)
{
	if (node->kind != JSON_KIND_STRING)
		return malformed(place, SPAN_HINT,
						 "expected a string with an interval, found %s",
						 json_kind_name(node));
	return parse_span(place, node->text, span);
}

bool
parse_half_life(const Place *place, const JsonNode *node, Span *span)
{
	if (node->kind != JSON_KIND_STRING)
		return malformed(place, HALF_LIFE_HINT,
						 "expected a string with an interval, found %s",
						 json_kind_name(node));
	if (!span_parse(node->text, strlen(node->text), span))
		return malformed(place, HALF_LIFE_HINT, "\"%s\" is not an interval",
						 clip(node->text));
	if (span->unit == SPAN_MONTHS || span->unit == SPAN_YEARS)
		return malformed(place, HALF_LIFE_HINT,
						 "\"%s\" has no fixed length, which a half-life must have",
						 clip(node->text));
	return true;
}

bool
parse_per_day(const Place *place, const JsonNode *node, int64 *per_day)
{
	const char *hint = "Write how many interactions of a day count at most: a whole number from 1 to 999999999.";

	if (node->kind != JSON_KIND_NUMBER)
		return malformed(place, hint, "expected a whole number, found %s",
						 json_kind_name(node));
	if (!parse_decimal(place, node->text, 0, PER_DAY_LIMIT, hint, per_day))
		return false;
	if (*per_day < 1)
		return malformed(place, hint, "%s is less than 1", clip(node->text));
	return true;
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
bool
parse_bands(const Place *place, const JsonNode *node, LooseRule *loose)
{
	GridBand   *bands;
	const JsonNode *child;
	uint32		i = 0;

	if (node->nchildren == 0)
		return malformed(place, "Write at least one interval and its points.",
						 "there is no band");
	bands = palloc0(node->nchildren * sizeof(GridBand));
	for (child = node->first; child != NULL; child = child->next)
	{
		Place		inner = *place;

		CHECK_FOR_INTERRUPTS();
		inner.band = child->key;
		if (!parse_span(&inner, child->key, &bands[i].from.span) ||
			!parse_amount(&inner, child, &bands[i].points))
			return false;
		i++;
	}
	qsort(bands, i, sizeof(GridBand), compare_spans);
	loose->rule.nbands = i;
	loose->bands = bands;
	for (i = 1; i < loose->rule.nbands; i++)
	{
		Span		shorter = bands[i - 1].from.span;
		Span		longer = bands[i].from.span;

		CHECK_FOR_INTERRUPTS();
		switch (span_compare(shorter, longer))
		{
			case SPAN_SHORTER:
				break;
			case SPAN_UNDECIDED:
				return malformed(place,
								 "Months have 28 to 31 days and years 365 or 366: write both in days, or both in months or years.",
								 "which of \"%s\" and \"%s\" is longer depends on the day",
								 span_text(shorter), span_text(longer));
			default:
				return malformed(place, "Leave one of them out.",
								 "\"%s\" and \"%s\" are the same interval",
								 span_text(shorter), span_text(longer));
		}
	}
	return true;
}

static int
compare_thresholds(const void *a, const void *b)
{
	int64		left = ((const GridBand *) a)->from.threshold;
	int64		right = ((const GridBand *) b)->from.threshold;

	return (left > right) - (left < right);
}

/* the thresholds of "value" */
bool
parse_thresholds(const Place *place, const JsonNode *node, LooseRule *loose)
{
	GridBand   *bands;
	const JsonNode *child;
	uint32		i = 0;

	if (node->kind != JSON_KIND_OBJECT)
		return malformed(place, "Write an object such as {\"0\": -20, \"9\": 10}.",
						 "expected an object of thresholds and points, found %s",
						 json_kind_name(node));
	if (node->nchildren == 0)
		return malformed(place, "Write at least one threshold and its points.",
						 "there is no threshold");
	bands = palloc0(node->nchildren * sizeof(GridBand));
	for (child = node->first; child != NULL; child = child->next)
	{
		Place		inner = *place;

		CHECK_FOR_INTERRUPTS();
		inner.band = child->key;
		if (!parse_decimal(&inner, child->key, POINT_PLACES, AMOUNT_LIMIT,
						   AMOUNT_HINT, &bands[i].from.threshold) ||
			!parse_amount(&inner, child, &bands[i].points))
			return false;
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
		return malformed(place, "Leave one of them out.",
						 "the threshold %s is given twice", text);
	}
	return true;
}

bool
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
			return malformed(place, hint, "the array is empty");
	}
	loose->unless = palloc(n * sizeof(char *));
	loose->rule.nunless = n;
	for (i = 0; i < n; i++)
	{
		if (child->kind != JSON_KIND_STRING)
			return malformed(place, hint, "expected a touchpoint, found %s",
							 json_kind_name(child));
		if (strcmp(child->text, place->touchpoint) == 0)
			return malformed(place, "Leave it out: a rule gives nothing anyway when its own touchpoint is not there.",
							 "a touchpoint cannot rule itself out");
		loose->unless[i] = child->text;
		child = child->next;
	}
	qsort(loose->unless, n, sizeof(char *), compare_names);
	twice = find_twice(loose->unless, n);
	if (twice != NULL)
		return malformed(place, "Leave one of them out.",
						 "touchpoint \"%s\" is given twice", clip(twice));
	return true;
}

/*
 * Where "within" is no longer than a band, nothing older than that band counts.
 * It is a notice, because the rule means what it says, only not what its author
 * may think.
 */
void
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
