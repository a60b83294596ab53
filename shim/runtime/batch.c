/*
 * batch.c - from records in rings to records as reporters see them.
 *
 * Texts are copied, so an image may go as soon as it has been added.  What has
 * been delivered is noted in the ring itself (ring.taken), so that the next
 * exporter, of whatever process, goes on where this one stopped.
 */
#include "runtime/batch.h"

#include "base/arena.h"
#include "base/segment_file.h"
#include "base/sys.h"
#include "base/timens.h"
#include "recorder/ring.h"
#include "runtime/batch_sort.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

#define RECORDS 1024
#define ATTRIBUTES (RECORDS * 4)
#define PROCESSES 64
#define TEXT_SIZE (224u << 10)
#define TEXT_MAX 4096 /* of one text; symbols are no longer */
#define COPIES 256    /* a power of two */

/* A text that is in the pool: most are of many records, and reporters know them
 * by their address. */
struct copy {
	uint64_t image; /* which one it is of: batch.image then */
	uint32_t id;
	const char *text;
};

struct pool {
	struct telemetry_record records[RECORDS];
	struct telemetry_attribute attributes[ATTRIBUTES];
	struct telemetry_process processes[PROCESSES];
	struct copy copies[COPIES];
	uint16_t order[2 * RECORDS]; /* while they are sorted */
	char text[TEXT_SIZE];
};
_Static_assert(sizeof(struct pool) <= ARENA_SCRATCH_KEPT,
	       "each look would have to fault it in anew");

static struct {
	struct pool *pool;
	void (*deliver)(const struct telemetry_batch *batch);
	uint32_t records, attributes, processes, text;
	uint64_t lost, total;
	uint64_t room, most, most_whole;
	uint64_t image; /* so many have been begun */
	/* Of the present image: to be added to its times. */
	uint64_t to_wall, to_monotonic;
	bool live;
} batch;

int batch_begin(void (*deliver)(const struct telemetry_batch *batch),
		uint64_t room)
{
	memset(&batch, 0, sizeof(batch));
	batch.pool = arena_scratch(sizeof(*batch.pool));
	batch.deliver = deliver;
	batch.room = room;
	if (!batch.pool)
		return -ENOMEM;
	memset(batch.pool->copies, 0, sizeof(batch.pool->copies));
	return 0;
}

static void deliver(void)
{
	struct telemetry_batch view = {
		.struct_size = sizeof(view),
		.records = batch.pool->records,
		.record_count = batch.records,
		.processes = batch.pool->processes,
		.process_count = batch.processes,
		.lost = batch.lost,
	};

	if (batch.records || batch.lost) {
		batch_sort(batch.pool->records, batch.records,
			   batch.pool->order);
		batch.deliver(&view);
	}
	batch.total += batch.records;
	batch.records = batch.attributes = 0;
	batch.lost = 0;
}

/* A terminated copy, "" for what does not fit. */
static const char *copy_text(const struct segment_image *image, uint32_t id)
{
	uint32_t length;
	const char *text = segment_text(image, id, &length);
	char *copy = batch.pool->text + batch.text;

	if (length > TEXT_MAX)
		length = TEXT_MAX;
	if (!length || length >= TEXT_SIZE - batch.text)
		return "";
	memcpy(copy, text, length);
	copy[length] = '\0';
	batch.text += length + 1;
	return copy;
}

static const char *keep_text(const struct segment_image *image, uint32_t id)
{
	struct copy *copy = &batch.pool->copies[id & (COPIES - 1)];

	if (copy->image != batch.image || copy->id != id)
		*copy = (struct copy){ .image = batch.image,
				       .id = id,
				       .text = copy_text(image, id) };
	return copy->text;
}

/* The segment as a process of its own: a record shows its pid.  Its texts are
 * in no copy yet, or not any more. */
static void add_process(const struct segment_image *image)
{
	const struct segment_header *header = image->header;

	batch.image++;
	batch.to_wall = header->started_wall - header->started_monotonic;
	batch.to_monotonic = (uint64_t)timens_monotonic() -
			     (uint64_t)header->monotonic_offset;
	batch.pool->processes[batch.processes++] = (struct telemetry_process){
		.struct_size = sizeof(struct telemetry_process),
		.pid = header->pid,
		.count = 1,
		.live = batch.live,
		.executable = keep_text(image, header->executable),
		.service = keep_text(image, header->service),
		.started = header->started_wall,
	};
}

/* After delivery: texts of processes go with all others. */
static void start_again(const struct segment_image *image)
{
	deliver();
	batch.text = batch.processes = 0;
	add_process(image);
}

/* The number in one slot and, for 64 bits, in the one behind it. */
static uint64_t slot_number(const struct ring_slot *slot, bool has_upper)
{
	return slot->value | (has_upper ? (uint64_t)slot[1].value << 32 : 0);
}

static bool set_value(const struct segment_image *image,
		      const struct ring_slot *slot, bool has_upper,
		      struct telemetry_attribute *a)
{
	uint64_t number = slot_number(slot, has_upper);

	a->type = TELEMETRY_ATTRIBUTE_INT;
	a->integer = (int64_t)number;
	switch (slot->type) {
	case RING_STRING:
		a->type = TELEMETRY_ATTRIBUTE_STRING;
		a->string = keep_text(image, slot->value);
		return true;
	case RING_I32:
		a->integer = (int32_t)slot->value;
		return true;
	case RING_BOOL:
		a->type = TELEMETRY_ATTRIBUTE_BOOL;
		return true;
	case RING_U32:
		return true;
	case RING_DOUBLE:
		a->type = TELEMETRY_ATTRIBUTE_DOUBLE;
		memcpy(&a->number, &number, sizeof(number));
		return has_upper;
	case RING_U64:
		if (number > INT64_MAX) {
			a->type = TELEMETRY_ATTRIBUTE_DOUBLE;
			a->number = (double)number;
		}
		return has_upper;
	case RING_I64:
		return has_upper;
	default:
		return false;
	}
}

/* kind and reason of a failure have members of their own. */
static bool is_failure(struct telemetry_record *record,
		       const struct telemetry_attribute *a)
{
	if (record->kind != TELEMETRY_RECORD_EXCEPTION || a->is_measurement)
		return false;
	if (!strcmp(a->key, "kind") && a->string)
		record->failure_kind = a->string;
	else if (!strcmp(a->key, "reason") && a->string)
		record->failure_reason = a->string;
	else
		return false;
	return true;
}

static void add_attributes(const struct segment_image *image,
			   const struct ring_record *from,
			   struct telemetry_record *record)
{
	struct telemetry_attribute *list =
		batch.pool->attributes + batch.attributes;
	int i;

	for (i = 0; i < RING_SLOTS; i++) {
		const struct ring_slot *slot = &from->slots[i];
		bool has_upper =
			i + 1 < RING_SLOTS && slot[1].type == RING_UPPER;
		struct telemetry_attribute a = {
			.is_measurement = slot->flags & RING_MEASUREMENT,
		};

		if (slot->type == RING_NONE || slot->type == RING_UPPER ||
		    !set_value(image, slot, has_upper, &a))
			continue;
		a.key = keep_text(image, slot->key);
		if (*a.key && !is_failure(record, &a))
			list[record->attribute_count++] = a;
	}
	record->attributes = list;
	batch.attributes += record->attribute_count;
}

static bool is_room(void)
{
	return batch.records < RECORDS &&
	       batch.attributes + RING_SLOTS <= ATTRIBUTES &&
	       batch.text + (2 * RING_SLOTS + 1) * (TEXT_MAX + 1) <= TEXT_SIZE;
}

static void add_record(const struct segment_image *image,
		       const struct ring_record *from, void *arg UNUSED)
{
	struct telemetry_record *record;

	if (!is_room())
		start_again(image);
	record = &batch.pool->records[batch.records];
	*record = (struct telemetry_record){
		.struct_size = sizeof(*record),
		.kind = from->kind,
		.name = keep_text(image, from->name),
		.time = from->start + batch.to_wall,
		.monotonic = from->start + batch.to_monotonic,
		.duration = from->duration,
		.span_id = from->span_id,
		.parent_span_id = from->parent_span_id,
		.process = batch.processes - 1,
		.thread = from->thread,
		.truncated = from->flags & RING_TRUNCATED,
	};
	if (from->kind < TELEMETRY_RECORD_EVENT ||
	    from->kind > TELEMETRY_RECORD_EXCEPTION || !*record->name)
		return;
	add_attributes(image, from, record);
	batch.records++;
}

/* By way of the file, also for our own segment: its ring is written to by a
 * thread of the host, its `taken` only here. */
static void note_taken(const struct segment_image *image,
		       const struct segment_block *block,
		       const struct batch_source *source, uint64_t seen)
{
	size_t offset = (const uint8_t *)segment_block_body(block) -
			image->bytes + offsetof(struct ring, taken);
	int fd = source->open ? source->fd
			      : segment_file_open(AT_FDCWD, source->path,
						  O_WRONLY, 0);

	if (fd < 0)
		return;
	sys_call(SYS_pwrite64, fd, (long)&seen, sizeof(seen), (long)offset, 0,
		 0);
	if (!source->open)
		sys_close(fd);
}

static void count_new(uint64_t count)
{
	if (count > batch.most)
		batch.most = count;
	if (count > batch.most_whole && count <= batch.room)
		batch.most_whole = count;
}

static void add_ring(const struct segment_image *image,
		     const struct segment_block *block,
		     const struct batch_source *source)
{
	const struct ring *ring = segment_block_body(block);
	uint64_t seen, lost;

	if (segment_block_space(block) < sizeof(*ring) ||
	    ring->head == ring->taken)
		return;
	seen = ring->taken;
	lost = ring_read(image, block, &seen, add_record, NULL);
	batch.lost += lost;
	/* Nothing is new in one that is not sound. */
	if (batch.live && seen > ring->taken)
		count_new(seen - ring->taken);
	if (lost)
		segment_drop(DROP_RING, lost);
	if (source->path) {
		note_taken(image, block, source, seen);
	} else if (source->own) {
		size_t at = (const uint8_t *)ring - image->bytes;
		struct ring *live = segment_body(
			(uint32_t)((at - sizeof(*block)) / SEGMENT_UNIT));

		if (live)
			store_relaxed(&live->taken, seen);
	}
}

void batch_add(const struct segment_image *image,
	       const struct batch_source *source)
{
	const struct segment_block *block = NULL;

	batch.live = source->alive && image->header->state == SEGMENT_RUNNING;
	if (batch.processes == PROCESSES ||
	    batch.text + 3 * TEXT_MAX > TEXT_SIZE)
		start_again(image);
	else
		add_process(image);
	while ((block = segment_next(image, block)) != NULL)
		if (block->kind == SEGMENT_RING)
			add_ring(image, block, source);
}

uint64_t batch_end(void)
{
	uint64_t total;

	deliver();
	total = batch.total;
	arena_scratch_done(batch.pool, sizeof(*batch.pool));
	batch.pool = NULL;
	return total;
}

uint64_t batch_most(void)
{
	return batch.most;
}

uint64_t batch_most_whole(void)
{
	return batch.most_whole;
}
