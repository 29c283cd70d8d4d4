/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a side is held as a whole, by the end of what it was asked for last. The one place where that
 * changes. It does not end the cycle: the other sides go on.
 */

#include "sync/slot.h"

#include "log/log.h"

void slot_finish(struct slot *slot, int r, const struct err *why)
{
	if (r && r != ERR_CANCELLED && !str_eq(why->text, slot->held.text))
		log_warning("the %s side is held: %s", side_names[slot->side->id], why->text);
	slot->held = r ? *why : ERR_INIT;
}

void slot_finish_publish(struct slot *slot, int r, const struct err *why)
{
	if (r && str_eq(why->text, slot->unpublished.text))
		slot->held = *why;
	else
		slot_finish(slot, r, why);
	slot->unpublished = r ? *why : ERR_INIT;
}

bool slot_waits_to_publish(const struct slot *slot)
{
	return slot->unpublished.code && str_eq(slot->held.text, slot->unpublished.text);
}
