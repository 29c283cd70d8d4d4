/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for tokens: pages of their own, locked in memory when the limit allows it, left out of
 * core dumps, empty in a forked child, wiped when released.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "secret/secret.h"

static size_t pages_for(size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (len + page) / page * page; /* room for the final NUL as well */
}

char *secret_pages_new(size_t len)
{
	size_t size = pages_for(len);
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	/* Each is a precaution; a kernel or a limit that refuses one must not stop the work. */
	(void)mlock(p, size);
	(void)madvise(p, size, MADV_DONTDUMP);
	(void)madvise(p, size, MADV_WIPEONFORK);
	return p;
}

void secret_pages_free(char *pages, size_t len)
{
	if (!pages)
		return;
	explicit_bzero(pages, pages_for(len));
	munmap(pages, pages_for(len));
}

void secret_forbid_dumps(void)
{
	const struct rlimit none = { 0, 0 };

	/* The limit is for the children: a process that can be dumped is what exec() makes of
	 * it. */
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
}
