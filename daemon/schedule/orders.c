/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A short array in order and a ring of texts. An order holds its part of the request to the worker
 * as it will be sent, so that nothing here knows what the kinds of orders are; ends are kept as
 * text because a parsed one would need thirty times its memory.
 */

#include "daemon/schedule/orders.h"

#include <stdlib.h>
#include <string.h>

void order_release(struct order *o)
{
	json_free(o->members);
	free(o->name);
	*o = (struct order){ 0 };
}

void orders_release(struct orders *q)
{
	for (size_t i = 0; i < q->count; i++)
		order_release(&q->items[i]);
	q->count = 0;
}

bool orders_add(struct orders *q, struct order o)
{
	if (q->count >= ORDERS_MAX) {
		order_release(&o);
		return false;
	}
	q->items[q->count++] = o;
	return true;
}

struct order orders_take(struct orders *q)
{
	struct order first = { 0 };

	if (!q->count)
		return first;
	first = q->items[0];
	q->count--;
	memmove(q->items, q->items + 1, q->count * sizeof(*q->items));
	return first;
}

void orders_again(struct orders *q, struct order o)
{
	/* At most one runs at a time, so the place that orders_add() leaves is enough. */
	if (!o.repeatable || q->count > ORDERS_MAX) {
		order_release(&o);
		return;
	}
	o.repeated = true;
	q->items[q->count++] = o;
}

bool orders_urgent(const struct orders *q)
{
	return q->count && !q->items[0].repeated;
}

/* ---- ends ---- */

void ends_release(struct ends *ends)
{
	for (size_t i = 0; i < ends->count; i++)
		free(ends->lines[i]);
	ends->count = 0;
}

static void add_answer(struct json *end, int code, const char *sentence, const struct json *result,
		       const struct order *order)
{
	const struct json *given = json_get(result, "answer");
	cleanup_free char *made = NULL;
	struct json *answer;

	if (json_is_object(given)) {
		json_add_copy(end, "answer", given);
		return;
	}
	/* A commit's answer is in the counts. */
	if (!order || !order->members || order->repeatable)
		return;
	/* A worker that ended without a result may have got any distance. */
	made = xasprintf("%s %s: %s", order->name, result ? "was dropped" : "may be incomplete",
			 code ? sentence : "the worker did not mention it");
	answer = json_add_object(end, "answer");
	json_add_str(answer, "code", err_name(code ? code : ERR_BUG));
	json_add_str(answer, "sentence", made);
}

void ends_add(struct ends *ends, int64_t cycle, int code, const char *sentence,
	      const struct json *result, const struct order *order)
{
	static const char *const passed_on[] = { "counts", "sides", "waiting" };
	cleanup_json struct json *end = json_object();

	json_add_int(end, "cycle", cycle);
	json_add_str(end, "code", err_name(code));
	json_add_str(end, "sentence", code ? sentence : "");
	for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++)
		if (json_is_object(json_get(result, passed_on[i])))
			json_add_copy(end, passed_on[i], json_get(result, passed_on[i]));
	add_answer(end, code, sentence, result, order);
	if (ends->count == ENDS_MAX) {
		free(ends->lines[0]);
		ends->count--;
		memmove(ends->lines, ends->lines + 1, ends->count * sizeof(*ends->lines));
	}
	ends->lines[ends->count++] = json_print(end, false);
}

void ends_json(const struct ends *ends, struct json *parent, const char *key)
{
	struct json *array = json_add_array(parent, key);

	for (size_t i = 0; i < ends->count; i++) {
		cleanup_json struct json *end = NULL;

		if (!json_parse(&end, ends->lines[i], strlen(ends->lines[i]), SIZE_MAX, NULL))
			json_add_copy(array, NULL, end);
	}
}
