/*
 * H49, H52: whatever the unwinder keeps open for itself must not end in a file
 * of the program: all descriptors are closed, the numbers reused, and then
 * stacks are taken.
 *
 * Technique: no descriptor of an unwinder in the table of the program.
 *
 * modes: record
 */
#include "hazard.h"

#include <fcntl.h>
#include <sys/stat.h>

#define FILES 8
#define DEEP 12

static int failing(const char *event, const struct telemetry_fields *m,
		   const struct telemetry_fields *metadata, void *config)
{
	(void)event;
	(void)m;
	(void)metadata;
	(void)config;
	return -1;
}

/* Other frames each time, whose memory has not been looked at before. */
__attribute__((noinline)) static int descend(int depth)
{
	volatile char room[5000];

	room[0] = (char)depth;
	if (depth > 0)
		return descend(depth - 1) + room[0];
	telemetry_execute("hazard.fails", NULL, 0, NULL, 0);
	return room[0];
}

int main(void)
{
	struct telemetry_attach_options keep = { .struct_size = sizeof(keep),
						 .policy = TELEMETRY_KEEP };
	const char *const event = "hazard.fails";
	int files[FILES], i;
	struct stat st;

	if (shimmed())
		CHECK(!telemetry_attach_many("fails", &event, 1, failing, NULL,
					     &keep));
	closefrom(2);
	for (i = 2; i < FILES; i++) {
		char name[8] = { 'a' + (char)i };

		files[i] = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
		CHECK(files[i] == i);
	}
	for (i = 0; i < DEEP; i++)
		descend(i);
	for (i = 2; i < FILES; i++) {
		CHECK(fstat(files[i], &st) == 0);
		printf("file %d: %ld bytes\n", i, (long)st.st_size);
	}
	return hazard_end();
}
