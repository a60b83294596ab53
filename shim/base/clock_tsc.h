/*
 * clock_tsc.h - between clock.c, which chooses the clock, and clock_tsc.c,
 * which keeps the scale of the TSC.
 */
#ifndef SHIM_BASE_CLOCK_TSC_H
#define SHIM_BASE_CLOCK_TSC_H

#include "base/compiler.h"

/* CLOCK_MONOTONIC from the kernel, ns. */
uint64_t clock_kernel(void);
/* The TSC proved useless; time goes on from `floor`, without it. */
void clock_give_up(uint64_t floor);

/* The first reading of both clocks. */
void clock_tsc_init(void);
/* Publishes the first scale once enough time has gone by. */
void clock_tsc_begin(uint64_t now);
/* No scale any more. */
void clock_tsc_end(void);

#endif
