/* api_list.c - telemetry_list(). */
#include "telemetry/telemetry.h"

#include "base/rcu.h"
#include "base/thread.h"
#include "event/api.h"
#include "event/section.h"
#include "event/table.h"

#include <errno.h>
#include <string.h>

/* Does the name begin with the whole segments of prefix? */
static bool has_prefix(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);

	return n == 0 || (strncmp(name, prefix, n) == 0 &&
			  (name[n] == '\0' || name[n] == '.'));
}

static struct telemetry_handler_info describe(const struct handler *h,
					      uint32_t index)
{
	uint32_t state = load_relaxed(&h->state);
	bool paused = state & HANDLER_PAUSED;

	return (struct telemetry_handler_info){
		.struct_size = sizeof(struct telemetry_handler_info),
		.id = h->id,
		.event = h->events[index]->name->text,
		.function = h->function,
		.config = h->config,
		.policy = h->policy,
		.state = paused ? TELEMETRY_PAUSED : TELEMETRY_ACTIVE,
		.failures = state / HANDLER_FAILURE,
		.paused_until = paused ? load_relaxed(&h->resume) : 0,
	};
}

/* Detached meanwhile is as good as attached: it was when this began.  Walking
 * pairs with append() and unlink_handler() in handlers.c. */
static int list(const char *prefix, const struct handler *h,
		int (*visit)(const struct telemetry_handler_info *, void *),
		void *arg)
{
	uint32_t i;
	int ret = 0;

	for (; h && !ret; h = rcu_pointer_get(h->next)) {
		for (i = 0; i < h->event_count && !ret; i++) {
			struct telemetry_handler_info info = describe(h, i);

			if (!(load_relaxed(&h->state) & HANDLER_GONE) &&
			    has_prefix(info.event, prefix))
				ret = visit(&info, arg);
		}
	}
	return ret;
}

/* The visitor is treated like a handler: see section.h. */
static int list_in_section(struct thread *t, const char *prefix,
			   int (*visit)(const struct telemetry_handler_info *,
					void *),
			   void *arg)
{
	bool reader = t->rcu == RCU_REGISTERED;
	const struct handler *first;
	struct section section;
	int ret;

	if (reader)
		rcu_enter();
	first = handlers_first();
	section = section_enter(t);
	if (reader)
		rcu_leave();
	t->in_handler = 1;
	ret = list(prefix, first, visit, arg);
	t->in_handler = 0;
	section_leave(t, &section);
	return ret;
}

EXPORT int telemetry_list(
	const char *prefix,
	int (*visit)(const struct telemetry_handler_info *info, void *arg),
	void *arg)
{
	struct thread *t = &thread_self;
	int ret = -EAGAIN, saved = errno;
	void *outer;

	if (!prefix || !visit ||
	    (*prefix && !event_name_is_valid(prefix, strlen(prefix))))
		return -EINVAL;
	if (!api_ready())
		return 0;
	if (thread_claim_nested(t, &outer)) {
		ret = list_in_section(t, prefix, visit, arg);
		thread_release_nested(t, outer);
	}
	errno = saved;
	return ret;
}
