/*
 * value.c - the kinds of values that variables have (config.def).
 */
#include "runtime/value.h"

#include "base/buf.h"
#include "base/log.h"
#include "runtime/list.h"
#include "wrap/families.h"

#include <string.h>

#define MEMORY_MIN (256u << 10)
#define MEMORY_MAX (1u << 30)
#define MS_MAX 86400000u

/* OpenTelemetry: any case. */
static bool is_word(const char *text, const char *word)
{
	size_t i;

	for (i = 0; text[i] && word[i]; i++)
		if ((text[i] | 0x20) != word[i])
			return false;
	return text[i] == word[i];
}

int value_FLAG(const char *where UNUSED, const char *text, void *field,
	       const char **expected)
{
	bool yes = is_word(text, "true") || !strcmp(text, "1");

	*expected = "true or false";
	if (!yes && !is_word(text, "false") && strcmp(text, "0") != 0)
		return -1;
	*(bool *)field = yes;
	return 0;
}

int value_TEXT(const char *where UNUSED, const char *text, void *field,
	       const char **expected)
{
	(void)expected;
	*(const char **)field = text;
	return 0;
}

/* What a suffix multiplies by; 0: there is no such suffix. */
static uint32_t ms_of(const char *suffix)
{
	static const struct {
		const char *suffix;
		uint32_t ms;
	} suffixes[] = { { "", 1 },
			 { "ms", 1 },
			 { "s", 1000 },
			 { "m", 60000 },
			 { "h", 3600000 } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (strcmp(suffix, suffixes[i].suffix) == 0)
			return suffixes[i].ms;
	return 0;
}

int value_MS(const char *where UNUSED, const char *text, void *field,
	     const char **expected)
{
	size_t digits = strspn(text, "0123456789");
	uint32_t ms = ms_of(text + digits);
	uint64_t value;

	*expected = "a number of milliseconds, from 0 to 86400000, or one with "
		    "ms, s, m or h";
	if (!ms || !parse_u64(text, digits, &value) || value > MS_MAX / ms)
		return -1;
	*(uint32_t *)field = (uint32_t)value * ms;
	return 0;
}

int value_SIZE(const char *where UNUSED, const char *text, void *field,
	       const char **expected)
{
	size_t digits = strspn(text, "0123456789");
	const char *suffix = text + digits;
	unsigned int shift = 0;
	uint64_t value;

	*expected = "a number of bytes from 256K to 1G, with K, M or G";
	if (*suffix && strchr("kKmMgG", *suffix)) {
		shift = (*suffix | 0x20) == 'k'	  ? 10
			: (*suffix | 0x20) == 'm' ? 20
						  : 30;
		suffix++;
	}
	if (*suffix && strcmp(suffix, "B") != 0 && strcmp(suffix, "iB") != 0)
		return -1;
	if (!parse_u64(text, digits, &value) || value > MEMORY_MAX ||
	    value << shift < MEMORY_MIN || value << shift > MEMORY_MAX)
		return -1;
	*(uint64_t *)field = value << shift;
	return 0;
}

int value_LEVEL(const char *where UNUSED, const char *text, void *field,
		const char **expected)
{
	static const char *const levels[] = { "error", "warn", "info",
					      "debug" };
	size_t i;

	*expected = "error, warn, info or debug";
	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		if (is_word(text, levels[i])) {
			*(enum log_level *)field = (enum log_level)i;
			return 0;
		}
	}
	return -1;
}

#define ALL_FAMILIES ((1u << FAMILIES) - 1)

/* The bits of a name, 0 if there is no such family. */
static uint32_t family_bits(const char *name, size_t length)
{
	uint32_t i;

	if (list_is_word(name, length, "all"))
		return ALL_FAMILIES;
	for (i = 0; i < FAMILIES; i++)
		if (list_is_word(name, length, wrap_family_names[i]))
			return 1u << i;
	return 0;
}

struct families {
	const char *where;
	uint32_t mask;
	bool begun, bad;
};

static void add_family(const char *item, size_t length, void *arg)
{
	struct families *families = arg;
	bool removes = *item == '-';
	uint32_t bits = family_bits(item + removes, length - removes);

	/* "-heap" alone takes it from what is wrapped anyway. */
	if (!families->begun && removes)
		families->mask = ALL_FAMILIES & ~(1u << FAMILY_FILE);
	families->begun = true;
	if (removes)
		families->mask &= ~bits;
	else
		families->mask |= bits;
	if (bits)
		return;
	families->bad = true;
	log_error("%s: there is no family '%.*s'; expected a list "
		  "of socket, dns, tls, heap, db, file, process, cxx, all, "
		  "each with or without '-' in front",
		  families->where,
		  (int)(length < VALUE_SHOWN ? length : VALUE_SHOWN), item);
}

/* What can be understood of the list is used: the line is written here. */
int value_FAMILIES(const char *where, const char *text, void *field,
		   const char **expected)
{
	struct families families = { .where = where };

	*expected = NULL;
	list_each(text, add_family, &families);
	if (families.bad && !families.mask)
		return -1;
	*(uint32_t *)field = families.mask;
	return 0;
}
