/*
 * trigger.h
 *		The trigger that reports to a base: how it is known.
 *
 * It fires after each row that comes, changes or goes, whatever the row has:
 * no WHEN and no list of columns, which would keep the table's owner from
 * changing these, and could be anybody's code.
 */
#ifndef SCORING_TRIGGER_H
#define SCORING_TRIGGER_H

#include "compat.h"

#include "catalog/pg_trigger.h"
#include "utils/reltrigger.h"

#define REPORTING_EVENTS \
	(TRIGGER_TYPE_INSERT | TRIGGER_TYPE_DELETE | TRIGGER_TYPE_UPDATE)

/* its arguments: the schema of a base, the number of a watch, columns */
#define FIXED_ARGUMENTS			2
#define BASE_SCHEMA(trigger)	((trigger)->tgargs[0])
#define WATCH_NUMBER(trigger)	((trigger)->tgargs[1])

/* is it one, if it calls mark()? */
static inline bool
trigger_reports(const Trigger *trigger)
{
	return trigger->tgtype == (TRIGGER_TYPE_ROW | TRIGGER_TYPE_AFTER |
							   REPORTING_EVENTS) &&
		trigger->tgqual == NULL &&
		trigger->tgnattr == 0 &&
		!OidIsValid(trigger->tgconstraint) &&
		trigger->tgoldtable == NULL && trigger->tgnewtable == NULL &&
		trigger->tgnargs >= FIXED_ARGUMENTS;
}

#endif							/* SCORING_TRIGGER_H */
