/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_form.h"

#include <string.h>

const unsigned char plan_orders[PLAN_ORDERS][SIDE_COUNT] = {
	{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
};

char plan_form_letter(unsigned digit)
{
	return digit ? (char)('a' + digit - 1) : '.';
}

static void write_text(struct plan_form *f)
{
	memcpy(f->text, ". ... !!!", sizeof(f->text));
	f->text[0] = plan_form_letter(f->digits[0]);
	for (unsigned s = 0; s < f->sides; s++) {
		f->text[2 + s] = plan_form_letter(f->digits[1 + s]);
		f->text[6 + s] = plan_form_letter(f->digits[1 + f->sides + s]);
	}
}

void plan_form_first(struct plan_form *f, unsigned sides)
{
	*f = (struct plan_form){ .sides = sides };
	write_text(f);
}

bool plan_form_count(unsigned char *digits, unsigned n)
{
	for (unsigned i = n; i-- > 0;) {
		unsigned most = 0;

		for (unsigned j = 0; j < i; j++)
			most = digits[j] > most ? digits[j] : most;
		if (digits[i] <= most) {
			digits[i]++;
			return true;
		}
		digits[i] = 0;
	}
	return false;
}

bool plan_form_next(struct plan_form *f)
{
	if (!plan_form_count(f->digits, 1 + 2 * f->sides))
		return false;
	write_text(f);
	return true;
}

void plan_form_reorder(char out[PLAN_TEXT_INPUT], const char *text, unsigned order)
{
	memcpy(out, text, PLAN_TEXT_INPUT);
	for (unsigned s = 0; s < SIDE_COUNT; s++) {
		out[2 + s] = text[2 + plan_orders[order][s]];
		out[6 + s] = text[6 + plan_orders[order][s]];
	}
}

void plan_form_rename(char *text)
{
	char names['z' + 1] = "", next = 'a';

	for (char *at = text; *at; at++) {
		if (*at < 'a' || *at > 'z')
			continue;
		if (!names[(unsigned char)*at])
			names[(unsigned char)*at] = next++;
		*at = names[(unsigned char)*at];
	}
}

bool plan_form_has_news(const char *text, unsigned side)
{
	return text[6 + side] != '!' && text[6 + side] != text[2 + side] &&
	       text[6 + side] != text[0];
}

bool plan_form_deletes(const char *text, unsigned side)
{
	return plan_form_has_news(text, side) && text[6 + side] == '.';
}
