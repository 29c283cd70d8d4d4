/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Every input of plan_path() up to the names of the versions, in the notation of plan_text.h: letters
 * are given in order of appearance, so that of all inputs that say the same one is made, the normal
 * form. Three sides have 4,140 of them (the ways to part seven places and absence into groups), two
 * sides 203, one side 15.
 */

#include <stdbool.h>

#include "plan_text.h"

#define PLAN_ORDERS 6 /* of three sides */

struct plan_form {
	char text[PLAN_TEXT_INPUT]; /* sides that do not take part are held */
	unsigned sides;
	unsigned char digits[7];
};

/* The first form of 1 to 3 sides; the next one, false when there is none. */
void plan_form_first(struct plan_form *f, unsigned sides);
bool plan_form_next(struct plan_form *f);

/* Counts on in a string of digits in which each is at most one more than all before it: what is
 * behind the normal forms. The first one is all zero. */
bool plan_form_count(unsigned char *digits, unsigned n);
/* '.', 'a', 'b' … */
char plan_form_letter(unsigned digit);

/* The same with the sides in another order, not in normal form; order 0 changes nothing. */
extern const unsigned char plan_orders[PLAN_ORDERS][SIDE_COUNT];
void plan_form_reorder(char out[PLAN_TEXT_INPUT], const char *text, unsigned order);
/* Gives the letters anew, in order of appearance. */
void plan_form_rename(char *text);

/* Whether a side has news: it holds neither what it held nor what is agreed. */
bool plan_form_has_news(const char *text, unsigned side);
bool plan_form_deletes(const char *text, unsigned side);
