/*
 * grid_place.c
 *		Errors in a grid's text: what is wrong, where, and what to do.
 */
#include "compat.h"

#include "mb/pg_wchar.h"

#include "grid/grid_place.h"

char *
clip(const char *text)
{
	int			len = (int) strlen(text);
	int			kept;

	if (len <= CLIP_LENGTH)
		return pstrdup(text);
	kept = pg_mbcliplen(text, len, CLIP_LENGTH);
	return psprintf("%.*s...", kept, text);
}

int
errplace(const Place *place)
{
	StringInfoData where;

	initStringInfo(&where);
	appendStringInfo(&where, "Touchpoint \"%s\"", clip(place->touchpoint));
	if (place->number > 0)
		appendStringInfo(&where, ", rule %u", place->number);
	if (place->key != NULL)
		appendStringInfo(&where, ", key \"%s\"", clip(place->key));
	if (place->band != NULL)
		appendStringInfo(&where, ", at \"%s\"", clip(place->band));
	return errdetail("%s.", where.data);
}

bool
malformed(const Place *place, const char *hint, const char *format,...)
{
	char		message[512];
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	ereturn(place->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type grid: %s", message),
			 errplace(place),
			 errhint("%s", hint)));
}
