/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is looked for, and the search. Each form of each secret is cut into all its stretches, and
 * each stretch is put into a hash table of its kind; a text is searched by a rolling sum, so the
 * time for a byte does not depend on what the secrets are. Stretches that overlap in a text add up
 * to the whole.
 *
 * Forms and tables are as secret as the secret, and live in the same kind of pages.
 */

#include "secret/redact.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "secret/secret.h"

#define FACTOR 0x9E3779B97F4A7C15u /* of the rolling sum, and to spread it over the slots */

/* What a stretch of each set is; the others are the short secrets, by their length. */
enum { SET_BYTES, SET_HEX, SET_BASE64, SET_SHORT };

struct form {
	size_t at, len;
	unsigned set;
};

/* ---- forms ---- */

static void needle_put(struct redact_needles *n, unsigned char c)
{
	assert(n->len < n->size);
	n->text[n->len++] = (char)c;
}

/* As it stands; solid: without blanks, as a text is read. */
static struct form put_bytes(struct redact_needles *n, const struct redact_secret *s, bool solid)
{
	struct redact_reading r;
	struct form f = { .at = n->len, .set = SET_BYTES };

	redact_reading_init(&r, s->text, s->len);
	if (solid)
		redact_reading_join(&r, false);
	for (size_t i = 0; i < r.len; i++)
		needle_put(n, redact_fold(r.bytes[i].c));
	redact_reading_release(&r);
	f.len = n->len - f.at;
	return f;
}

static struct form put_hex(struct redact_needles *n, const struct redact_secret *s)
{
	static const char digits[] = "0123456789abcdef";
	struct form f = { .at = n->len, .len = 2 * s->len, .set = SET_HEX };

	for (size_t i = 0; i < s->len; i++) {
		needle_put(n, (unsigned char)digits[(unsigned char)s->text[i] >> 4]);
		needle_put(n, (unsigned char)digits[s->text[i] & 15]);
	}
	return f;
}

static size_t first_digit(size_t shift)
{
	return (8 * shift + 5) / 6;
}

size_t redact_base64_count(const struct redact_secret *s, size_t shift)
{
	return 8 * (shift + s->len) / 6 - first_digit(shift);
}

unsigned redact_base64_digit(const struct redact_secret *s, size_t shift, size_t i)
{
	size_t bit = 6 * (first_digit(shift) + i) - 8 * shift;
	unsigned v = (unsigned)(unsigned char)s->text[bit / 8] << 8;

	if (bit / 8 + 1 < s->len)
		v |= (unsigned char)s->text[bit / 8 + 1];
	return v >> (10 - bit % 8) & 63;
}

static struct form needle_put_base64(struct redact_needles *n, const struct redact_secret *s,
				     size_t shift)
{
	static const char digits[] = REDACT_BASE64 "+/";
	struct form f = { .at = n->len, .set = SET_BASE64 };

	f.len = redact_base64_count(s, shift);
	for (size_t i = 0; i < f.len; i++)
		needle_put(n, redact_fold((unsigned char)digits[redact_base64_digit(s, shift, i)]));
	return f;
}

#define FORMS_MAX 6

/* The most that the forms of one secret need. */
static size_t forms_size(size_t len)
{
	return 2 * len + 2 * len + 3 * (4 * len / 3 + 4);
}

/* Returns how many there are. */
static size_t put_forms(struct redact_needles *n, const struct redact_secret *s,
			struct form out[static FORMS_MAX])
{
	if (s->len < REDACT_MIN)
		return 0;
	if (s->len < REDACT_RUN) {
		out[0] = put_bytes(n, s, false);
		out[0].set = SET_SHORT + (unsigned)s->len - REDACT_MIN;
		return 1;
	}
	out[0] = put_bytes(n, s, true);
	out[1] = put_hex(n, s);
	for (size_t shift = 0; shift < 3; shift++)
		out[2 + shift] = needle_put_base64(n, s, shift);
	if (out[0].len == s->len)
		return FORMS_MAX - 1;
	/* Without its blanks it may be shorter than a stretch. */
	out[FORMS_MAX - 1] = put_bytes(n, s, false);
	n->blanks = true;
	return FORMS_MAX;
}

/* ---- tables ---- */

static size_t slots_bytes(const struct redact_set *set)
{
	return sizeof(*set->slots) << set->bits;
}

static size_t set_slot(const struct redact_set *set, uint64_t sum)
{
	return (size_t)(sum * FACTOR >> (64 - set->bits));
}

/* The slot where this stretch is, or the free one where it would be. */
static uint32_t *find(const struct redact_needles *n, const struct redact_set *set, uint64_t sum,
		      const char *stretch)
{
	size_t mask = ((size_t)1 << set->bits) - 1;
	size_t i = set_slot(set, sum);

	while (set->slots[i] && memcmp(n->text + set->slots[i] - 1, stretch, set->run) != 0)
		i = (i + 1) & mask;
	return &set->slots[i];
}

static void insert(struct redact_needles *n, struct redact_set *set, const struct form *f)
{
	for (size_t i = 0; i + set->run <= f->len; i++) {
		const char *stretch = n->text + f->at + i;
		uint64_t sum = 0;
		uint32_t *slot;

		for (unsigned k = 0; k < set->run; k++)
			sum = sum * FACTOR + (unsigned char)stretch[k];
		slot = find(n, set, sum, stretch);
		if (!*slot)
			*slot = (uint32_t)(f->at + i + 1);
	}
}

/* Room for count stretches, at most a quarter full so that most bytes of a text meet a free slot. */
static void set_init(struct redact_set *set, unsigned run, size_t count)
{
	set->run = run;
	set->last_power = 1;
	for (unsigned k = 1; k < run; k++)
		set->last_power *= FACTOR;
	set->bits = 6;
	while ((size_t)1 << set->bits < 4 * count)
		set->bits++;
	set->slots = (uint32_t *)(void *)secret_pages_new(slots_bytes(set));
}

static unsigned run_of(size_t set)
{
	static const unsigned runs[] = { REDACT_RUN, REDACT_RUN_HEX, REDACT_RUN_BASE64 };

	return set < SET_SHORT ? runs[set] : (unsigned)(set - SET_SHORT + REDACT_MIN);
}

void redact_needles_set(struct redact_needles *n, const struct redact_secret *secrets, size_t count)
{
	struct form *forms = xcalloc(count, FORMS_MAX * sizeof(*forms));
	size_t form_count = 0, size = 0;
	size_t stretches[ARRAY_SIZE(n->sets)] = { 0 };

	redact_needles_release(n);
	for (size_t i = 0; i < count; i++)
		size += forms_size(secrets[i].len);
	assert(size < UINT32_MAX);
	n->size = size;
	n->text = secret_pages_new(size);
	for (size_t i = 0; i < count; i++)
		form_count += put_forms(n, &secrets[i], forms + form_count);
	for (size_t i = 0; i < form_count; i++)
		stretches[forms[i].set] += forms[i].len;
	for (size_t i = 0; i < ARRAY_SIZE(n->sets); i++)
		if (stretches[i])
			set_init(&n->sets[i], run_of(i), stretches[i]);
	for (size_t i = 0; i < form_count; i++)
		insert(n, &n->sets[forms[i].set], &forms[i]);
	free(forms);
}

void redact_needles_release(struct redact_needles *n)
{
	for (size_t i = 0; i < ARRAY_SIZE(n->sets); i++)
		if (n->sets[i].slots)
			secret_pages_free((char *)n->sets[i].slots, slots_bytes(&n->sets[i]));
	secret_pages_free(n->text, n->size);
	*n = (struct redact_needles){ 0 };
}

/* ---- search ---- */

#define WINDOW 32 /* at least the longest stretch; a power of two */

/* The last bytes that were read. They stand twice, so that a stretch is always in one piece. */
struct window {
	char bytes[2 * WINDOW];
	size_t starts[WINDOW];
	size_t count; /* read so far */
};

struct search {
	const struct redact_needles *needles;
	const struct redact_set *set;
	uint64_t sum;
	size_t hidden; /* everything before this is decided */
};

static unsigned char ago(const struct window *w, size_t n)
{
	return (unsigned char)w->bytes[(w->count - 1 - n) % WINDOW];
}

static bool hide_stretch(struct search *s, const struct window *w, size_t end, bool *hide)
{
	size_t first = w->count - s->set->run;
	size_t start = w->starts[first % WINDOW];

	if (!*find(s->needles, s->set, s->sum, w->bytes + first % WINDOW))
		return false;
	if (start < s->hidden)
		start = s->hidden;
	for (size_t i = start; i < end; i++)
		hide[i] = true;
	s->hidden = end > s->hidden ? end : s->hidden;
	return true;
}

/* Takes the byte that has just come into the window. */
static bool search_on(struct search *s, const struct window *w, size_t end, bool *hide)
{
	const struct redact_set *set = s->set;

	if (w->count > set->run)
		s->sum -= ago(w, set->run) * set->last_power;
	s->sum = s->sum * FACTOR + ago(w, 0);
	return w->count >= set->run && hide_stretch(s, w, end, hide);
}

/* Looks for the sets from first up to, but not including, end. */
static bool search_reading(const struct redact_needles *n, const struct redact_reading *r,
			   size_t first, size_t end, bool *hide)
{
	struct search searches[ARRAY_SIZE(n->sets)];
	struct window w = { .count = 0 };
	size_t count = 0;
	bool found = false;

	for (size_t i = first; i < end; i++)
		if (n->sets[i].run)
			searches[count++] = (struct search){ .needles = n, .set = &n->sets[i] };
	for (size_t i = 0; count && i < r->len; i++) {
		size_t at = w.count++ % WINDOW;

		w.bytes[at] = w.bytes[at + WINDOW] = (char)redact_fold(r->bytes[i].c);
		w.starts[at] = r->bytes[i].start;
		for (size_t k = 0; k < count; k++)
			if (search_on(&searches[k], &w, r->bytes[i].end, hide))
				found = true;
	}
	explicit_bzero(&w, sizeof(w));
	return found;
}

/* Looks into all layers of a text. Returns what redact_reading_join() does, for any layer. */
static bool search_layers(const struct redact_needles *n, struct redact_reading *r, bool continued,
			  bool *hide, bool *found)
{
	bool met = redact_reading_join(r, continued);

	if (search_reading(n, r, 0, SET_SHORT, hide))
		*found = true;
	for (int layer = 0; layer < REDACT_LAYERS && redact_reading_decode(r); layer++) {
		if (redact_reading_join(r, continued))
			met = true;
		if (search_reading(n, r, 0, SET_SHORT, hide))
			*found = true;
	}
	return met;
}

bool redact_find(const struct redact_needles *n, const char *text, size_t len, bool *hide)
{
	struct redact_reading r;
	bool found, twofold;

	if (!n->text)
		return false;
	redact_reading_init(&r, text, len);
	found = search_reading(n, &r, n->blanks ? SET_BYTES : SET_SHORT, ARRAY_SIZE(n->sets), hide);
	twofold = search_layers(n, &r, false, hide, &found);
	redact_reading_release(&r);
	if (!twofold)
		return found;
	redact_reading_init(&r, text, len);
	search_layers(n, &r, true, hide, &found);
	redact_reading_release(&r);
	return found;
}
