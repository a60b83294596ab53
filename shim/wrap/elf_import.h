/*
 * elf_import.h - what an object asks other objects for.
 */
#ifndef SHIM_WRAP_ELF_IMPORT_H
#define SHIM_WRAP_ELF_IMPORT_H

#include "wrap/elf.h"

bool elf_imports(const struct elf_object *object, const char *name);
/* The version of it that the object was linked against ("GLIBC_2.15"); NULL if
 * it does not import the name, or without a version. */
const char *elf_import_version(const struct elf_object *object,
			       const char *name);
#endif
