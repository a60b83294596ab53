/* stack.c - see stack.h. */
#include "event/stack.h"

#include "base/buf.h"
#include "base/sys.h"
#include "base/thread.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* What unw_backtrace() needs below us, measured with a painted stack, and some
 * room for what the host's signal handlers need. */
#define STACK_NEEDED (24 * 1024)
#define DEPTH 32

static void *(*loader_open)(const char *, int);
static void *(*loader_symbol)(void *, const char *);
static int (*backtrace_fn)(void **, int);
static uint32_t tried;

void stack_set_loader(void *(*open)(const char *, int),
		      void *(*symbol)(void *, const char *))
{
	loader_open = open;
	loader_symbol = symbol;
}

/* ---- a library without descriptors -------------------------------------- */

/*
 * libunwind tries addresses that it does not trust by writing from them into a
 * pipe, which it opens when it is first used and opens again, after closing the
 * numbers that it knows, when those do not work.  In a host that counts, closes
 * or reuses descriptors all of that does damage.  It is given no pipe, and what
 * it does with descriptor -1 is done in another way: a signal mask that cannot
 * be set is read by the kernel all the same.  (It repeats a call for as long as
 * errno is EINTR, even one that succeeded: so errno is always set.)
 */
#define NO_PIPE (-1)
#define MASK_SIZE 8 /* of the kernel's signal mask */

static int no_pipe(int *fds)
{
	fds[0] = fds[1] = NO_PIPE;
	return 0;
}

static int no_pipe2(int *fds, int flags UNUSED)
{
	return no_pipe(fds);
}

static long result(long ret)
{
	errno = ret < 0 ? (int)-ret : 0;
	return ret < 0 ? -1 : ret;
}

static ssize_t pipe_read(int fd, void *to, size_t size)
{
	return fd == NO_PIPE ? result(1) : result(sys_read(fd, to, size));
}

static bool is_readable(const void *at)
{
	long mask = (long)((uintptr_t)at & ~(uintptr_t)(MASK_SIZE - 1));

	return sys_call(SYS_rt_sigprocmask, -1, mask, 0, MASK_SIZE, 0, 0) !=
	       -EFAULT;
}

static long pipe_syscall(long number, long a, long b, long c, long d, long e,
			 long f)
{
	if (number == SYS_write && (int)a == NO_PIPE)
		return result(is_readable((const void *)b) ? c : -EFAULT);
	return result(sys_call(number, a, b, c, d, e, f));
}

static const struct {
	const char *name;
	void *function;
} replaced[] = {
	{ "pipe", (void *)no_pipe },
	{ "pipe2", (void *)no_pipe2 },
	{ "read", (void *)pipe_read },
	{ "syscall", (void *)pipe_syscall },
};

struct imports {
	const ElfW(Sym) * symbols;
	const char *strings;
	const ElfW(Rela) * slots;
	size_t count;
	bool is_protected; /* bound at once, then made read-only */
};

static void read_imports(struct imports *im, const struct link_map *map)
{
	const ElfW(Dyn) * d;

	*im = (struct imports){ .count = 0 };
	for (d = map->l_ld; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_SYMTAB)
			im->symbols = (const void *)d->d_un.d_ptr;
		else if (d->d_tag == DT_STRTAB)
			im->strings = (const void *)d->d_un.d_ptr;
		else if (d->d_tag == DT_JMPREL)
			im->slots = (const void *)d->d_un.d_ptr;
		else if (d->d_tag == DT_PLTRELSZ)
			im->count = d->d_un.d_val / sizeof(*im->slots);
		else if (d->d_tag == DT_BIND_NOW ||
			 (d->d_tag == DT_FLAGS &&
			  d->d_un.d_val & DF_BIND_NOW) ||
			 (d->d_tag == DT_FLAGS_1 && d->d_un.d_val & DF_1_NOW))
			im->is_protected = true;
	}
}

static void set_slot(void **slot, void *value, bool is_protected)
{
	size_t size = getauxval(AT_PAGESZ);
	void *page = (void *)((uintptr_t)slot & ~(size - 1));

	if (!is_protected) {
		store_relaxed(slot, value);
	} else if (sys_mprotect(page, size, PROT_READ | PROT_WRITE) == 0) {
		store_relaxed(slot, value);
		sys_mprotect(page, size, PROT_READ);
	}
}

static void take_pipes(const struct link_map *map)
{
	struct imports im;
	const char *name;
	size_t i, j;

	read_imports(&im, map);
	for (i = 0; im.symbols && im.strings && im.slots && i < im.count; i++) {
		const ElfW(Rela) *r = &im.slots[i];
		void **slot = (void **)(map->l_addr + r->r_offset);

		name = im.strings + im.symbols[ELF64_R_SYM(r->r_info)].st_name;
		for (j = 0; j < ARRAY_SIZE(replaced); j++)
			if (strcmp(name, replaced[j].name) == 0)
				set_slot(slot, replaced[j].function,
					 im.is_protected);
	}
}

/* ---- stacks -------------------------------------------------------------- */

bool stack_warm(void)
{
	int (*fn)(void **, int);
	void *handle, *trace[DEPTH];

	if (__atomic_exchange_n(&tried, 1, __ATOMIC_RELAXED) || !loader_open)
		return load_relaxed(&backtrace_fn) != NULL;
	handle = loader_open("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return false;
	fn = (int (*)(void **, int))(uintptr_t)loader_symbol(handle,
							     "unw_backtrace");
	if (!fn)
		return false;
	/* With libc the handle of an object is its link map. */
	take_pipes(handle);
	/* The first call fills caches. */
	fn(trace, DEPTH);
	/* Pairs with stack_capture(). */
	store_release(&backtrace_fn, fn);
	return true;
}

size_t stack_capture(void **addresses, size_t capacity)
{
	/* Pairs with stack_warm(). */
	int (*fn)(void **, int) = load_acquire(&backtrace_fn);
	uintptr_t here = (uintptr_t)FRAME();
	int count;

	if (!fn || here - thread_self.stack_low >=
			   thread_self.stack_high - thread_self.stack_low)
		return 0;
	if (here - thread_self.stack_low < STACK_NEEDED)
		return 0;
	count = fn(addresses, (int)capacity);
	return count > 0 ? (size_t)count : 0;
}

void stack_quiet(void)
{
	store_relaxed(&tried, 1);
	store_relaxed(&backtrace_fn, NULL);
}

void stack_text(struct buf *out)
{
	void *trace[DEPTH];
	size_t count = stack_capture(trace, DEPTH), i;

	if (count == 0)
		trace[count++] = __builtin_return_address(0);
	for (i = 0; i < count; i++) {
		buf_str(out, i ? " 0x" : "0x");
		buf_hex(out, (uintptr_t)trace[i]);
	}
}
