/*
 * vdso.c - one look-up in the symbol table of the vDSO.
 *
 * The image comes from the kernel and is taken at its word.  Versions are not
 * compared: there is one of each name.
 */
#include "base/vdso.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/auxv.h>

#if defined(__x86_64__)
#define CLOCK_GETTIME "__vdso_clock_gettime"
#else
#define CLOCK_GETTIME "__kernel_clock_gettime"
#endif

struct image {
	uintptr_t base; /* to add to addresses in the image */
	const Elf64_Sym *symbols;
	const char *strings;
	const uint32_t *hash;	  /* DT_HASH */
	const uint32_t *gnu_hash; /* DT_GNU_HASH */
};

static void read_dynamic(struct image *image, const Elf64_Dyn *dynamic)
{
	for (; dynamic->d_tag != DT_NULL; dynamic++) {
		const void *p =
			(const void *)(image->base + dynamic->d_un.d_ptr);

		switch (dynamic->d_tag) {
		case DT_SYMTAB:
			image->symbols = p;
			break;
		case DT_STRTAB:
			image->strings = p;
			break;
		case DT_HASH:
			image->hash = p;
			break;
		case DT_GNU_HASH:
			image->gnu_hash = p;
			break;
		}
	}
}

static bool read_image(struct image *image, const Elf64_Ehdr *header)
{
	const char *start = (const char *)header;
	const Elf64_Phdr *ph =
		(const Elf64_Phdr *)(const void *)(start + header->e_phoff);
	const Elf64_Phdr *load = NULL, *dynamic = NULL;
	int i;

	for (i = 0; i < header->e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD && !load)
			load = &ph[i];
		if (ph[i].p_type == PT_DYNAMIC)
			dynamic = &ph[i];
	}
	if (!load || !dynamic)
		return false;
	image->base = (uintptr_t)start + load->p_offset - load->p_vaddr;
	read_dynamic(image,
		     (const Elf64_Dyn *)(image->base + dynamic->p_vaddr));
	return image->symbols && image->strings &&
	       (image->hash || image->gnu_hash);
}

/* Number of symbols.  The GNU table only tells where its last chain ends. */
static uint32_t count_symbols(const struct image *image)
{
	const uint32_t *table = image->gnu_hash, *buckets, *chains;
	uint32_t last = 0, first, i;

	if (image->hash)
		return image->hash[1];
	first = table[1];
	buckets = table + 4 + 2 * table[2];
	chains = buckets + table[0];
	for (i = 0; i < table[0]; i++)
		if (buckets[i] > last)
			last = buckets[i];
	if (last < first)
		return 0;
	while (!(chains[last - first] & 1))
		last++;
	return last + 1;
}

vdso_clock_gettime *vdso_find_clock_gettime(void)
{
	int saved = errno;
	const Elf64_Ehdr *header =
		(const Elf64_Ehdr *)getauxval(AT_SYSINFO_EHDR);
	struct image image = { 0 };
	uint32_t i, count;

	errno = saved;
	if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
	    !read_image(&image, header))
		return NULL;
	count = count_symbols(&image);
	for (i = 0; i < count; i++) {
		const Elf64_Sym *s = &image.symbols[i];

		if (s->st_shndx != SHN_UNDEF &&
		    strcmp(image.strings + s->st_name, CLOCK_GETTIME) == 0)
			return (vdso_clock_gettime *)(image.base + s->st_value);
	}
	return NULL;
}
