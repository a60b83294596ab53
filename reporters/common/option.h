/*
 * option.h - values of options, as text.
 *
 * Each returns 0, or -EINVAL, which leaves what was there.
 */
#ifndef REPORTERS_COMMON_OPTION_H
#define REPORTERS_COMMON_OPTION_H

#include <stdbool.h>
#include <stdint.h>

/* A copy, in place of what *to had; -ENOMEM.  Who owns *to frees it. */
int option_text(char **to, const char *value);
/* Digits only, from min to max. */
int option_number(uint64_t *to, const char *value, uint64_t min, uint64_t max);
/* The same with K, M or G (1024 and so on) behind it. */
int option_size(uint64_t *to, const char *value, uint64_t min, uint64_t max);
/* true or false. */
int option_flag(bool *to, const char *value);
/* An absolute path. */
int option_path(char **to, const char *value);
/* One of a list of words that ends with NULL; *to is its index. */
int option_word(unsigned int *to, const char *value, const char *const *words);

#endif
