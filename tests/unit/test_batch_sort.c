/* test_batch_sort.c - records in the order in which they ended. */
#include "runtime/batch_sort.h"

#include "random.h"
#include "test.h"

#include <string.h>

#define MOST 600

static struct telemetry_record list[MOST + 1];
static uint16_t room[2 * MOST + 1];

/* So many rings, each sorted but for some; few times, so that many are the
 * same. */
static void fill(uint32_t count, uint32_t rings, uint32_t times)
{
	uint64_t time = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (i % (count / rings + 1) == 0)
			time = next_random() % times;
		else if (next_random() % 8)
			time += next_random() % 3;
		else
			time = next_random() % times;
		list[i] = (struct telemetry_record){
			.time = time / 2,
			.duration = time - time / 2,
			.span_id = i,
		};
	}
}

/* Sorted, stable, and each is there. */
static void check(uint32_t count)
{
	static uint8_t seen[MOST];
	uint32_t i;

	memset(seen, 0, sizeof(seen));
	for (i = 0; i < count; i++) {
		uint64_t end = list[i].time + list[i].duration;
		uint64_t next = list[i + 1].time + list[i + 1].duration;

		CHECK(list[i].span_id < count && !seen[list[i].span_id]++);
		if (i + 1 < count)
			CHECK(end < next ||
			      (end == next &&
			       list[i].span_id < list[i + 1].span_id));
	}
}

TEST(sorts_whatever_there_is)
{
	uint32_t count, rings, round;

	for (count = 0; count <= MOST; count += 1 + count / 10)
		for (rings = 1; rings < 40; rings += 3)
			for (round = 0; round < 3; round++) {
				memset(room, 0xff, sizeof(room));
				fill(count, rings, round ? MOST : 4);
				batch_sort(list, count, room);
				check(count);
				CHECK_INT(room[2 * count], 0xffff);
			}
}

TEST(sorts_what_is_the_wrong_way_round)
{
	uint32_t i;

	for (i = 0; i < MOST; i++)
		list[i] = (struct telemetry_record){ .time = MOST - i,
						     .span_id = i };
	batch_sort(list, MOST, room);
	for (i = 0; i < MOST; i++)
		CHECK_INT(list[i].time, i + 1);
}
