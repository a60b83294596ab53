/*
 * dl.c - dlopen, dlsym and dlvsym.
 *
 * The loader decides by its caller what they mean (RUNPATH, RTLD_NEXT), so a
 * call whose answer may depend on it is passed on by a jump, before anything is
 * on the stack: the entries are assembly.  A call that means the same from
 * anywhere is made by us, and what it brought is looked at.
 */
#include "wrap/elf.h"
#include "wrap/expand.h"
#include "wrap/redirect.h"

#include <dlfcn.h>
#include <string.h>

#define HIDDEN __attribute__((visibility("hidden")))

/* Called by name from the assembly below. */
HIDDEN bool dl_open_is_plain(const char *file, void *caller);
HIDDEN void *dl_open_plain(const char *file, int mode);
HIDDEN bool dl_sym_is_plain(void *handle, const char *name);
HIDDEN void *dl_sym_plain(void *handle, const char *name);
HIDDEN void *dl_vsym_plain(void *handle, const char *name, const char *version);

/* The originals; filled on the first call, read by the assembly. */
HIDDEN void *dl_next_open;
HIDDEN void *dl_next_sym;
HIDDEN void *dl_next_vsym;

/* For a libc that keeps them in a library of their own, which is not here. */
static void *nothing(void)
{
	return NULL;
}

static void *original(void **slot, const char *name)
{
	void *function = load_relaxed(slot);

	if (unlikely(!function)) {
		function = elf_next(name);
		if (!function)
			function = (void *)nothing;
		store_relaxed(slot, function);
	}
	return function;
}

void *dl_original_open(const char *file, int mode)
{
	void *(*open)(const char *, int) =
		(void *(*)(const char *, int))original(&dl_next_open, "dlopen");

	return open(file, mode);
}

void *dl_original_symbol(void *handle, const char *name)
{
	void *(*symbol)(void *, const char *) =
		(void *(*)(void *, const char *))original(&dl_next_sym,
							  "dlsym");

	return symbol(handle, name);
}

static bool has(const struct link_map *map, ElfW(Sxword) tag)
{
	const ElfW(Dyn) * d;

	for (d = map->l_ld; d && d->d_tag != DT_NULL; d++)
		if (d->d_tag == tag)
			return true;
	return false;
}

static bool ignores_usual_places(const struct link_map *map)
{
	const ElfW(Dyn) * d;

	for (d = map->l_ld; d && d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_FLAGS_1)
			return (d->d_un.d_val & DF_1_NODEFLIB) != 0;
	return false;
}

static int look_for_rpath(struct dl_phdr_info *info, size_t size, void *arg)
{
	const struct link_map *map = elf_objects();
	bool *found = arg;

	(void)info;
	(void)size;
	while (map && !has(map, DT_RPATH))
		map = map->l_next;
	*found = map != NULL;
	return 1;
}

/* Would it find the same file from here as from its caller?  For a name without
 * a slash the caller's DT_RUNPATH counts, or the DT_RPATH of the caller and of
 * all that needed it. */
bool dl_open_is_plain(const char *file, void *caller)
{
	const struct link_map *map;
	bool rpath = true;

	original(&dl_next_open, "dlopen");
	if (!redirect_is_on() || !file || strchr(file, '$'))
		return false;
	if (strchr(file, '/'))
		return true;
	elf_locked(look_for_rpath, &rpath);
	if (rpath)
		return false;
	map = elf_object_at(caller);
	return map && !has(map, DT_RUNPATH) && !ignores_usual_places(map);
}

void *dl_open_plain(const char *file, int mode)
{
	void *handle = dl_original_open(file, mode);

	if (handle)
		redirect_rescan(true);
	return handle;
}

/* Nothing that depends on the caller, and a name that is ours to translate? */
bool dl_sym_is_plain(void *handle, const char *name)
{
	original(&dl_next_sym, "dlsym");
	original(&dl_next_vsym, "dlvsym");
	if (handle == RTLD_DEFAULT || handle == RTLD_NEXT || !redirect_is_on())
		return false;
	/* What a dlopen() that was passed on has brought. */
	redirect_rescan(false);
	return name && redirect_knows(name);
}

static void *translate(const char *name, void *found)
{
	return found ? redirect_translate(name, found) : NULL;
}

void *dl_sym_plain(void *handle, const char *name)
{
	return translate(name, dl_original_symbol(handle, name));
}

void *dl_vsym_plain(void *handle, const char *name, const char *version)
{
	void *(*symbol)(void *, const char *, const char *) =
		(void *(*)(void *, const char *, const char *))load_relaxed(
			&dl_next_vsym);

	return translate(name, symbol(handle, name, version));
}

/*
 * ENTRY: asks `test` with the arguments as they came (for dlopen with the
 * return address as the second); false jumps to the original with everything as
 * it was, true jumps to `plain`.
 */
#if defined(__x86_64__)
#define ENTRY(name, second, test, plain, next)                                 \
	__asm__(".pushsection .text\n"                                         \
		".globl " #name "\n"                                           \
		".type " #name ", @function\n"                                 \
		".balign 16\n" #name ":\n"                                     \
		".cfi_startproc\n"                                             \
		"endbr64\n"                                                    \
		"push %rdi\n.cfi_adjust_cfa_offset 8\n"                        \
		"push %rsi\n.cfi_adjust_cfa_offset 8\n"                        \
		"push %rdx\n.cfi_adjust_cfa_offset 8\n" second "call " #test   \
		"\n"                                                           \
		"pop %rdx\n.cfi_adjust_cfa_offset -8\n"                        \
		"pop %rsi\n.cfi_adjust_cfa_offset -8\n"                        \
		"pop %rdi\n.cfi_adjust_cfa_offset -8\n"                        \
		"test %al, %al\n"                                              \
		"jne " #plain "\n"                                             \
		"jmp *" #next "(%rip)\n"                                       \
		".cfi_endproc\n"                                               \
		".size " #name ", . - " #name "\n"                             \
		".popsection\n");
#define RETURN_ADDRESS "mov 24(%rsp), %rsi\n"
#define AS_IT_IS ""
#elif defined(__aarch64__)
#define ENTRY(name, second, test, plain, next)                                 \
	__asm__(".pushsection .text\n"                                         \
		".globl " #name "\n"                                           \
		".type " #name ", %function\n"                                 \
		".balign 16\n" #name ":\n"                                     \
		".cfi_startproc\n"                                             \
		"bti c\n"                                                      \
		"stp x29, x30, [sp, #-48]!\n"                                  \
		".cfi_adjust_cfa_offset 48\n"                                  \
		".cfi_offset 29, -48\n.cfi_offset 30, -40\n"                   \
		"stp x0, x1, [sp, #16]\n"                                      \
		"str x2, [sp, #32]\n" second "bl " #test "\n"                  \
		"mov w9, w0\n"                                                 \
		"ldp x0, x1, [sp, #16]\n"                                      \
		"ldr x2, [sp, #32]\n"                                          \
		"ldp x29, x30, [sp], #48\n"                                    \
		".cfi_adjust_cfa_offset -48\n"                                 \
		".cfi_restore 29\n.cfi_restore 30\n"                           \
		"tbnz w9, #0, " #plain "\n"                                    \
		"adrp x16, " #next "\n"                                        \
		"ldr x16, [x16, #:lo12:" #next "]\n"                           \
		"br x16\n"                                                     \
		".cfi_endproc\n"                                               \
		".size " #name ", . - " #name "\n"                             \
		".popsection\n");
#define RETURN_ADDRESS "mov x1, x30\n"
#define AS_IT_IS ""
#endif

/* Said to the compiler too, which is where the export list looks. */
EXPORT void *dlopen(const char *file, int mode);
EXPORT void *dlsym(void *handle, const char *name);
EXPORT void *dlvsym(void *handle, const char *name, const char *version);

ENTRY(dlopen, RETURN_ADDRESS, dl_open_is_plain, dl_open_plain, dl_next_open)
ENTRY(dlsym, AS_IT_IS, dl_sym_is_plain, dl_sym_plain, dl_next_sym)
ENTRY(dlvsym, AS_IT_IS, dl_sym_is_plain, dl_vsym_plain, dl_next_vsym)
