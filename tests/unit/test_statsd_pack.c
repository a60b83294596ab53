/* test_statsd_pack.c - lines into datagrams.  Names of tests have the numbers of
 * tests/parity/README.md. */
#include "test.h"

#include "../../reporters/common/text.c"
#include "../../reporters/statsd/pack.c"

static char packets[4096];

/* Packets of the items with '/' between. */
static const char *packed(const char *items, size_t size, size_t max)
{
	struct text packet = { 0 };
	unsigned int count;
	size_t at = 0;

	packets[0] = '\0';
	while (at < size) {
		at += pack(items + at, size - at, max, &packet, &count);
		CHECK(packet.length <= max && count > 0);
		if (packets[0])
			strcat(packets, "/");
		if (packet.length)
			strncat(packets, packet.data, packet.length);
		else
			strcat(packets, "dropped");
	}
	text_free(&packet);
	return packets;
}

TEST(S70_packs_what_fits)
{
	static const char items[] = "aaa\0bb\0cccc";

	CHECK_STR(packed(items, sizeof(items), 6), "aaa\nbb/cccc");
	CHECK_STR(packed(items, sizeof(items), 5), "aaa/bb/cccc");
	CHECK_STR(packed(items, sizeof(items), 100), "aaa\nbb\ncccc");
}

TEST(S64_a_line_that_never_fits_is_left_out_and_the_others_are_sent)
{
	static const char items[] = "aaa\0bbbbbbbb\0cccc";

	CHECK_STR(packed(items, sizeof(items), 6), "aaa/dropped/cccc");
}

TEST(S53_four_lines_of_seventeen_and_eighteen_bytes)
{
	static const char items[] = "http.requests:1|c\0http.responses:1|c\0"
				    "http.requests:1|c\0http.responses:1|c";

	CHECK_STR(packed(items, sizeof(items), 40),
		  "http.requests:1|c\nhttp.responses:1|c/"
		  "http.requests:1|c\nhttp.responses:1|c");
}

/* Of every packet: not too large, in order, and the next one would not fit. */
TEST(S71_packets_are_as_full_as_they_can_be)
{
	static char items[2000];
	struct text packet = { 0 };
	unsigned int seed = 1, round, count;

	for (round = 0; round < 2000; round++) {
		size_t max = 1 + round % 60, size = 0, at = 0;

		while (size < 1000) {
			size_t length, i;

			seed = seed * 1103515245 + 12345;
			length = 1 + (seed >> 16) % 40;
			for (i = 0; i < length; i++)
				items[size++] = (char)('a' + i % 26);
			items[size++] = '\0';
		}
		while (at < size) {
			size_t used = pack(items + at, size - at, max, &packet,
					   &count);
			size_t next = at + used < size
					      ? strlen(items + at + used)
					      : max;
			size_t i;

			CHECK(packet.length <= max);
			if (packet.length == 0) {
				CHECK(strlen(items + at) > max && count == 1);
			} else {
				CHECK(packet.length + 1 + next > max);
				CHECK(used == packet.length + 1);
				for (i = 0; i < packet.length; i++)
					CHECK(packet.data[i] ==
					      (items[at + i] ? items[at + i]
							     : '\n'));
			}
			at += used;
		}
	}
	text_free(&packet);
}
