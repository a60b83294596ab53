/*
 * options.h - the options of a metric definition.
 */
#ifndef SHIM_METRIC_OPTIONS_H
#define SHIM_METRIC_OPTIONS_H

#include "base/compiler.h"
#include "metric/metric.h"
#include "metric/scan.h"

enum option {
	OPTION_EVENT,
	OPTION_SPAN,
	OPTION_MEASUREMENT,
	OPTION_TAGS,
	OPTION_UNIT,
	OPTION_BUCKETS,
	OPTION_DESCRIPTION,
	OPTION_MAX_SERIES,
	OPTION_UP_DOWN,
	OPTION_KEEP,
	OPTION_DROP,
	OPTION_TAG_VALUES,
	OPTION_MISSING,
	OPTION_EXPIRE,
	OPTIONS,
};

/* Reads "option = value" into the definition and its bit into *seen.  False:
 * logged. */
bool option_parse(struct scan *scan, struct metric_definition *definition,
		  uint32_t *seen);

/* Is there an option of that name? */
bool option_exists(const char *name);

/* Dotted segments of [A-Za-z0-9_], none of them empty; `extra` are further
 * characters that it may have. */
bool name_is_valid(struct word name, const char *extra);

/* Reads one item of a list.  False: logged. */
typedef bool option_item(struct scan *scan,
			 struct metric_definition *definition);

/* One item, or any number of them in brackets; only the latter if they are
 * required. */
bool option_items(struct scan *scan, struct metric_definition *definition,
		  bool brackets, option_item *read);
/* The symbol of a key that is valid, or of any text.  False: logged. */
bool option_key(struct scan *scan, const char *what, struct word word,
		const struct symbol **key);
bool option_text(struct scan *scan, struct word word,
		 const struct symbol **text);

/* Of option_lists.c and option_rules.c: what stands behind the =. */
bool option_event(struct scan *scan, struct metric_definition *definition);
bool option_span(struct scan *scan, struct metric_definition *definition);
bool option_tags(struct scan *scan, struct metric_definition *definition);
bool option_buckets(struct scan *scan, struct metric_definition *definition);
bool option_keep(struct scan *scan, struct metric_definition *definition);
bool option_drop(struct scan *scan, struct metric_definition *definition);
bool option_tag_values(struct scan *scan, struct metric_definition *definition);
bool option_missing(struct scan *scan, struct metric_definition *definition);

/* Of option_transform.c: KEY and the rest, behind the word `name` and up to the
 * ). */
bool option_transform(struct scan *scan, struct word name,
		      struct metric_source *source);
/* A text in quotes, in the memory of `text`.  False: logged. */
bool option_quoted(struct scan *scan, struct buf *text);

#endif
