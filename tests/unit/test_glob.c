/*
 * test_glob.c - globs with stars, against fnmatch(3) as the witness.
 */
#include "base/glob.h"
#include "test.h"

#include <fnmatch.h>
#include <string.h>

static void random_text(char *to, size_t most, const char *letters)
{
	size_t length = (size_t)rand() % (most + 1), i;

	for (i = 0; i < length; i++)
		to[i] = letters[(size_t)rand() % strlen(letters)];
	to[length] = '\0';
}

TEST(agrees_with_fnmatch)
{
	char pattern[8], text[12];
	int i, matched = 0;

	srand(1);
	for (i = 0; i < 200000; i++) {
		bool ours, theirs;

		random_text(pattern, sizeof(pattern) - 1, "ab.**");
		random_text(text, sizeof(text) - 1, "ab.");
		ours = glob_match(pattern, strlen(pattern), text, strlen(text));
		theirs = fnmatch(pattern, text, FNM_NOESCAPE) == 0;
		if (ours != theirs)
			printf("# \"%s\" on \"%s\"\n", pattern, text);
		CHECK_INT(ours, theirs);
		matched += ours;
	}
	CHECK(matched > 1000);
}

TEST(lengths_are_respected)
{
	CHECK(glob_match("ab", 1, "axx", 1));
	CHECK(!glob_match("*b", 2, "ab", 1));
	CHECK(glob_match("*ab", 2, "xa", 2));
	CHECK(glob_match("", 0, "", 0));
	CHECK(!glob_match("", 0, "a", 1));
}
