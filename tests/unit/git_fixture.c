/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and stopping the server, and asserting helpers around origin.git. */

#include "git_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int allow(void *payload, const char *url, const char *op, struct err *e)
{
	struct git_remote_fixture *f = payload;

	assert_string_equal(url, f->remote.url);
	assert_true(str_eq(op, "fetch") || str_eq(op, "push"));
	if (f->allowed == 0)
		return err_set(e, ERR_DENIED, "the policy refuses '%s'", url);
	if (f->allowed > 0)
		f->allowed--;
	return ERR_OK;
}

static void count_progress(void *payload, const char *what)
{
	struct git_remote_fixture *f = payload;

	assert_true(str_eq(what, "fetch") || str_eq(what, "push"));
	f->progress++;
}

/* ---- the server ---- */

static void exec_server(const struct git_remote_fixture *f, int out)
{
	const char *source = getenv("NBSYNC_SOURCE");
	cleanup_free char *script = xasprintf("%s/tests/unit/git_http_server.py",
					      source ? source : ".");
	cleanup_free char *log = xasprintf("%s/requests", f->w->dir);

	dup2(out, 1);
	execlp("python3", "python3", script, f->w->dir, log, (char *)NULL);
	_exit(127);
}

/* The server prints its port once it listens. */
static void start_server(struct git_remote_fixture *f)
{
	char line[32] = "";
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	f->server = fork();
	assert_true(f->server >= 0);
	if (!f->server) {
		/* Should this test crash, a server that lives on would keep its output open, for whose
		 * end whoever runs the tests waits. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		exec_server(f, fds[1]);
	}
	close(fds[1]);
	for (size_t n = 0; n + 1 < sizeof(line) && read(fds[0], line + n, 1) == 1; n++)
		if (line[n] == '\n')
			break;
	close(fds[0]);
	f->port = atoi(line);
	assert_true(f->port > 0);
}

/* ---- the fixture ---- */

void fixture_renew(struct git_remote_fixture *f)
{
	world_run(f->w, "rm -rf origin.git && git init -q --bare -b main origin.git");
}

void fixture_use(struct git_remote_fixture *f, const char *mode)
{
	free(f->url);
	f->url = mode ? xasprintf("http://127.0.0.1:%d/%s/origin.git", f->port, mode)
		      : xasprintf("file://%s/origin.git", f->w->dir);
	f->remote.url = f->url;
	world_run(f->w, ": > requests");
}

int fixture_setup(void **state)
{
	struct git_remote_fixture *f;
	struct err e = ERR_INIT;

	*state = NULL;
	if (!world_has_git()) {
		print_message("no git: skipped\n");
		return 0;
	}
	f = xcalloc(1, sizeof(*f));
	world_setup((void **)&f->w);
	world_ok(http_new(&f->http, "nbsyncd/test", NULL, NULL, NULL, &e), &e);
	f->allowed = -1;
	f->remote = (struct remote){ .branch = "main",
				     .token = &f->token,
				     .http = f->http,
				     .allow = allow,
				     .allow_payload = f,
				     .progress = count_progress,
				     .progress_payload = f };
	fixture_renew(f);
	start_server(f);
	fixture_use(f, NULL);
	*state = f;
	return 0;
}

int fixture_teardown(void **state)
{
	struct git_remote_fixture *f = *state;

	if (!f)
		return 0;
	kill(f->server, SIGKILL);
	waitpid(f->server, NULL, 0);
	http_free(f->http);
	secret_release(&f->token);
	world_fsck(f->w, "origin.git");
	world_teardown((void **)&f->w);
	free(f->url);
	free(f->end.refused);
	free(f);
	return 0;
}

/* ---- origin.git ---- */

struct oid origin_commit(struct git_remote_fixture *f, const char *branch, const char *path,
			 const char *text)
{
	cleanup_free char *hex = world_out(
		f->w,
		"rm -rf work && git clone -q origin.git work 2>/dev/null && cd work && "
		"(git checkout -q %s 2>/dev/null || git checkout -q --orphan %s) && "
		"mkdir -p $(dirname %s) && echo '%s' > %s && git add -A && "
		"git commit -q -m 'Change %s' && git push -q origin HEAD:refs/heads/%s && "
		"git rev-parse HEAD",
		branch, branch, path, text, path, path, branch);
	struct oid id;

	assert_true(oid_parse(&id, hex));
	return id;
}

struct oid origin_tip(struct git_remote_fixture *f, const char *branch)
{
	cleanup_free char *hex = world_out(f->w, "git -C origin.git rev-parse refs/heads/%s",
					   branch);
	struct oid id;

	assert_true(oid_parse(&id, hex));
	return id;
}

struct oid fetch_ok(struct git_remote_fixture *f)
{
	struct err e = ERR_INIT;
	struct remote_branches branches;
	struct oid tip;

	world_ok(remote_fetch(f->w->hub, &f->remote, &tip, &branches, &e), &e);
	assert_false(branches.empty);
	remote_branches_release(&branches);
	return tip;
}

void expect_oid(const struct oid *a, const struct oid *b)
{
	char x[41], y[41];

	oid_hex(a, x);
	oid_hex(b, y);
	assert_string_equal(x, y);
}

void expect_tracking(struct git_remote_fixture *f, const struct oid *expected)
{
	struct oid found = no_oid;
	int r = hub_ref_get(f->w->hub, "refs/remotes/origin/main", &found, NULL);

	assert_true(r == ERR_OK || r == ERR_ABSENT);
	expect_oid(&found, expected);
}

struct oid hub_next(struct git_remote_fixture *f, const struct oid *parent, const char *path)
{
	struct err e = ERR_INIT;
	struct oid tree = no_oid;

	if (!oid_is_zero(parent))
		world_ok(hub_commit_tree(f->w->hub, parent, &tree, &e), &e);
	tree = world_put(f->w, &tree, path, path);
	return world_commit(f->w, &tree, parent, "Update\n", 1767225600);
}

int fetch_try(struct git_remote_fixture *f, struct err *e)
{
	struct remote_branches branches;
	struct oid tip;
	int r = remote_fetch(f->w->hub, &f->remote, &tip, &branches, e);

	remote_branches_release(&branches);
	return r;
}

int push_try(struct git_remote_fixture *f, const struct oid *commit, struct err *e)
{
	free(f->end.refused);
	return remote_push(f->w->hub, &f->remote, commit, &f->end, e);
}

void origin_hook(struct git_remote_fixture *f, const char *name, const char *script)
{
	world_run(f->w,
		  "printf '#!/bin/sh\\n%%s\\n' '%s' > origin.git/hooks/%s && "
		  "chmod +x origin.git/hooks/%s",
		  script, name, name);
}
