/* SPDX-License-Identifier: Apache-2.0 */
/* Redaction leaves alone what is no secret: names of notebooks, which programs go on with, and the
 * sentences of people. Of secrets, neither has one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "format/json.h"
#include "git/libgit2/start.h"
#include "memory/message.h"
#include "redacted.h"
#include "secret/secret.h"

/* A person's password, a token, and a password that is an ordinary word. */
#define PASSWORD "notebooks-2026"
#define TOKEN    "dapi7f3c9a51e08b2d64a6c5f0e19b8d3427"
#define SHORT    "Qx7!"

static struct secret secrets[3];

static int set_secrets(void **state)
{
	(void)state;
	secret_set(&secrets[0], PASSWORD, strlen(PASSWORD));
	secret_set(&secrets[1], TOKEN, strlen(TOKEN));
	secret_set(&secrets[2], SHORT, strlen(SHORT));
	return 0;
}

static int release_secrets(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
		secret_release(&secrets[i]);
	return 0;
}

/* Names that look a little like one of the secrets, or like a token of some kind. */
static const char *const names[] = {
	"etl/load_orders",
	"Basic notebooks/load_orders",
	"Bearer notebooks/load_orders_2026",
	"Basic YW5hOnBhc3N3b3Jk",
	"ghs_monthly_report",
	"gho_16C7e42F292c6912E7710c838347Ae178B4a",
	"github_pat_rotation_of_all_teams_in_the_fourth_quarter_of_2026",
	"glpat-Rotation-Report-2026-Q4",
	"dapi0123456789abcdef0123456789abcdef",
	"keyJobs.daily.backup.py",
	"eyJhbGciOi.eyJzdWIiOi.SflKxwRJ-_x",
	"Authorization: how it works",
	"docs/authorization=rules/x",
	"sparse//ana:b@c",
	"notebooks/load",
	"notebooks-202/6",
	"old notebooks-2025",
	"notebooks_2026/load",
	"notebooks+2026/load",
	"NOTEBOOKS-2026/load",
	"note\nbooks-2026",
	"note books-2026",
	"6e6f7465626f6f6b732d3230",
	"bm90ZWJvb2tzLTIw",
	"runs/7f3c9a51e08b2d64a6c5f0e19b8d3427",
	"Dapi7f3c9a51e08b2d64a6c5f0e19b8d3427",
	"Qx7 and qx7!",
	"517837",
	"",
};

/* Secrets in a name, as they are or spelled as a whole in another way. */
static const struct {
	const char *text, *wanted;
} spelled[] = {
	{ TOKEN ".py", "***.py" },
	{ "etl/" PASSWORD "/load", "etl/***/load" },
	{ "old" PASSWORD "x", "old***x" },
	{ "a" TOKEN PASSWORD "b", "a***b" },
	{ "is " SHORT, "is ***" },
	{ "etl/6e6f7465626f6f6b732d32303236", "etl/***" },
	{ "etl/6E6F7465626F6F6B732D32303236.py", "etl/***.py" },
	{ "bm90ZWJvb2tzLTIwMjY=", "***Y=" },
	{ "x/OmRhcGk3ZjNjOWE1MWUwOGIyZDY0YTZjNWYwZTE5YjhkMzQyNw==", "x/Om***w==" },
	{ "YTpkYXBpN2YzYzlhNTFlMDhiMmQ2NGE2YzVmMGUxOWI4ZDM0Mjc=", "YTp***c=" },
	{ "notebooks%2D2026/load", "***/load" },
	{ "notebooks%252d2026/load", "***/load" },
	{ "%6eotebooks-2026", "***" },
	{ "\\u006eotebooks-2026", "***" },
	{ "bm90ZWJvb2tzLTIwMjY%3D", "***Y%3D" },
};

/* What a value of that member becomes in an answer. */
static char *in_json(const char *member, const char *text)
{
	cleanup_json struct json *v = json_object();
	struct json *held = json_add_array(v, "held"), *item = json_add_object(held, NULL);

	json_add_str(item, member, text);
	json_redact(v);
	return xstrdup(json_str(json_first(json_get(v, "held")), member));
}

static void test_names_in_answers(void **state)
{
	static const char *const members[] = { "path", "file",    "config_file", "mapping",
					       "name", "confirm", "revision" };

	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(members); m++) {
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			cleanup_free char *got = in_json(members[m], names[i]);

			assert_string_equal(got, names[i]);
		}
		for (size_t i = 0; i < ARRAY_SIZE(spelled); i++) {
			cleanup_free char *got = in_json(members[m], spelled[i].text);

			assert_string_equal(got, spelled[i].wanted);
		}
	}
}

/* In words, pieces count and so do shapes: a sentence may be a server's. */
static void test_words_in_answers(void **state)
{
	static const char *const members[] = { "sentence", "subject", "author", "reload_error" };

	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(members); m++) {
		cleanup_free char *piece = in_json(members[m], "cut: 9b8d3427");
		cleanup_free char *shape = in_json(
			members[m], "ghs_16C7e42F292c6912E7710c838347Ae178B4a is wrong");

		assert_string_equal(piece, "cut: ***");
		assert_string_equal(shape, "*** is wrong");
	}
}

static const char *const sentences[] = {
	"cannot read 'Basic notebooks/load_orders': Permission denied",
	"cannot read 'Bearer notebooks/load_orders': Permission denied",
	"'ghs_monthly_report' is held: it was renamed",
	"'etl/gho_quarterly_figures_of_all_of_the_teams_2026' is held",
	"'github_pat_rotation_of_all_teams_in_the_fourth_quarter_of_2026' is held",
	"'github_pat_rotationofallteamsinth_fourthquarteroftheyear2026' waits",
	"'glpat-rotation-monthly-report-2026' is held",
	"'keyJobs.daily.backup.py' and 'surveyJan.2026-data.csv' are held",
	"Basic authentication is what the server asks for",
	"Basic credentials/of:all:teams are wanted",
	"the Bearer authentication_scheme of RFC 6750",
	"dapi and dose, dapi0123, ghp_16C7e42F292c6912E7710c838347Ae178B4",
	"Authorization failed",
	"'/Users/ana@acme.example/etl' is a folder",
};

static const struct {
	const char *text, *wanted;
} shapes[] = {
	{ "sent Basic YW5hOnBhc3N3b3Jk there", "sent Basic *** there" },
	{ "sent basic OnNlY3JldA== there", "sent basic *** there" },
	{ "sent Basic YW5hOnDDpHNzd8O2cmQ=.", "sent Basic ***." },
	{ "Basic YTo_Pz8_Pz4-Pj4-", "Basic ***" },
	{ "Bearer 0a1b2c3d4e5f6071", "Bearer ***" },
	{ "ghs_16C7e42F292c6912E7710c838347Ae178B4a", "***" },
	{ "'GHP_16C7e42F292c6912E7710c838347Ae178B4aXYZ'", "'***'" },
	{ "ghs_123456_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0In0.c2lnbmF0dXJl", "ghs_123456_***" },
	{ "github_pat_11ABCDEFG0abcdefghijkl_"
	  "0123456789abcdefghijABCDEFGHIJ0123456789abcdefghijABCDEFGHI:",
	  "***:" },
	{ "glpat-aBcD1234efGH5678ijKL", "***" },
	{ "token-eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl",
	  "token-***" },
	{ "keyJobs-eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl", "keyJobs-***" },
};

static void test_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++) {
		cleanup_free char *got = redacted(sentences[i]);

		assert_string_equal(got, sentences[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		cleanup_free char *got = redacted(shapes[i].text);

		assert_string_equal(got, shapes[i].wanted);
	}
}

/* What is made of names that are in the branch anyway stays; what people wrote may be a secret. */
static void test_commits(void **state)
{
	const struct message_change change = {
		MESSAGE_ADD, PASSWORD "/load", 1u << SIDE_LOCAL, "1", false, false
	};
	cleanup_buf struct buf made = BUF_INIT(4096), said = BUF_INIT(4096);
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(git_start(&e), 0);
	message_write(&made, PASSWORD, "", NULL, &change, 1);
	assert_string_equal(buf_str(&made), "Add " PASSWORD "/load\n"
					    "\nNbsync-Mapping: " PASSWORD "\nNbsync-Side: local\n"
					    "Nbsync-Object-Id: 1\n");
	message_write(&said, "etl", "",
		      "Use " PASSWORD " and notebooks/load\nghs_monthly_report, " TOKEN, &change,
		      1);
	assert_string_equal(buf_str(&said),
			    "Use *** and notebooks/load\n\nghs_monthly_report, ***\n"
			    "\nAdd " PASSWORD "/load\n"
			    "\nNbsync-Mapping: etl\nNbsync-Side: local\nNbsync-Object-Id: 1\n");
	git_stop();
}

#define WITH_SECRETS(test) cmocka_unit_test_setup_teardown(test, set_secrets, release_secrets)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SECRETS(test_names_in_answers),
		WITH_SECRETS(test_words_in_answers),
		cmocka_unit_test(test_sentences),
		WITH_SECRETS(test_commits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
