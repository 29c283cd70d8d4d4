/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people do. Each of them sees one side and knows nothing of nbsync: reads a notebook there,
 * writes another one. What they took away of what they saw is noted.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "tests/model/model.h"
#include "tests/world/files.h"
#include "tests/world/store.h"

/* ---- names ---- */

char *model_stem(unsigned lane, unsigned stem)
{
	return xasprintf("l%02u/%s", lane, stem_names[stem]);
}

/* How the world calls a file. */
static char *world_path(const struct model *m, enum side_id side, const char *file)
{
	return xasprintf("%s%s", side == SIDE_GIT ? m->setup->git_path : "", file);
}

static void hint(struct model *m, enum side_id side, const char *file)
{
	if (side != SIDE_LOCAL)
		return;
	m->hints = array_grow(m->hints, m->hint_count, &m->hint_cap, sizeof(*m->hints));
	m->hints[m->hint_count++] = xstrdup(file);
}

static void touch(struct model *m, const struct step *s, unsigned stem)
{
	m->touched[s->lane][stem] |= (uint8_t)(1u << s->side);
	m->news[s->side][s->lane][stem] = true;
}

/* ---- tokens ---- */

static bool contains(const uint16_t *tokens, size_t count, uint16_t token)
{
	for (size_t i = 0; i < count; i++)
		if (tokens[i] == token)
			return true;
	return false;
}

/* Somebody who saw old wrote new in its place. */
static void replaced(struct model *m, const uint16_t *old, size_t old_count, const uint16_t *new,
		     size_t new_count)
{
	for (size_t i = 0; i < old_count; i++)
		if (!contains(new, new_count, old[i]))
			m->taken[old[i]] = true;
	for (size_t i = 0; i < new_count; i++)
		m->known[new[i]] = true;
}

/* ---- texts ---- */

static const char *prefix_of(enum notebook_language language)
{
	return language == NOTEBOOK_SQL ? "--" : language == NOTEBOOK_SCALA ? "//" : "#";
}

static const char *extension_of(enum notebook_format format, enum notebook_language language)
{
	return extension_names[format == NOTEBOOK_IPYNB ? EXTENSIONS - 1 : (int)language];
}

static char *write_source(enum notebook_language language, const uint16_t *tokens, size_t count)
{
	const char *prefix = prefix_of(language);
	struct buf out = BUF_INIT(65536);

	buf_addf(&out, "%s Databricks notebook source\n", prefix);
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_addf(&out, "\n%s COMMAND ----------\n\n", prefix);
		buf_addf(&out, "tok%04u\n", tokens[i]);
	}
	return buf_steal(&out, NULL);
}

static char *write_ipynb(enum notebook_language language, const uint16_t *tokens, size_t count)
{
	static const char *const names[] = { "python", "sql", "scala", "r" };
	struct buf out = BUF_INIT(65536);

	buf_add_str(&out, "{\"cells\": [");
	for (size_t i = 0; i < count; i++)
		buf_addf(&out,
			 "%s\n {\"cell_type\": \"code\", \"execution_count\": null, \"metadata\": "
			 "{}, \"outputs\": [], \"source\": [\"tok%04u\"]}",
			 i ? "," : "", tokens[i]);
	buf_addf(&out,
		 "\n], \"metadata\": {\"language_info\": {\"name\": \"%s\"}}, \"nbformat\": 4, "
		 "\"nbformat_minor\": 4}\n",
		 names[language]);
	return buf_steal(&out, NULL);
}

/* ---- writing ---- */

/* A workspace cannot have a notebook where a folder is, nor a folder where a notebook is. */
static bool is_free(const struct model *m, enum side_id side, const char *stem)
{
	cleanup_free char *path = xasprintf("%s/%s", WORLD_FOLDER, stem);
	struct store_object o;
	bool good = true;

	if (side != SIDE_WORKSPACE)
		return true;
	if (store_get(m->w->store, path, &o))
		good = o.type == WORKSPACE_NOTEBOOK;
	store_object_release(&o);
	for (char *slash; good && (slash = strrchr(path, '/')) != path;) {
		*slash = '\0';
		if (store_get(m->w->store, path, &o))
			good = o.type == WORKSPACE_DIRECTORY;
		store_object_release(&o);
	}
	return good;
}

static void put_text(struct model *m, enum side_id side, const char *file, const char *text)
{
	cleanup_free char *path = world_path(m, side, file);

	world_write(m->w, side, path, text);
	hint(m, side, file);
}

static void remove_file(struct model *m, enum side_id side, const char *file)
{
	cleanup_free char *path = world_path(m, side, file);

	world_delete(m->w, side, path);
	hint(m, side, file);
}

/* Writes a notebook in this format; old, if not NULL, is what it replaces. */
static void put(struct model *m, enum side_id side, const char *stem, enum notebook_format format,
		enum notebook_language language, const uint16_t *tokens, size_t count,
		const struct sight *old)
{
	cleanup_free char *file = xasprintf("%s%s", stem, extension_of(format, language));
	cleanup_free char *text = format == NOTEBOOK_IPYNB ? write_ipynb(language, tokens, count)
							   : write_source(language, tokens, count);

	put_text(m, side, file, text);
	replaced(m, old ? old->tokens : NULL, old ? old->token_count : 0, tokens, count);
	if (old && side != SIDE_WORKSPACE && !str_eq(old->file, file))
		remove_file(m, side, old->file);
}

/* ---- one notebook ---- */

struct place {
	struct model *m;
	const struct step *step;
	char *stem;
	struct sight there; /* the notebook, if exists */
	bool exists;
};

static void do_write(struct place *p)
{
	enum side_id side = p->step->side;
	uint16_t tokens[] = { p->step->token, (uint16_t)(p->step->token + 1),
			      (uint16_t)(p->step->token + 2) };
	enum notebook_format format = p->step->to == EXTENSIONS - 1 ? NOTEBOOK_IPYNB
								    : NOTEBOOK_SOURCE;
	enum notebook_language language = format == NOTEBOOK_IPYNB
						  ? NOTEBOOK_PYTHON
						  : (enum notebook_language)p->step->to;

	if (p->exists)
		put(p->m, side, p->stem, p->there.format, p->there.language, tokens, 3, &p->there);
	else if (is_free(p->m, side, p->stem))
		put(p->m, side, p->stem, format, language, tokens, 3, NULL);
}

/* Replaces one token in the text and nothing else. */
static void do_edit(struct place *p)
{
	cleanup_free char *old = NULL, *text = NULL;
	uint16_t tokens[MODEL_CELLS];
	size_t n = p->there.token_count, at;
	const char *found;

	if (!n)
		return;
	at = p->step->cell % n;
	memcpy(tokens, p->there.tokens, sizeof(tokens));
	old = xasprintf("tok%04u", tokens[at]);
	tokens[at] = p->step->token;
	found = strstr(p->there.text, old);
	text = xasprintf("%.*stok%04u%s", (int)(found - p->there.text), p->there.text,
			 p->step->token, found + strlen(old));
	put_text(p->m, p->step->side, p->there.file, text);
	replaced(p->m, p->there.tokens, n, tokens, n);
}

static void rewrite(struct place *p, const uint16_t *tokens, size_t count)
{
	put(p->m, p->step->side, p->stem, p->there.format, p->there.language, tokens, count,
	    &p->there);
}

static void do_insert(struct place *p)
{
	uint16_t tokens[MODEL_CELLS];
	size_t n = p->there.token_count, at = p->step->cell % (n + 1);

	if (n + 1 >= MODEL_CELLS)
		return;
	memcpy(tokens, p->there.tokens, at * sizeof(*tokens));
	tokens[at] = p->step->token;
	memcpy(tokens + at + 1, p->there.tokens + at, (n - at) * sizeof(*tokens));
	rewrite(p, tokens, n + 1);
}

static void do_cut(struct place *p)
{
	uint16_t tokens[MODEL_CELLS];
	size_t n = p->there.token_count, at;

	if (n < 2)
		return;
	at = p->step->cell % n;
	memcpy(tokens, p->there.tokens, at * sizeof(*tokens));
	memcpy(tokens + at, p->there.tokens + at + 1, (n - at - 1) * sizeof(*tokens));
	rewrite(p, tokens, n - 1);
}

static void do_delete(struct place *p)
{
	replaced(p->m, p->there.tokens, p->there.token_count, NULL, 0);
	remove_file(p->m, p->step->side, p->there.file);
}

static void do_rename(struct place *p)
{
	cleanup_free char *stem = model_stem(p->step->lane, p->step->to);
	cleanup_free char *file = xasprintf("%s%s", stem, path_ext(p->there.file));
	cleanup_free char *from = world_path(p->m, p->step->side, p->there.file);
	cleanup_free char *to = world_path(p->m, p->step->side, file);
	struct sight other;
	bool taken = model_find(p->m, p->step->side, stem, &other);

	sight_release(&other);
	/* A notebook that was edited and renamed is recognised by its object's id, which a restart
	 * forgets; so a rename to a name that is held would not outlive it. */
	if (p->step->side == SIDE_WORKSPACE && str_eq(stem_names[p->step->to], "B"))
		return;
	if (taken || !is_free(p->m, p->step->side, stem))
		return;
	world_rename(p->m->w, p->step->side, from, to);
	hint(p->m, p->step->side, p->there.file);
	hint(p->m, p->step->side, file);
	touch(p->m, p->step, p->step->to);
	p->m->moved[p->step->lane] |= (uint8_t)(1u << p->step->side);
}

static void do_copy(struct place *p)
{
	cleanup_free char *stem = model_stem(p->step->lane, p->step->to);
	cleanup_free char *file = xasprintf("%s%s", stem, path_ext(p->there.file));
	struct sight other;
	bool taken = model_find(p->m, p->step->side, stem, &other);

	sight_release(&other);
	if (taken || !is_free(p->m, p->step->side, stem))
		return;
	put_text(p->m, p->step->side, file, p->there.text);
	touch(p->m, p->step, p->step->to);
	/* Once the original goes, that was a rename. */
	p->m->moved[p->step->lane] |= (uint8_t)(1u << p->step->side);
}

static void do_touch(struct place *p)
{
	put_text(p->m, p->step->side, p->there.file, p->there.text);
}

static void do_format(struct place *p)
{
	enum notebook_format other = p->there.format == NOTEBOOK_IPYNB ? NOTEBOOK_SOURCE
								       : NOTEBOOK_IPYNB;

	put(p->m, p->step->side, p->stem, other, p->there.language, p->there.tokens,
	    p->there.token_count, &p->there);
}

static void do_language(struct place *p)
{
	enum notebook_language next = (p->there.language + 1) % NOTEBOOK_LANGUAGES;

	put(p->m, p->step->side, p->stem, p->there.format, next, p->there.tokens,
	    p->there.token_count, &p->there);
}

/* ---- broken files ---- */

static struct broken *broken_at(struct model *m, const struct step *s)
{
	return &m->broken[s->side][s->lane][s->from];
}

/* Markers of a merge, the first line lost, or half of it. */
static void do_break(struct place *p)
{
	struct broken *b = broken_at(p->m, p->step);
	size_t len = strlen(p->there.text);
	cleanup_free char *text = NULL;

	if (p->step->side == SIDE_WORKSPACE || !p->there.token_count)
		return;
	if (p->there.format == NOTEBOOK_IPYNB)
		text = xasprintf("%.*s", (int)(len / 2), p->there.text);
	else if (p->step->cell % 2)
		text = xstrdup(strchrnul(p->there.text, '\n'));
	else
		text = xasprintf("%s<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n", p->there.text);
	b->is = true;
	b->token_count = p->there.token_count;
	memcpy(b->tokens, p->there.tokens, sizeof(b->tokens));
	put_text(p->m, p->step->side, p->there.file, text);
}

/* Whoever repairs it knows what it was; token 0: just that, otherwise one cell is edited. */
static void repair(struct place *p, uint16_t token)
{
	struct broken *b = broken_at(p->m, p->step);
	struct sight old = p->there;
	uint16_t tokens[MODEL_CELLS];

	memcpy(tokens, b->tokens, sizeof(tokens));
	if (token)
		tokens[p->step->cell % b->token_count] = token;
	memcpy(old.tokens, b->tokens, sizeof(old.tokens));
	old.token_count = b->token_count;
	put(p->m, p->step->side, p->stem, p->there.format, p->there.language, tokens,
	    b->token_count, &old);
	b->is = false;
}

/* A file that is broken is repaired or deleted; nobody does anything else to it. */
static void do_broken(struct place *p)
{
	struct broken *b = broken_at(p->m, p->step);

	touch(p->m, p->step, p->step->from);
	if (!p->exists) {
		b->is = false;
	} else if (p->step->verb == VERB_DELETE) {
		replaced(p->m, b->tokens, b->token_count, NULL, 0);
		remove_file(p->m, p->step->side, p->there.file);
		b->is = false;
	} else if (p->step->verb == VERB_REPAIR) {
		repair(p, p->step->token);
	}
}

void model_repair_all(struct model *m)
{
	for (unsigned side = 0; side < SIDE_COUNT; side++) {
		for (unsigned lane = 0; lane < STEPS_LANES; lane++) {
			for (unsigned stem = 0; stem < STEMS; stem++) {
				struct step s = { .side = (uint8_t)side,
						  .lane = (uint8_t)lane,
						  .from = (uint8_t)stem };
				struct place p = { .m = m, .step = &s };

				if (!m->broken[side][lane][stem].is)
					continue;
				p.stem = model_stem(lane, stem);
				p.exists = model_find(m, side, p.stem, &p.there);
				if (p.exists)
					repair(&p, 0);
				m->broken[side][lane][stem].is = false;
				sight_release(&p.there);
				free(p.stem);
			}
		}
	}
}

/* ---- folders ---- */

static bool has_folder(struct model *m, enum side_id side, const char *folder)
{
	cleanup_free char *path = NULL;
	struct tree_files files;
	struct store_object o;
	struct err e = ERR_INIT;
	struct hub *remote;
	struct oid tree;
	bool there;

	if (side == SIDE_LOCAL) {
		path = xasprintf("%s/%s", m->w->local, folder);
		return files_exist(path);
	}
	if (side == SIDE_WORKSPACE) {
		path = xasprintf("%s/%s", WORLD_FOLDER, folder);
		there = store_get(m->w->store, path, &o);
		store_object_release(&o);
		return there;
	}
	path = world_path(m, side, folder);
	remote = model_branch(m, &tree);
	world_ok(hub_tree_files(remote, &tree, path, &files, &e), &e);
	there = files.count > 0;
	tree_files_release(&files);
	return there;
}

static bool is_notebook(struct model *m, enum side_id side, const char *stem)
{
	struct sight there;
	bool is = model_find(m, side, stem, &there);

	sight_release(&there);
	return is;
}

static void do_move(struct model *m, const struct step *s)
{
	cleanup_free char *sub = xasprintf("l%02u/sub", s->lane), *from = NULL, *to = NULL;
	cleanup_free char *two = xasprintf("l%02u/two", s->lane);
	bool has_sub = has_folder(m, s->side, sub), has_two = has_folder(m, s->side, two);

	if (has_sub == has_two || (s->side == SIDE_WORKSPACE && is_notebook(m, s->side, sub)))
		return;
	for (unsigned stem = 0; stem < STEMS; stem++)
		if (m->broken[s->side][s->lane][stem].is)
			return;
	from = world_path(m, s->side, has_sub ? sub : two);
	to = world_path(m, s->side, has_sub ? two : sub);
	world_rename(m->w, s->side, from, to);
	hint(m, s->side, sub);
	hint(m, s->side, two);
	for (unsigned stem = 0; stem < STEMS; stem++)
		if (strchr(stem_names[stem], '/'))
			touch(m, s, stem);
	m->moved[s->lane] |= (uint8_t)(1u << s->side);
}

/* ---- copies of clashes ---- */

static void do_copy_of_clash(struct model *m, const struct step *s)
{
	cleanup_free char *stem = model_stem(s->lane, s->to), *file = NULL;
	struct step local = *s;
	struct sights copies;
	struct sight *copy;

	if (m->setup->options.without[SIDE_LOCAL])
		return;
	local.side = SIDE_LOCAL;
	model_copies(m, s->lane, &copies);
	copy = copies.count ? &copies.items[s->cell % copies.count] : NULL;
	if (copy && s->verb == VERB_DROP) {
		replaced(m, copy->tokens, copy->token_count, NULL, 0);
		remove_file(m, SIDE_LOCAL, copy->file);
	} else if (copy && s->verb == VERB_SCRIBBLE && copy->token_count) {
		uint16_t tokens[] = { s->token };
		cleanup_free char *text = write_source(copy->language, tokens, 1);

		replaced(m, copy->tokens, copy->token_count, tokens, 1);
		if (copy->format == NOTEBOOK_SOURCE)
			put_text(m, SIDE_LOCAL, copy->file, text);
		else
			m->known[s->token] = false;
	} else if (copy && s->verb == VERB_TAKE && !is_notebook(m, SIDE_LOCAL, stem)) {
		file = xasprintf("%s%s", stem, path_ext(copy->file));
		world_rename(m->w, SIDE_LOCAL, copy->file, file);
		hint(m, SIDE_LOCAL, file);
		touch(m, &local, s->to);
		m->moved[s->lane] |= 1u << SIDE_LOCAL;
	}
	sights_release(&copies);
}

/* ---- all ---- */

static void (*const doers[])(struct place *p) = {
	[VERB_WRITE] = do_write,       [VERB_EDIT] = do_edit,     [VERB_INSERT] = do_insert,
	[VERB_CUT] = do_cut,           [VERB_DELETE] = do_delete, [VERB_RENAME] = do_rename,
	[VERB_COPY] = do_copy,         [VERB_TOUCH] = do_touch,   [VERB_FORMAT] = do_format,
	[VERB_LANGUAGE] = do_language, [VERB_BREAK] = do_break,
};

static void do_to_notebook(struct model *m, const struct step *s)
{
	struct place p = { .m = m, .step = s, .stem = model_stem(s->lane, s->from) };

	p.exists = model_find(m, s->side, p.stem, &p.there);
	if (m->broken[s->side][s->lane][s->from].is) {
		do_broken(&p);
	} else if (s->verb < ARRAY_SIZE(doers) && doers[s->verb] &&
		   (p.exists || s->verb == VERB_WRITE)) {
		touch(m, s, s->from);
		doers[s->verb](&p);
	}
	sight_release(&p.there);
	free(p.stem);
}

void model_do(struct model *m, const struct step *s)
{
	if (m->setup->options.without[s->side])
		return;
	if (s->verb == VERB_MOVE)
		do_move(m, s);
	else if (s->verb == VERB_DROP || s->verb == VERB_TAKE || s->verb == VERB_SCRIBBLE)
		do_copy_of_clash(m, s);
	else
		do_to_notebook(m, s);
}

/* ---- the beginning ---- */

void model_begin(struct model *m)
{
	static const uint8_t stems[] = { 0, 1, 3 };
	enum side_id first = m->setup->source >= 0 ? (enum side_id)m->setup->source
			     : m->setup->options.without[SIDE_LOCAL] ? SIDE_WORKSPACE
								     : SIDE_LOCAL;
	bool used[STEPS_LANES] = { false };

	for (size_t i = 0; i < m->program->count; i++)
		used[m->program->steps[i].lane] |= step_has_lane(&m->program->steps[i]);
	for (unsigned lane = 0; lane < STEPS_LANES; lane++) {
		for (unsigned i = 0; used[lane] && i < ARRAY_SIZE(stems); i++) {
			cleanup_free char *stem = model_stem(lane, stems[i]);
			uint16_t at = (uint16_t)(lane * 16 + i * 4);
			uint16_t tokens[] = { at, (uint16_t)(at + 1), (uint16_t)(at + 2),
					      (uint16_t)(at + 3) };

			m->touched[lane][stems[i]] = (uint8_t)(1u << first);
			put(m, first, stem, NOTEBOOK_SOURCE,
			    i == 1 ? NOTEBOOK_SQL : NOTEBOOK_PYTHON, tokens, 4, NULL);
		}
	}
	put_text(m, first, "still/x.py", "# Databricks notebook source\nstill\n");
	put_text(m, first, "still/y.ipynb",
		 "{\"cells\":[{\"cell_type\":\"code\",\"execution_count\":1,\"metadata\":{},"
		 "\"outputs\":[],\"source\":[\"still\\n\",\"standing\"]}],\"metadata\":{},"
		 "\"nbformat\":4,\"nbformat_minor\":2}");
	put_text(m, first, "still/z.r", "# Databricks notebook source\nstill\n");
	if (!m->setup->options.without[SIDE_LOCAL]) {
		put_text(m, SIDE_LOCAL, "still/script.py", "print(1)\n");
		put_text(m, SIDE_LOCAL, "still/notes.txt", "no notebook\n");
	}
	if (!m->setup->options.without[SIDE_GIT]) {
		world_write(m->w, SIDE_GIT, "pipeline/load.json", "{}\n");
		world_write(m->w, SIDE_GIT, "pipeline/x.py", "# Databricks notebook source\nno\n");
	}
}
