/*
 * batch_sort.c - merges what is sorted already: each ring is, or nearly.
 *
 * Places are sorted, then each record is moved once.
 */
#include "runtime/batch_sort.h"

static uint64_t end_of(const struct telemetry_record *record)
{
	return record->time + record->duration;
}

/* Does what is at place `a` come before what is at `b`, which was behind it? */
static bool is_before(const struct telemetry_record *list, uint16_t a,
		      uint16_t b)
{
	return end_of(&list[a]) <= end_of(&list[b]);
}

/* The end of what is sorted from `begin` on. */
static uint32_t run_end(const struct telemetry_record *list,
			const uint16_t *order, uint32_t begin, uint32_t count)
{
	uint32_t i = begin;

	if (i == count)
		return count;
	while (++i < count && is_before(list, order[i - 1], order[i]))
		;
	return i;
}

/* from[begin .. middle .. end), both sorted, into `to`. */
static void merge(const struct telemetry_record *list, const uint16_t *from,
		  uint16_t *to, const uint32_t at[3])
{
	uint32_t a = at[0], b = at[1], i;

	for (i = at[0]; i < at[2]; i++)
		if (b == at[2] ||
		    (a < at[1] && is_before(list, from[a], from[b])))
			to[i] = from[a++];
		else
			to[i] = from[b++];
}

/* Each run with the one behind it; true if all is one now. */
static bool merge_runs(const struct telemetry_record *list,
		       const uint16_t *from, uint16_t *to, uint32_t count)
{
	uint32_t at[3], merged = 0;

	for (at[0] = 0; at[0] < count; at[0] = at[2]) {
		at[1] = run_end(list, from, at[0], count);
		at[2] = run_end(list, from, at[1], count);
		merge(list, from, to, at);
		merged++;
	}
	return merged < 2;
}

/* The record at order[i] goes to place i. */
static void arrange(struct telemetry_record *list, uint16_t *order,
		    uint32_t count)
{
	struct telemetry_record first;
	uint32_t i, j, next;

	for (i = 0; i < count; i++) {
		if (order[i] == i)
			continue;
		first = list[i];
		for (j = i; (next = order[j]) != i; j = next) {
			list[j] = list[next];
			order[j] = (uint16_t)j;
		}
		list[j] = first;
		order[j] = (uint16_t)j;
	}
}

void batch_sort(struct telemetry_record *list, uint32_t count, uint16_t *room)
{
	uint16_t *order = room, *other = room + count, *swap;
	uint32_t i;
	bool done;

	for (i = 0; i < count; i++)
		order[i] = (uint16_t)i;
	do {
		done = merge_runs(list, order, other, count);
		swap = order;
		order = other;
		other = swap;
	} while (!done);
	arrange(list, order, count);
}
