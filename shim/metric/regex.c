/*
 * regex.c - searches with a compiled pattern: all ways to match are followed at
 * once (Pike), so a byte costs at most one look at each step of the code.
 */
#include "metric/regex_code.h"

#include "base/arena.h"

#include <string.h>

/* What is still to be followed at one place of the text. */
struct pending {
	uint16_t pc; /* or RESTORE + slot */
	uint16_t old;
};

#define RESTORE 0x8000

/* The ways that are open at one place, the preferred one first. */
struct ways {
	uint32_t count;
	uint16_t *pc;
	uint16_t *slots; /* slot_count of each */
};

struct search {
	const struct regex *regex;
	const char *text;
	size_t length;
	uint32_t slot_count;
	struct pending *pending;
	uint16_t *mark; /* per step: 1 + the place where it was seen last */
	struct ways now, next;
};

static uint32_t slot_count(const struct regex *regex)
{
	return 2 * (regex->groups + 1u);
}

uint32_t regex_groups(const struct regex *regex)
{
	return regex->groups;
}

size_t regex_room(const struct regex *regex)
{
	size_t words = 2 * (1 + slot_count(regex)) + 1;

	return regex->count * words * sizeof(uint16_t) +
	       (2 * regex->count + 2u) * sizeof(struct pending);
}

static uint16_t *cut(uint16_t **room, size_t words)
{
	uint16_t *part = *room;

	*room += words;
	return part;
}

static void lay_out(struct search *s, void *memory)
{
	uint16_t *room = memory;
	uint32_t count = s->regex->count;

	s->pending = memory;
	cut(&room, (2 * count + 2) * sizeof(struct pending) / sizeof(*room));
	s->mark = cut(&room, count);
	memset(s->mark, 0, count * sizeof(*s->mark));
	s->now = (struct ways){ .pc = cut(&room, count),
				.slots = cut(&room, count * s->slot_count) };
	s->next = (struct ways){ .pc = cut(&room, count),
				 .slots = cut(&room, count * s->slot_count) };
}

static bool is_word(const struct search *s, size_t at)
{
	uint8_t c = at < s->length ? (uint8_t)s->text[at] : 0;

	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_';
}

/* Does a step that takes no byte let us pass here? */
static bool passes(const struct search *s, const struct regex_step *step,
		   size_t at)
{
	bool edge;

	if (step->op == REGEX_BEGIN)
		return at == 0;
	if (step->op == REGEX_END)
		return at == s->length;
	edge = (at > 0 && is_word(s, at - 1)) != is_word(s, at);
	return edge != (step->arg != 0);
}

static void push(struct search *s, uint32_t *depth, int pc)
{
	s->pending[(*depth)++] = (struct pending){ .pc = (uint16_t)pc };
}

static void keep_way(const struct search *s, struct ways *ways, uint32_t pc,
		     const uint16_t *slots)
{
	ways->pc[ways->count] = (uint16_t)pc;
	memcpy(ways->slots + ways->count * s->slot_count, slots,
	       s->slot_count * sizeof(*slots));
	ways->count++;
}

/* One step that takes no byte, or a way that waits for the next byte. */
static void follow(struct search *s, struct ways *ways, uint32_t *depth,
		   uint32_t pc, size_t at, uint16_t *slots)
{
	const struct regex_step *step = &s->regex->code[pc];

	switch (step->op) {
	case REGEX_JUMP:
		push(s, depth, (int)pc + step->x);
		break;
	case REGEX_SPLIT:
		push(s, depth, (int)pc + step->y);
		push(s, depth, (int)pc + step->x);
		break;
	case REGEX_SAVE:
		s->pending[(*depth)++] =
			(struct pending){ (uint16_t)(RESTORE + step->arg),
					  slots[step->arg] };
		slots[step->arg] = (uint16_t)at;
		push(s, depth, (int)pc + 1);
		break;
	case REGEX_BEGIN:
	case REGEX_END:
	case REGEX_EDGE:
		if (passes(s, step, at))
			push(s, depth, (int)pc + 1);
		break;
	default:
		keep_way(s, ways, pc, slots);
		break;
	}
}

/* All that can be reached from pc without taking a byte.  Each step is looked
 * at once per place: a later way to it is never preferred. */
static void open_ways(struct search *s, struct ways *ways, uint32_t pc,
		      size_t at, uint16_t *slots)
{
	uint32_t depth = 0;

	push(s, &depth, (int)pc);
	while (depth > 0) {
		struct pending top = s->pending[--depth];

		if (top.pc >= RESTORE) {
			slots[top.pc - RESTORE] = top.old;
			continue;
		}
		if (s->mark[top.pc] == at + 1)
			continue;
		s->mark[top.pc] = (uint16_t)(at + 1);
		follow(s, ways, &depth, top.pc, at, slots);
	}
}

static bool takes(const struct search *s, const struct regex_step *step,
		  uint8_t c)
{
	if (step->op == REGEX_CHAR)
		return step->arg == c;
	return class_has(&s->regex->classes[step->arg], c);
}

/* Moves all ways over the byte at `at`.  True: one of them matched, and those
 * behind it are given up. */
static bool advance(struct search *s, size_t at, uint16_t *found)
{
	uint32_t i;

	s->next.count = 0;
	for (i = 0; i < s->now.count; i++) {
		uint32_t pc = s->now.pc[i];
		uint16_t *slots = s->now.slots + i * s->slot_count;
		const struct regex_step *step = &s->regex->code[pc];

		if (step->op == REGEX_MATCH) {
			memcpy(found, slots, s->slot_count * sizeof(*slots));
			return true;
		}
		if (at < s->length && takes(s, step, (uint8_t)s->text[at]))
			open_ways(s, &s->next, pc + 1, at + 1, slots);
	}
	return false;
}

bool regex_search(const struct regex *regex, const char *text, size_t length,
		  void *room, uint16_t found[REGEX_SLOTS_MAX])
{
	struct search s = { .regex = regex, .text = text, .length = length };
	uint16_t slots[REGEX_SLOTS_MAX];
	bool matched = false;
	size_t at;

	if (s.length > REGEX_TEXT_MAX)
		s.length = REGEX_TEXT_MAX;
	s.slot_count = slot_count(regex);
	lay_out(&s, room);
	for (at = 0; at <= s.length; at++) {
		struct ways swap;

		if (!matched) {
			memset(slots, 0xff, sizeof(slots));
			open_ways(&s, &s.now, 0, at, slots);
		}
		if (matched && s.now.count == 0)
			break;
		matched |= advance(&s, at, found);
		swap = s.now;
		s.now = s.next;
		s.next = swap;
	}
	return matched;
}

void regex_free(struct regex *regex)
{
	arena_free(regex, sizeof(*regex));
}
