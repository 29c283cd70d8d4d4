/* SPDX-License-Identifier: Apache-2.0 */
/* A .ipynb of any bytes: refused with a sentence, or every round trip holds. */

#include "fuzz_round_trip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup_free uint8_t *part = xmalloc(len + 1);
	cleanup_notebook struct notebook *nb = NULL;

	part[0] = 'j';
	if (len)
		memcpy(part + 1, data, len);
	nb = fuzz_parse(part, len + 1);
	if (nb)
		check_round_trips(nb, (const char *)part + 1, len);
	return 0;
}
