/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A remote for the tests of fetch and push: a bare repository origin.git in a world of its own, and
 * git_http_server.py, which serves it in many ways, good and bad. Test programs only.
 */

#include <sys/types.h>

#include "git/remote/remote.h"
#include "git_world.h"

#define GIT_TOKEN "s3cret-token" /* what the server's mode "auth" wants */

struct git_remote_fixture {
	struct world *w;
	struct http *http;
	struct secret token;
	struct remote remote; /* ready for remote_fetch() and remote_push(); a test may change it */
	char *url;            /* owned; what remote.url is */
	pid_t server;
	int port;
	int allowed;  /* how many questions the policy still answers with yes; -1: all */
	int progress; /* calls so far */
	struct remote_push_end end; /* of the last push_try(); owned */
};

static const struct oid no_oid;

/* For each test; *state is the fixture, NULL when there is no git program (skip then). */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Which of the server's modes (see git_http_server.py) is used from now on; NULL: file:///. */
void fixture_use(struct git_remote_fixture *f, const char *mode);
/* A new, empty origin.git. */
void fixture_renew(struct git_remote_fixture *f);

/* A commit with one changed file on a branch of origin.git, made by git itself. */
struct oid origin_commit(struct git_remote_fixture *f, const char *branch, const char *path,
			 const char *text);
struct oid origin_tip(struct git_remote_fixture *f, const char *branch);
/* A shell script of one line as a hook of origin.git. */
void origin_hook(struct git_remote_fixture *f, const char *name, const char *script);

/* remote_fetch() that must succeed and find the branch. */
struct oid fetch_ok(struct git_remote_fixture *f);
/* remote_fetch() and remote_push() that may fail; the code. */
int fetch_try(struct git_remote_fixture *f, struct err *e);
int push_try(struct git_remote_fixture *f, const struct oid *commit, struct err *e);

/* A commit in the hub that adds a file of this name; parent may be zero. */
struct oid hub_next(struct git_remote_fixture *f, const struct oid *parent, const char *path);

void expect_oid(const struct oid *found, const struct oid *expected);
/* Where refs/remotes/origin/main stands; zero: nowhere. */
void expect_tracking(struct git_remote_fixture *f, const struct oid *expected);

/* The first line of a test: skips it without git. */
#define FIXTURE(f)                             \
	struct git_remote_fixture *f = *state; \
	if (!f)                                \
	skip()
/* A test with a fixture of its own. */
#define FIXTURE_TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
