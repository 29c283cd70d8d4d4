/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tests do to a side in memory: the texts that people write there, and the trouble that it
 * will have. Nothing here is done to a row.
 */

#include <stdlib.h>
#include <string.h>

#include "side/copy_name.h"
#include "tests/side/memory_internal.h"

/* ---- people ---- */

struct text *memory_find(const struct side *s, const char *file)
{
	const struct memory_side *m = own_const(s);

	for (size_t i = 0; i < m->count; i++)
		if (str_eq(m->texts[i].file, file))
			return &m->texts[i];
	return NULL;
}

static struct text *find_or_die(const struct side *s, const char *file)
{
	struct text *text = memory_find(s, file);

	if (!text)
		abort();
	return text;
}

void memory_write(struct side *s, const char *file, const char *text)
{
	struct memory_side *m = own(s);
	struct text *it = memory_find(s, file);

	if (!it) {
		m->texts = array_grow(m->texts, m->count, &m->cap, sizeof(*m->texts));
		it = &m->texts[m->count++];
		*it = (struct text){ .file = xstrdup(file), .id = ++m->last_id };
	}
	free(it->content);
	it->content = xstrdup(text);
	it->held = it->question = it->passed_over = false;
}

void memory_remove(struct side *s, const char *file)
{
	struct memory_side *m = own(s);
	struct text *it = find_or_die(s, file);

	free(it->file);
	free(it->content);
	*it = m->texts[--m->count];
}

void memory_rename(struct side *s, const char *from, const char *to)
{
	struct text *it = find_or_die(s, from);

	free(it->file);
	it->file = xstrdup(to);
}

const char *memory_read(const struct side *s, const char *file)
{
	const struct text *it = memory_find(s, file);

	return it ? it->content : NULL;
}

const char *memory_copy(const struct side *s, size_t index)
{
	const struct memory_side *m = own_const(s);
	const char *last = "", *next = NULL;

	for (size_t i = 0; i <= index; i++, last = next) {
		next = NULL;
		for (size_t k = 0; k < m->count; k++) {
			const char *file = m->texts[k].file;

			if (copy_of(s->context, file, NULL, NULL) && strcmp(file, last) > 0 &&
			    (!next || strcmp(file, next) < 0))
				next = file;
		}
		if (!next)
			return NULL;
	}
	return next;
}

/* ---- trouble ---- */

static void mark(struct side *s, enum mark_kind kind, const char *path, int code)
{
	struct memory_side *m = own(s);

	m->marks = array_grow(m->marks, m->mark_count, &m->mark_cap, sizeof(*m->marks));
	m->marks[m->mark_count++] = (struct mark){ kind, xstrdup(path), code };
}

struct mark *memory_marked(const struct side *s, enum mark_kind kind, const char *path)
{
	const struct memory_side *m = own_const(s);

	for (size_t i = 0; i < m->mark_count; i++)
		if (m->marks[i].kind == kind && m->marks[i].code && str_eq(m->marks[i].path, path))
			return &m->marks[i];
	return NULL;
}

void memory_fail_next(struct side *s, const char *path, int code)
{
	mark(s, FAILS_NEXT, path, code);
}

void memory_fail(struct side *s, enum memory_operation operation, int code)
{
	own(s)->fails[operation] = code;
}

void memory_obstruct(struct side *s, const char *path)
{
	mark(s, BLOCKED, path, ERR_INVALID);
}

void memory_refuse_name(struct side *s, const char *file)
{
	mark(s, NAME_REFUSED, file, ERR_INVALID);
}

void memory_refuse_row(struct side *s, const char *path)
{
	mark(s, ROW_REFUSED, path, ERR_INVALID);
}

void memory_hold(struct side *s, const char *file, bool question)
{
	struct text *it = find_or_die(s, file);

	it->held = true;
	it->question = question;
}

void memory_set_rules(struct side *s, const char *rules)
{
	free(own(s)->rules);
	own(s)->rules = xstrdup(rules);
}

void memory_on_act(struct side *s, void (*fn)(void *payload, struct side *s, const char *path),
		   void *payload)
{
	own(s)->on_act = fn;
	own(s)->payload = payload;
}
