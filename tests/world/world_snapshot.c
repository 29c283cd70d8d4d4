/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a world holds, as text to compare, and as a judgement: no version lost, no repository
 * damaged. The judge is the git program, which shares no code with us.
 */

#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "filter/names.h"
#include "memory/state.h"
#include "path/path.h"
#include "tests/world/files.h"
#include "tests/world/store.h"
#include "tests/world/world_internal.h"

/* ---- one thing that stands somewhere ---- */

struct thing {
	char *name; /* "local etl/x.py"; conflict copies without their time */
	struct buf content;
	bool folder;
	enum side_id side;
	char *path;
};
struct world_picture {
	struct thing *items;
	size_t count, cap;
};

/* "x.conflict-git-20260131T120000Z.py" -> "x.conflict-git-TIME.py" */
static char *without_time(const char *path)
{
	const char *ext = path_ext(path);
	cleanup_free char *stem = xstrndup(path, strlen(path) - strlen(ext)), *original = NULL;
	enum side_id side;

	if (names_is_conflict(stem, &original, &side))
		return xasprintf("%s.conflict-%s-TIME%s", original, side_names[side], ext);
	if (names_is_conflict(path, &original, &side))
		return xasprintf("%s.conflict-%s-TIME", original, side_names[side]);
	return xstrdup(path);
}

static struct thing *add(struct world_picture *t, const char *what, enum side_id side,
			 const char *path, bool folder)
{
	cleanup_free char *shown = without_time(path);
	struct thing *thing;

	t->items = array_grow(t->items, t->count, &t->cap, sizeof(*t->items));
	thing = &t->items[t->count++];
	*thing = (struct thing){
		.name = xasprintf("%s %s%s", what, shown, folder ? "/" : ""),
		.content = BUF_INIT(FILES_MAX),
		.folder = folder,
		.side = side,
		.path = xstrdup(path),
	};
	return thing;
}

static void things_release(struct world_picture *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->items[i].name);
		free(t->items[i].path);
		buf_release(&t->items[i].content);
	}
	free(t->items);
}

static int compare_things(const void *a, const void *b)
{
	const struct thing *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : strcmp(buf_str(&x->content), buf_str(&y->content));
}

/* Content indented, so that names stand out; a missing last newline is told. */
static void print(struct buf *out, const struct world_picture *t)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct thing *thing = &t->items[i];
		const char *text = buf_str(&thing->content), *end = text + thing->content.len;

		buf_addf(out, "%s\n", thing->name);
		while (text < end) {
			const char *newline = memchr(text, '\n', (size_t)(end - text));
			const char *stop = newline ? newline : end;

			buf_add_str(out, "    ");
			buf_add(out, text, (size_t)(stop - text));
			buf_add_str(out, newline ? "\n" : "\\\n");
			text = newline ? newline + 1 : end;
		}
	}
}

/* ---- the sides ---- */

static void collect_local(const struct world *w, const char *folder, struct world_picture *t)
{
	cleanup_free char *dir = folder[0] ? xasprintf("%s/%s", w->local, folder)
					   : xstrdup(w->local);
	char **names = files_names(dir);

	for (char **name = names; *name; name++) {
		cleanup_free char *path = path_join(folder, *name);
		cleanup_free char *whole = xasprintf("%s/%s", w->local, path);
		struct stat st;

		if (lstat(whole, &st) < 0)
			files_die("cannot look at '%s'", whole);
		if (S_ISDIR(st.st_mode)) {
			add(t, "local", SIDE_LOCAL, path, true);
			collect_local(w, path, t);
		} else if (S_ISREG(st.st_mode)) {
			files_read(whole, &add(t, "local", SIDE_LOCAL, path, false)->content);
		}
	}
	files_names_free(names);
}

static void collect_workspace(const struct world *w, struct world_picture *t)
{
	char **paths = store_below(w->store, WORLD_FOLDER);

	for (char **path = paths; *path; path++) {
		const char *name = *path + strlen(WORLD_FOLDER) + 1;
		struct err e = ERR_INIT;
		struct store_object o;
		struct thing *thing;

		if (!store_get(w->store, *path, &o))
			files_die("object '%s' vanished", *path);
		thing = add(t, "workspace", SIDE_WORKSPACE, name, o.type == STORE_DIRECTORY);
		if (o.type != STORE_DIRECTORY)
			world_ok(store_export(&o, o.format, &thing->content, &e), &e);
		store_object_release(&o);
	}
	files_names_free(paths);
}

/* Of the place of a base the branch alone: its URL is another one in each world. */
static void name_branch(struct hub *hub, const struct tree_file *f, char out[static 41])
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	struct err e = ERR_INIT;

	world_ok(hub_blob_get(hub, &f->id, &text, &e), &e);
	snprintf(out, 41, "%.*s", (int)strcspn(buf_str(&text), "\n"), buf_str(&text));
}

/* The files of a tree with their content, or with their ids alone. */
static void collect_tree(struct hub *hub, const struct oid *tree, const char *what, bool content,
			 struct world_picture *t)
{
	struct tree_files files;
	struct err e = ERR_INIT;

	world_ok(hub_tree_files(hub, tree, "", &files, &e), &e);
	for (size_t i = 0; i < files.count; i++) {
		const struct tree_file *f = &files.items[i];
		struct thing *thing = add(t, what, SIDE_GIT, f->path, false);
		char hex[41];

		if (content) {
			world_ok(hub_blob_get(hub, &f->id, &thing->content, &e), &e);
			continue;
		}
		oid_hex(&f->id, hex);
		if (str_eq(f->path, STATE_PLACE))
			name_branch(hub, f, hex);
		buf_addf(&thing->content, "%s\n", hex);
	}
	tree_files_release(&files);
}

/* name: of a commit or, when that is what it refers to, a tree. */
static void collect_ref(struct hub *hub, const char *name, const char *what, bool content,
			struct world_picture *t)
{
	struct err e = ERR_INIT;
	struct oid id, tree;

	if (hub_ref_get(hub, name, &id, &e))
		return;
	if (hub_commit_tree(hub, &id, &tree, &e))
		tree = id;
	collect_tree(hub, &tree, what, content, t);
}

static void collect_git(const struct world *w, struct world_picture *t)
{
	struct err e = ERR_INIT;
	struct hub *hub;

	world_ok(hub_open_reader(&hub, w->remote, &e), &e);
	collect_ref(hub, WORLD_BRANCH, "git", true, t);
	hub_free(hub);
}

static void collect_sides(const struct world *w, struct world_picture *t)
{
	const struct config_mapping *m = config_mapping(w->config, "etl");

	if (config_has_side(m, SIDE_LOCAL))
		collect_local(w, "", t);
	if (config_has_side(m, SIDE_WORKSPACE))
		collect_workspace(w, t);
	if (config_has_side(m, SIDE_GIT))
		collect_git(w, t);
	if (t->count)
		qsort(t->items, t->count, sizeof(*t->items), compare_things);
}

char *world_snapshot(struct world *w)
{
	struct buf out = BUF_UNBOUNDED;
	struct world_picture t = { 0 };

	collect_sides(w, &t);
	print(&out, &t);
	things_release(&t);
	return buf_steal(&out, NULL);
}

char *world_memory(struct world *w)
{
	static const char *const names[] = { "agreed",     "base/git", "base/workspace",
					     "base/local", "seen/git", "seen/workspace",
					     "seen/local" };
	struct buf out = BUF_UNBOUNDED;
	struct world_picture t = { 0 };
	struct err e = ERR_INIT;
	struct hub *hub;

	world_ok(hub_open_reader(&hub, w->hub, &e), &e);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *ref = xasprintf("refs/nbsync/%s", names[i]);

		collect_ref(hub, ref, names[i], false, &t);
	}
	hub_free(hub);
	qsort(t.items, t.count, sizeof(*t.items), compare_things);
	print(&out, &t);
	things_release(&t);
	return buf_steal(&out, NULL);
}

/* ---- pictures ---- */

struct world_picture *world_take_picture(struct world *w)
{
	struct world_picture *p = xcalloc(1, sizeof(*p));

	collect_sides(w, p);
	return p;
}

void world_drop_picture(struct world_picture *p)
{
	things_release(p);
	free(p);
}

static const struct thing *find_name(const struct world_picture *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++)
		if (!p->items[i].folder && str_eq(p->items[i].name, name))
			return &p->items[i];
	return NULL;
}

static bool has_content(const struct world_picture *p, const struct buf *content)
{
	for (size_t i = 0; i < p->count; i++)
		if (!p->items[i].folder && p->items[i].content.len == content->len &&
		    memcmp(buf_str(&p->items[i].content), buf_str(content), content->len) == 0)
			return true;
	return false;
}

char *world_between(struct world *w, const struct world_picture *before,
		    const struct world_picture *after)
{
	struct world_picture now = { 0 };
	char *wrong = NULL;

	collect_sides(w, &now);
	for (size_t i = 0; i < now.count && !wrong; i++) {
		const struct thing *t = &now.items[i];

		if (!t->folder && !str_starts(path_base(t->path), PATH_TEMP_PREFIX) &&
		    !has_content(before, &t->content) && !has_content(after, &t->content))
			wrong = xasprintf("'%s' has a content that nobody gave it:\n%s", t->name,
					  buf_str(&t->content));
	}
	for (size_t i = 0; i < before->count && !wrong; i++) {
		const struct thing *t = &before->items[i];

		if (!t->folder && find_name(after, t->name) && !find_name(&now, t->name))
			wrong = xasprintf("'%s' is missing for a while", t->name);
	}
	things_release(&now);
	return wrong;
}

/* ---- versions ---- */

void world_note_versions(struct world *w)
{
	struct world_picture t = { 0 };

	collect_sides(w, &t);
	for (size_t i = 0; i < t.count; i++) {
		struct world_version *v;

		if (t.items[i].folder)
			continue;
		w->versions = array_grow(w->versions, w->version_count, &w->version_cap,
					 sizeof(*w->versions));
		v = &w->versions[w->version_count++];
		*v = (struct world_version){ .side = t.items[i].side,
					     .path = steal(&t.items[i].path) };
		hub_hash(buf_str(&t.items[i].content), t.items[i].content.len, &v->id);
	}
	things_release(&t);
}

/* What git prints, and its exit status. It is started without a shell, which would cost as much again. */
static void run_git(struct buf *out, int *status, const char *dir, const char *const *arguments)
{
	cleanup_free char *git_dir = xasprintf("--git-dir=%s", dir);
	const char *argv[8] = { "git", git_dir };
	posix_spawn_file_actions_t actions;
	char chunk[4096];
	int fds[2];
	ssize_t n;
	pid_t pid;

	for (size_t i = 0; arguments[i]; i++)
		argv[i + 2] = arguments[i];
	posix_spawn_file_actions_init(&actions);
	if (pipe2(fds, O_CLOEXEC) < 0 ||
	    posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO) ||
	    posix_spawn_file_actions_adddup2(&actions, fds[1], STDERR_FILENO) ||
	    posix_spawnp(&pid, "git", &actions, NULL, (char **)(uintptr_t)argv, environ))
		files_die("cannot run git");
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	while ((n = read(fds[0], chunk, sizeof(chunk))) > 0)
		buf_add(out, chunk, (size_t)n);
	close(fds[0]);
	if (waitpid(pid, status, 0) != pid)
		files_die("cannot wait for git");
}

unsigned world_merges(const struct world *w)
{
	cleanup_buf struct buf out = BUF_UNBOUNDED;
	unsigned merges = 0;
	int status;

	run_git(&out, &status, w->remote,
		(const char *const[]){ "rev-list", "--merges", "--count", "main", NULL });
	if (status || sscanf(buf_str(&out), "%u", &merges) != 1)
		files_die("cannot run git");
	return merges;
}

static bool stands(const struct world_picture *t, const struct oid *id)
{
	for (size_t i = 0; i < t->count; i++) {
		struct oid other;

		hub_hash(buf_str(&t->items[i].content), t->items[i].content.len, &other);
		if (!t->items[i].folder && oid_equal(&other, id))
			return true;
	}
	return false;
}

/* The first version that cycles displaced in the workspace and that is not known. */
static char *check_displaced(const struct world *w, const char *known,
			     const struct world_picture *t)
{
	cleanup_buf struct buf displaced = BUF_INIT(FILES_MAX);
	char *rest, *line;

	store_displaced(w->store, &displaced);
	rest = displaced.data;
	while (displaced.len && (line = strsep(&rest, "\n")) && *line) {
		struct oid id;

		line[40] = '\0';
		if (!oid_parse(&id, line))
			files_die("'%s' is no hash", line);
		if (!strstr(known, line) && !stands(t, &id))
			return xasprintf("what a cycle displaced in the workspace at '%s' is lost "
					 "(%s)",
					 line + 41, line);
	}
	return NULL;
}

/* The first version that was noted at this machine and that is not known. */
static char *check_noted(const struct world *w, const char *known, const struct world_picture *t)
{
	for (size_t i = 0; i < w->version_count; i++) {
		const struct world_version *v = &w->versions[i];
		char hex[41];

		oid_hex(&v->id, hex);
		if (!strstr(known, hex) && !stands(t, &v->id))
			return xasprintf("a version of '%s' from the %s side is lost (%s)", v->path,
					 side_names[v->side], hex);
	}
	return NULL;
}

char *world_check(struct world *w)
{
	static const char *const all[] = { "rev-list", "--objects", "--all", NULL };
	cleanup_buf struct buf known = BUF_UNBOUNDED;
	struct world_picture t = { 0 };
	char *wrong = NULL;

	for (const struct world *m = w->first; m; m = m->next) {
		int status = 0;

		if (m == w->first || files_exist(m->hub)) /* or it never had a cycle */
			run_git(&known, &status, m->hub, all);
		if (status)
			return xasprintf("the hub cannot be read: %s", buf_str(&known));
		collect_sides(m, &t);
	}
	for (const struct world *m = w->first; m && !wrong; m = m->next)
		wrong = check_noted(m, buf_str(&known), &t);
	if (!wrong)
		wrong = check_displaced(w, buf_str(&known), &t);
	things_release(&t);
	return wrong;
}

/* HEAD may name a branch that nobody has made; everything else that git mentions is a fault. */
static char *fsck(const char *dir)
{
	cleanup_buf struct buf out = BUF_UNBOUNDED;
	const char *line;
	int status;

	run_git(&out, &status, dir,
		(const char *const[]){ "fsck", "--full", "--strict", "--no-dangling", NULL });
	line = buf_str(&out);
	while (str_starts(line, "notice: ")) {
		line = strchrnul(line, '\n');
		line += *line == '\n';
	}
	return status || *line ? xasprintf("git fsck of '%s': %s", dir, line) : NULL;
}

char *world_fsck(struct world *w)
{
	char *wrong = NULL;

	for (const struct world *m = w->first; m && !wrong; m = m->next)
		wrong = files_exist(m->hub) ? fsck(m->hub) : NULL;
	if (!wrong && files_exist(w->remote))
		wrong = fsck(w->remote);
	return wrong;
}
