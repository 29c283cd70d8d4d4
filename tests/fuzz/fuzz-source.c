/* SPDX-License-Identifier: Apache-2.0 */
/* Databricks source of any bytes: refused with a sentence, or every round trip holds. */

#include "fuzz_round_trip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup_notebook struct notebook *nb = NULL;

	if (!len || !memchr("pqsr", data[0], 4))
		return 0;
	nb = fuzz_parse(data, len);
	if (nb)
		check_round_trips(nb, (const char *)data + 1, len - 1);
	return 0;
}
