/*
 * redirect_slots.c - finds the import slots of an object that belong to a
 * wrapped function, and stores the wrapper there.
 *
 * A slot that ld.so has bound holds the address of the original, which says
 * exactly what it is bound to.  One that is bound at its first call is
 * predicted where the answer is certain and left alone otherwise; a later look
 * finds it bound.
 *
 * Another thread may be in the middle of dlopen(): the object is in the list
 * and being relocated.  Its read-only-after-relocation pages are then still
 * writable, and are left for the next look; write protection is only ever taken
 * off pages that have it, and put back.
 */
#include "wrap/redirect_state.h"

#include "base/sys.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#if defined(__aarch64__)
#define SLOT_LAZY R_AARCH64_JUMP_SLOT
#define SLOT_DATA R_AARCH64_GLOB_DAT
#define SLOT_POINTER R_AARCH64_ABS64
#else
#define SLOT_LAZY R_X86_64_JUMP_SLOT
#define SLOT_DATA R_X86_64_GLOB_DAT
#define SLOT_POINTER R_X86_64_64
#endif

struct importer {
	const struct dl_phdr_info *info;
	struct elf_object object;
	uintptr_t low, high;		 /* of its segments */
	uintptr_t relro_low, relro_high; /* whole pages */
	unsigned int left;		 /* enum slots_left, or-ed */
};

static uintptr_t page_of(uintptr_t address)
{
	return address & ~((uintptr_t)getauxval(AT_PAGESZ) - 1);
}

static void look_at_segments(struct importer *im)
{
	const struct dl_phdr_info *info = im->info;
	size_t i;

	im->low = UINTPTR_MAX;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + p->p_vaddr;
		uintptr_t end = start + p->p_memsz;

		if (p->p_type == PT_LOAD) {
			im->low = start < im->low ? start : im->low;
			im->high = end > im->high ? end : im->high;
		} else if (p->p_type == PT_GNU_RELRO) {
			im->relro_low = page_of(start);
			im->relro_high = page_of(end);
		}
	}
}

static bool is_writable_segment(const struct importer *im, uintptr_t address)
{
	const struct dl_phdr_info *info = im->info;
	size_t i;

	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_LOAD && p->p_flags & PF_W &&
		    address - info->dlpi_addr - p->p_vaddr < p->p_memsz)
			return true;
	}
	return false;
}

/* Asks the kernel to or a zero into the word: it answers EFAULT where the page
 * is protected.  No other way to ask needs a file. */
static bool is_writable_now(uintptr_t address)
{
	uint32_t nobody = 0;

	return sys_call(SYS_futex, (long)&nobody,
			FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 0, 0, (long)address,
			FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0)) >= 0;
}

static void replace(struct importer *im, void **slot, void *wrapper)
{
	uintptr_t address = (uintptr_t)slot;
	void *page = (void *)page_of(address);
	size_t size = getauxval(AT_PAGESZ);

	if (address < im->relro_low || address >= im->relro_high) {
		if (is_writable_segment(im, address))
			store_relaxed(slot, wrapper);
	} else if (is_writable_now(address)) {
		im->left |= SLOTS_IN_FLUX;
	} else if (sys_mprotect(page, size, PROT_READ | PROT_WRITE) == 0) {
		store_relaxed(slot, wrapper);
		sys_mprotect(page, size, PROT_READ);
	}
}

static const char *soname(const struct elf_object *o)
{
	const ElfW(Dyn) * d;

	for (d = o->map->l_ld; d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_SONAME)
			return o->strings + d->d_un.d_val;
	return "";
}

bool redirect_needs(const struct elf_object *o, const struct elf_object *other)
{
	const char *name = soname(other);
	const ElfW(Dyn) * d;

	for (d = o->map->l_ld; d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_NEEDED &&
		    strcmp(o->strings + d->d_un.d_val, name) == 0)
			return true;
	return false;
}

/* The object that ld.so will bind this name to, or NULL if that is not
 * certain.  Objects from the start come first, in order, for everybody that
 * was not opened with RTLD_DEEPBIND, which cannot be seen. */
static const struct link_map *predict(const struct importer *im,
				      const char *name)
{
	const struct link_map *map, *first = NULL;
	struct elf_object object, later = { .map = NULL };
	size_t others = 0;

	for (map = elf_objects(); map; map = map->l_next) {
		if (!elf_open(&object, map) || !elf_find(&object, name))
			continue;
		if (!elf_is_from_start(map)) {
			later = object;
			others++;
		} else if (!first) {
			first = map;
		}
	}
	if (first && (others == 0 || elf_is_from_start(im->object.map)))
		return first;
	if (!first && others == 1 && redirect_needs(&im->object, &later))
		return later.map;
	return NULL;
}

/* The wrappers of the provider `map`. */
static void *wrapper_of(const struct library_state *state,
			const struct redirect_function *f,
			const struct link_map *map)
{
	struct elf_object object;

	if (!map || !redirect_is_provider(state, map) ||
	    !elf_open(&object, map))
		return NULL;
	return redirect_wrapper(state, f, elf_find(&object, f->name));
}

/* What goes there instead of `value`, or NULL. */
static void *choose(struct importer *im, const struct library_state *state,
		    const struct redirect_function *f, uint32_t type,
		    uintptr_t value)
{
	void *wrapper = redirect_wrapper(state, f, (const void *)value);

	if (wrapper)
		return wrapper;
	if (value < im->high - im->low && im->object.map->l_addr != 0) {
		/* Still as in the file. */
		im->left |= SLOTS_IN_FLUX;
	} else if (type == SLOT_LAZY && value >= im->low && value < im->high) {
		wrapper = wrapper_of(state, f, predict(im, f->name));
		if (!wrapper)
			im->left |= SLOTS_UNBOUND;
	}
	return wrapper;
}

static void look_at_slot(struct importer *im, const ElfW(Rela) * r)
{
	const struct elf_object *o = &im->object;
	void **slot = (void **)(o->map->l_addr + r->r_offset), *wrapper;
	const ElfW(Sym) *symbol = &o->symbols[ELF64_R_SYM(r->r_info)];
	const struct redirect_function *f;
	struct library_state *state;

	f = redirect_lookup(o->strings + symbol->st_name, &state);
	if (!f || redirect_is_provider(state, o->map))
		return;
	wrapper = choose(im, state, f, (uint32_t)ELF64_R_TYPE(r->r_info),
			 (uintptr_t)load_relaxed(slot));
	if (wrapper)
		replace(im, slot, wrapper);
}

static void look_at_table(struct importer *im, const ElfW(Rela) * r,
			  size_t bytes)
{
	const ElfW(Rela) *end = r + bytes / sizeof(*r);

	for (; r < end; r++) {
		uint32_t type = (uint32_t)ELF64_R_TYPE(r->r_info);

		if ((type == SLOT_LAZY || type == SLOT_DATA ||
		     type == SLOT_POINTER) &&
		    ELF64_R_SYM(r->r_info) != 0)
			look_at_slot(im, r);
	}
}

static void look_at_slots(struct importer *im)
{
	const struct link_map *map = im->object.map;
	const ElfW(Rela) *plt = NULL, *data = NULL;
	size_t plt_size = 0, data_size = 0, relative = 0;
	const ElfW(Dyn) * d;

	for (d = map->l_ld; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_JMPREL)
			plt = elf_pointer(map, d->d_un.d_ptr);
		else if (d->d_tag == DT_PLTRELSZ)
			plt_size = d->d_un.d_val;
		else if (d->d_tag == DT_RELA)
			data = elf_pointer(map, d->d_un.d_ptr);
		else if (d->d_tag == DT_RELASZ)
			data_size = d->d_un.d_val;
		else if (d->d_tag == DT_RELACOUNT)
			relative = d->d_un.d_val * sizeof(*data);
	}
	if (plt)
		look_at_table(im, plt, plt_size);
	if (data && relative < data_size)
		look_at_table(im, data + relative / sizeof(*data),
			      data_size - relative);
}

unsigned int redirect_slots(const struct link_map *map,
			    const struct dl_phdr_info *info)
{
	struct importer im = { .info = info };

	if (!elf_open(&im.object, map))
		return 0;
	look_at_segments(&im);
	look_at_slots(&im);
	return im.left;
}
