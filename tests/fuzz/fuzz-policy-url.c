/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Git URL of any bytes: refused with words, or rebuilt so that it is its own canonical form, that
 * libcurl takes it apart as the policy did, and that no sloppy server leaves an allowed folder.
 * The input is tried as a whole URL and as what stands behind an allowed folder.
 */

#include "fuzz.h"
#include "url_oracle.h"

#define FOLDER "/scm/team/"

static void check_refused(const char *text, size_t len)
{
	cleanup_free char *why = git_url_explain(text, len), *shown = git_url_mask(text, len);

	MUST(strlen(why) > 5 && strcmp(why, "is fine") != 0);
	for (const char *c = shown; *c; c++)
		MUST(*c >= 0x20 && *c < 0x7F);
	for (const char *c = why; *c; c++)
		MUST(*c >= 0x20 && *c < 0x7F);
}

static void check_accepted(const struct git_url *url)
{
	struct git_url again = { 0 };

	MUST(git_url_parse(&again, url->canonical, strlen(url->canonical)) == GIT_URL_OK);
	MUST(str_eq(again.canonical, url->canonical) && str_eq(again.path, url->path));
	MUST(str_eq(again.host, url->host) && again.port == url->port && again.kind == url->kind);
	MUST(!again.had_user);
	git_url_release(&again);
	MUST(curl_agrees(url, 0));
	MUST(curl_agrees(url, CURLU_PATH_AS_IS));
}

static void check_url(const char *text, size_t len)
{
	struct git_url url = { 0 };

	if (git_url_parse(&url, text, len) == GIT_URL_OK)
		check_accepted(&url);
	else
		check_refused(text, len);
	git_url_release(&url);
}

static struct policy *folder_policy(void)
{
	static const char text[] = "[policy]\nrestrict = clone-commit-push\n"
				   "allow = https://git.acme.example" FOLDER "\n";
	struct policy *p = NULL;
	struct err e = ERR_INIT;

	MUST(policy_parse(&p, text, strlen(text), "policy.ini", &e) == 0);
	return p;
}

/* tail has no NUL. */
static void check_below(const char *tail, bool may_lie_elsewhere)
{
	static struct policy *p;
	cleanup_free char *text = may_lie_elsewhere
					  ? xstrdup(tail)
					  : xasprintf("https://git.acme.example" FOLDER "%s", tail);
	struct policy_verdict v;
	unsigned mode;

	if (!p)
		p = folder_policy();
	policy_check(p, NULL, text, POLICY_PUSH, &v);
	MUST(v.allowed == !v.reason[0] && v.allowed == !v.sentence[0]);
	if (v.allowed) {
		static const char origin[] = "https://git.acme.example";

		MUST(str_starts(v.canonical, "https://git.acme.example" FOLDER));
		MUST(sloppy_stays_below(v.canonical + strlen(origin), FOLDER, &mode));
	}
	policy_verdict_release(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = xmemdup(data, len); /* no byte behind it: reading on is caught */
	cleanup_free char *tail = xstrndup((const char *)data, strnlen((const char *)data, len));

	check_url(text, len);
	check_below(tail, true);
	check_below(tail, false);
	free(text);
	return 0;
}
