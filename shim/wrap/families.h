/*
 * families.h - what can be switched on and off (TELEMETRY_WRAP), and how the
 * runtime tells the wrappers.
 */
#ifndef SHIM_WRAP_FAMILIES_H
#define SHIM_WRAP_FAMILIES_H

#include "base/compiler.h"

enum wrap_family {
	FAMILY_SOCKET,
	FAMILY_DNS,
	FAMILY_TLS,
	FAMILY_HEAP,
	FAMILY_DB,
	FAMILY_FILE,
	FAMILY_PROCESS,
	FAMILY_CXX,
	FAMILIES,
};

/* "socket", ... in the order of the enum. */
extern const char *const wrap_family_names[FAMILIES];

/* Looks up the originals, and arms the sites of the families in `mask` (bit per
 * enum wrap_family).  Once, at the end of the constructor; until then
 * everything passes through.
 * `later`: the first of their calls asks for it, by the hook `wanted`; those of
 * the heap ask for nothing, and have their originals at once. */
void wrap_enable(uint32_t mask, bool later);
/* Does what was left for later. */
void wrap_catch_up(void);
/* This process is not to be touched: everything passes through for good. */
void wrap_leave_alone(void);
/* For telemetry-run --list: every wrapped function with its event. */
void wrap_each(void (*fn)(const char *function, const char *span,
			  enum wrap_family family, void *arg),
	       void *arg);

/* Hooks that wrap calls upwards, set by the runtime; NULL: none. */
struct wrap_hooks {
	/* The process is about to block, or an event has happened and it is
	 * no longer young: the time to start a thread, if one is due. */
	void (*idle)(void);
	const uint32_t *pending; /* not 0: idle is to be called; never NULL */
	/* The process is about to end in an orderly way (exit, _exit, return
	 * of main), or to become another program (exec). */
	void (*leaving)(int status);
	void (*exec)(void);
	void (*exec_failed)(void);
	/* A call of what was to be armed later: false if it is not, yet.
	 * Under the guard. */
	bool (*wanted)(void);
	/* main is about to be called. */
	void (*starting)(void);
	/* unshare, setns: a second thread would be in the way. */
	void (*single_threaded)(void);
	/* About to become another user, who may have no way to the group. */
	void (*user_changes)(void);
	/* prctl: filters from now on; the clock too: no TSC either. */
	void (*sandboxed)(bool clock_too);
};
extern struct wrap_hooks wrap_hooks HIDDEN;

#endif
