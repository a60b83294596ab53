/*
 * descriptors.h - descriptors of our own, beside those of the host.
 *
 * For the exporter's thread in a process that lives on.
 */
#ifndef SHIM_RUNTIME_DESCRIPTORS_H
#define SHIM_RUNTIME_DESCRIPTORS_H

#include "base/compiler.h"

/* Gives the calling thread an empty descriptor table: what it opens takes no
 * number from the host, no descriptor of the host stays open because of it, and
 * no closing of all descriptors by the host is felt here.  0, 1 and 2 are
 * placeholders.  False: the kernel is too old, or a system call filter makes it
 * better not to try; the table stays the host's. */
bool descriptors_separate(void);
/* In a program of ours, telemetry-host: the table is ours as it is. */
void descriptors_are_ours(void);
/* Did it, in this thread?  Then nothing of the host may run here that uses
 * descriptors. */
bool descriptors_are_separate(void);

/* Around each piece of work that may write to stderr: descriptor 2 is what it
 * is in the host now. */
void descriptors_borrow(void);
void descriptors_give_back(void);

/* The thread ends, or does not exist in this child of a fork. */
void descriptors_forget(void);

#endif
