/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes keys of an environment block and leaves every other byte as it is. What was made is read
 * again: if it does not say what it should, the change is refused, not guessed.
 */

#include "notebook/environment/edit.h"

#include <stdlib.h>
#include <string.h>

#define CHANGES_MAX (2 * ENVIRONMENT_STRINGS + 8)

/* Text from..to becomes another one. */
struct change {
	const char *from, *to;
	struct buf text; /* owned */
};

struct editor {
	const struct block *block;
	const struct environment *want;
	struct change changes[CHANGES_MAX];
	size_t count;
	struct buf fresh; /* new keys of a table that is not there yet */
	bool bad;         /* a value is not UTF-8 */
};

static struct buf *change(struct editor *ed, const char *from, const char *to)
{
	struct change *c = &ed->changes[ed->count++];

	*c = (struct change){ .from = from, .to = to, .text = BUF_UNBOUNDED };
	return &c->text;
}

static const char *line_start(const struct editor *ed, const char *p)
{
	while (p > ed->block->text && p[-1] != '\n')
		p--;
	return p;
}

/* Behind the LF of the line. */
static const char *line_end(const struct editor *ed, const char *p)
{
	const char *end = ed->block->text + ed->block->len, *lf;

	lf = memchr(p, '\n', (size_t)(end - p));
	return lf ? lf + 1 : end;
}

static const char *over_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

static const char *behind(struct span part)
{
	return part.at + part.len;
}

/* ---- taking out ---- */

/* Comments inside a list that goes. */
static void save_comments(struct editor *ed, const struct toml_item *item, struct buf *text)
{
	size_t count;
	const struct toml_item *inside = block_inside(ed->block, item, &count);

	for (size_t i = 0; i < count; i++) {
		if (inside[i].kind != TOML_COMMENT)
			continue;
		buf_add_char(text, ' ');
		buf_add(text, inside[i].whole.at, inside[i].whole.len);
		buf_add_char(text, '\n');
	}
}

static void remove_member(struct editor *ed, const struct toml_item *item)
{
	const char *from = item->whole.at, *to = over_blanks(behind(item->whole));

	if (*to == ',') {
		change(ed, from, over_blanks(to + 1));
		return;
	}
	while (from[-1] == ' ' || from[-1] == '\t')
		from--;
	change(ed, from[-1] == ',' ? from - 1 : from, behind(item->whole));
}

static void remove_statement(struct editor *ed, const struct toml_item *item)
{
	const char *from = line_start(ed, item->whole.at), *to = over_blanks(behind(item->whole));
	struct buf *text;

	if (item->inside) {
		remove_member(ed, item);
		return;
	}
	if (*to == '#') { /* what follows on its line stays */
		text = change(ed, from, to);
		save_comments(ed, item, text);
		buf_add_char(text, ' ');
	} else {
		save_comments(ed, item, change(ed, from, line_end(ed, to)));
	}
}

/* The header of the table whose keys are all gone, unless it has others. */
static void remove_header(struct editor *ed)
{
	const struct toml *toml = &ed->block->toml;
	const struct toml_item *table = ed->block->table, *item = table;

	if (!table)
		return;
	for (item++; item < toml->items + toml->count; item++) {
		if (item->kind == TOML_TABLE || item->kind == TOML_TABLES)
			break;
		if (item->kind == TOML_VALUE && item != ed->block->list) {
			bool key = false;

			for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++)
				if (item == ed->block->keys[i])
					key = true;
			if (!key)
				return;
		}
	}
	remove_statement(ed, table);
}

/* ---- putting in ---- */

#define LIST ENVIRONMENT_STRINGS /* as a number among the keys */

static const char *name_of(size_t key)
{
	return key == LIST ? "dependencies" : environment_key_name((enum environment_key)key);
}

static const struct toml_item *statement(const struct editor *ed, size_t key)
{
	return key == LIST ? ed->block->list : ed->block->keys[key];
}

static void put_value(struct editor *ed, struct buf *out, size_t key, bool row)
{
	bool well = key == LIST ? edit_put_new_list(out, ed->want, row)
				: toml_add_string(out, ed->want->values[key], false);

	if (!well)
		ed->bad = true;
}

static void put_pair(struct editor *ed, struct buf *out, size_t key, bool row)
{
	buf_addf(out, "%s = ", name_of(key));
	put_value(ed, out, key, row);
}

/* A statement beside which a new key fits: of the keys before it in Databricks' order the last, or
 * else of those behind it the first. */
static const struct toml_item *neighbour(const struct editor *ed, size_t key, bool *before)
{
	*before = true;
	for (size_t i = key; i-- > 0;)
		if (statement(ed, i))
			return statement(ed, i);
	*before = false;
	for (size_t i = key + 1; i <= LIST; i++)
		if (statement(ed, i))
			return statement(ed, i);
	return NULL;
}

static void add_beside(struct editor *ed, size_t key, const struct toml_item *beside, bool before)
{
	const char *start = line_start(ed, beside->whole.at), *at;
	size_t dots = (size_t)(ed->block->text + beside->last - beside->whole.at);
	struct buf *text;

	if (beside->inside) {
		text = change(ed, beside->whole.at, beside->whole.at);
		buf_add(text, beside->whole.at, dots);
		put_pair(ed, text, key, true);
		buf_add_str(text, ", ");
		return;
	}
	at = before ? line_end(ed, behind(beside->whole)) : start;
	text = change(ed, at, at);
	buf_add(text, start, (size_t)(beside->whole.at - start) + dots);
	put_pair(ed, text, key, false);
	buf_add_char(text, '\n');
}

/* The environment's table as an inline table; NULL: none. */
static const struct toml_item *inline_table(const struct editor *ed)
{
	const struct toml *toml = &ed->block->toml;

	for (size_t i = 0; i < toml->count; i++)
		if (toml->items[i].kind == TOML_VALUE && *toml->items[i].value.at == '{' &&
		    strcmp(toml->items[i].path, BLOCK_TABLE) == 0)
			return &toml->items[i];
	return NULL;
}

static void add_key(struct editor *ed, size_t key)
{
	bool before;
	const struct toml_item *beside = neighbour(ed, key, &before), *table;
	const char *at;
	struct buf *text;

	if (beside) {
		add_beside(ed, key, beside, before);
	} else if (ed->block->table) {
		at = line_end(ed, behind(ed->block->table->whole));
		text = change(ed, at, at);
		buf_add_char(text, ' ');
		put_pair(ed, text, key, false);
		buf_add_char(text, '\n');
	} else if ((table = inline_table(ed))) {
		at = table->value.at + 1;
		text = change(ed, at, at);
		buf_add_char(text, ' ');
		put_pair(ed, text, key, true);
		buf_add_str(text, *over_blanks(at) == '}' ? " " : ",");
	} else {
		buf_add_char(&ed->fresh, ' ');
		put_pair(ed, &ed->fresh, key, false);
		buf_add_char(&ed->fresh, '\n');
	}
}

static void replace(struct editor *ed, size_t key, const struct toml_item *item)
{
	struct buf *text = change(ed, item->value.at, behind(item->value));
	bool well = key == LIST
			    ? edit_put_list(text, ed->block, item, ed->want)
			    : toml_add_string(text, ed->want->values[key], *item->value.at == '\'');

	if (!well)
		ed->bad = true;
}

/* ---- the whole ---- */

static bool wants(const struct environment *env, size_t key)
{
	return key == LIST ? env->count > 0 : env->values[key] != NULL;
}

static bool same(const struct environment *a, const struct environment *b, size_t key)
{
	return key == LIST ? environment_list_equal(a, b) : str_eq(a->values[key], b->values[key]);
}

static void plan(struct editor *ed, const struct environment *is)
{
	for (size_t key = 0; key <= LIST; key++) {
		const struct toml_item *item = statement(ed, key);

		if (same(is, ed->want, key))
			continue;
		if (!wants(ed->want, key))
			remove_statement(ed, item);
		else if (item)
			replace(ed, key, item);
		else
			add_key(ed, key);
		/* the repetition of the list goes with it */
		if (key == LIST && ed->block->copy && wants(ed->want, key))
			replace(ed, key, ed->block->copy);
		else if (key == LIST && ed->block->copy)
			remove_statement(ed, ed->block->copy);
	}
	if (!environment_has_keys(ed->want))
		remove_header(ed);
	if (ed->fresh.len) {
		const char *end = ed->block->text + ed->block->len;
		struct buf *text = change(ed, end, end);

		buf_add_str(text, " [" BLOCK_TABLE "]\n");
		buf_add(text, ed->fresh.data, ed->fresh.len);
	}
}

/* The change that begins first of those not yet made; equal ones in the order of their making. */
static struct change *next_change(struct editor *ed, const char *made)
{
	struct change *next = NULL;

	for (size_t i = 0; i < ed->count; i++)
		if (!made[i] && (!next || ed->changes[i].from < next->from))
			next = &ed->changes[i];
	return next;
}

static void apply(struct editor *ed, struct buf *out)
{
	char made[CHANGES_MAX] = { 0 };
	const char *p = ed->block->text, *end = p + ed->block->len;
	struct change *c;

	while ((c = next_change(ed, made))) {
		made[c - ed->changes] = 1;
		if (c->from > p) {
			buf_add(out, p, (size_t)(c->from - p));
			p = c->from;
		}
		buf_add(out, c->text.data, c->text.len);
		if (c->to > p)
			p = c->to;
	}
	buf_add(out, p, (size_t)(end - p));
}

/* Adds text as a block. */
static void frame(struct buf *out, const char *text, size_t len)
{
	const char *p = text, *end = text + len, *lf;

	buf_add_str(out, BLOCK_OPEN);
	for (; p < end; p = lf + 1) {
		lf = memchr(p, '\n', (size_t)(end - p));
		if (!lf)
			lf = end - 1;
		buf_add_char(out, '#');
		buf_add(out, p, (size_t)(lf + 1 - p));
	}
	buf_add_str(out, BLOCK_CLOSE);
}

static void edit(struct editor *ed, const struct environment *is, struct buf *out)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;

	ed->fresh = BUF_UNBOUNDED;
	plan(ed, is);
	apply(ed, &text);
	frame(out, buf_str(&text), text.len);
	for (size_t i = 0; i < ed->count; i++)
		buf_release(&ed->changes[i].text);
	buf_release(&ed->fresh);
}

static int refuse_edit(const struct editor *ed, const struct environment *is, struct err *e)
{
	size_t key = 0;

	if (ed->bad)
		return err_set(e, ERR_INVALID,
			       "the environment holds text that is not UTF-8, which a block of "
			       "source must be");
	while (key < LIST && same(is, ed->want, key))
		key++;
	return err_set(e, ERR_INVALID,
		       "the environment block cannot take the new '%s', change it there by hand",
		       name_of(key));
}

/* Whether a block that was made says what it shall, and the rest is as before. A list that becomes a
 * repetition, or is none any longer, has not changed. */
static bool is_right(const struct block *before, const char *text, size_t len,
		     const struct environment *want)
{
	struct environment made = { .known = false };
	bool well = environment_read_block(&made, text, len) == len && !made.opaque &&
		    environment_keys_equal(&made, want);
	struct block after;

	if (well) {
		cleanup_free char *was = block_rest(before), *is = NULL;

		block_read(&after, made.block);
		is = block_rest(&after);
		well = str_eq(was, is);
		block_release(&after);
	}
	environment_release(&made);
	return well;
}

/* Changes the keys of a block that is not opaque, and proves that nothing else changed. */
static int edit_block(struct buf *out, const struct environment *is, const struct environment *want,
		      struct err *e)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	struct editor ed = { .want = want };
	struct block block, before;
	int rc = 0;

	block_read(&before, is->block);
	block_read(&block, is->block);
	block_tell_copy(&block, is);
	ed.block = &block;
	edit(&ed, is, &text);
	if (!ed.bad && is_right(&before, buf_str(&text), text.len, want))
		buf_add(out, text.data, text.len);
	else
		rc = refuse_edit(&ed, is, e);
	block_release(&block);
	block_release(&before);
	return rc;
}

/* The keys that old or new text shall tell. */
static int put_keys(struct buf *out, const struct environment *is, const struct environment *want,
		    struct err *e)
{
	if (is->opaque || environment_keys_equal(is, want) ||
	    (want->noted && !environment_has_keys(is))) {
		buf_add_str(out, is->block);
		return 0;
	}
	if (!environment_has_keys(want) && !is->rest)
		return 0;
	return edit_block(out, is, want, e);
}

int environment_put_block(struct buf *out, const struct environment *old,
			  const struct environment *env, struct err *e)
{
	static const struct environment none;
	const struct environment *want;
	struct environment is = { .known = false };
	const char *text;
	int rc = 0;

	if (!old)
		old = &none;
	want = env->known ? env : old;
	text = old->block;
	if (env->whole && (!text || !environment_rest_equal(env, old)))
		text = env->block;
	if (text)
		environment_read_block(&is, text, strlen(text));
	else if (environment_has_keys(want) && !want->noted)
		environment_read_block(&is, BLOCK_OPEN BLOCK_CLOSE, strlen(BLOCK_OPEN BLOCK_CLOSE));
	if (is.block)
		rc = put_keys(out, &is, want, e);
	environment_release(&is);
	return rc;
}

int environment_refuse_rest(const struct environment *env, struct err *e)
{
	static const char why[] = "of the environment block has no place in .ipynb, take it out of "
				  "the block or update an .ipynb that exists";
	const char *end = env->rest ? strchr(env->rest, '\n') : NULL, *equals;
	struct block block;

	if (!end)
		return 0;
	if (env->opaque) {
		size_t line = 2, column;

		block_read(&block, env->block);
		if (block.toml.at)
			span_position(block.text, (size_t)(block.toml.at - block.text), &line,
				      &column);
		err_set(e, ERR_INVALID,
			"line %zu of the environment block is not understood (%s) and has no place "
			"in .ipynb, mend it first",
			line + 1, block.toml.why);
		block_release(&block);
		return ERR_INVALID;
	}
	if (*env->rest == '#')
		return err_set(e, ERR_INVALID, "the comment '%.*s' %s", (int)(end - env->rest),
			       env->rest, why);
	equals = *env->rest == '[' ? NULL : strstr(env->rest, " = ");
	return err_set(e, ERR_INVALID, "'%.*s' %s", (int)((equals ? equals : end) - env->rest),
		       env->rest, why);
}
