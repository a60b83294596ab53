/*
 * elf_import.c - see elf_import.h.
 *
 * Imports are found by the relocations that refer to them: the hash table
 * lists only what an object defines.
 */
#include "wrap/elf_import.h"

#include <string.h>

struct relocations {
	const ElfW(Rela) * items;
	size_t count;
};

static void find_tables(const struct elf_object *o, struct relocations *plt,
			struct relocations *data)
{
	const ElfW(Dyn) * d;
	size_t relative = 0;

	for (d = o->map->l_ld; d->d_tag != DT_NULL; d++) {
		const void *p = elf_pointer(o->map, d->d_un.d_ptr);

		switch (d->d_tag) {
		case DT_JMPREL:
			plt->items = p;
			break;
		case DT_PLTRELSZ:
			plt->count = d->d_un.d_val / sizeof(*plt->items);
			break;
		case DT_RELA:
			data->items = p;
			break;
		case DT_RELASZ:
			data->count = d->d_un.d_val / sizeof(*data->items);
			break;
		case DT_RELACOUNT:
			relative = d->d_un.d_val;
			break;
		}
	}
	/* Those in front name no symbol. */
	if (data->items && relative <= data->count) {
		data->items += relative;
		data->count -= relative;
	}
}

static uint32_t find_in(const struct elf_object *o,
			const struct relocations *table, const char *name)
{
	size_t i;

	for (i = 0; table->items && i < table->count; i++) {
		uint32_t index = ELF64_R_SYM(table->items[i].r_info);
		const ElfW(Sym) *s = &o->symbols[index];

		if (index && s->st_shndx == SHN_UNDEF &&
		    strcmp(o->strings + s->st_name, name) == 0)
			return index;
	}
	return 0;
}

static uint32_t find(const struct elf_object *o, const char *name)
{
	struct relocations plt = { 0 }, data = { 0 };
	uint32_t index;

	find_tables(o, &plt, &data);
	index = find_in(o, &plt, name);
	return index ? index : find_in(o, &data, name);
}

bool elf_imports(const struct elf_object *object, const char *name)
{
	return find(object, name) != 0;
}

static const void *verneed(const struct elf_object *o)
{
	const ElfW(Dyn) * d;

	for (d = o->map->l_ld; d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_VERNEED)
			return elf_pointer(o->map, d->d_un.d_ptr);
	return NULL;
}

const char *elf_import_version(const struct elf_object *object,
			       const char *name)
{
	const ElfW(Verneed) *n = verneed(object);
	uint32_t symbol = find(object, name), i;
	const ElfW(Vernaux) * a;

	if (!symbol || !object->versions)
		return NULL;
	while (n) {
		a = (const void *)((const char *)n + n->vn_aux);
		for (i = 0; i < n->vn_cnt; i++) {
			if (a->vna_other == object->versions[symbol])
				return object->strings + a->vna_name;
			a = (const void *)((const char *)a + a->vna_next);
		}
		n = n->vn_next ? (const void *)((const char *)n + n->vn_next)
			       : NULL;
	}
	return NULL;
}
