/*
 * utf8.c - what of a host's bytes is text.
 */
#include "common/utf8.h"

#include <string.h>

size_t utf8_decode(const char *string, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)string;
	size_t length = s[0] < 0x80		? 1
			: (s[0] & 0xe0) == 0xc0 ? 2
			: (s[0] & 0xf0) == 0xe0 ? 3
			: (s[0] & 0xf8) == 0xf0 ? 4
						: 0;
	size_t i;

	if (length == 0)
		return 0;
	*character = length == 1 ? s[0] : s[0] & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*character = *character << 6 | (s[i] & 0x3f);
	}
	return *character < least[length] || *character > 0x10ffff ||
			       (*character >= 0xd800 && *character < 0xe000)
		       ? 0
		       : length;
}
