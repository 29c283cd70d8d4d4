/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy file of any bytes: refused with sentences, or a policy that means what it says. A policy
 * that was understood never allows more under a restriction than without one, and nothing that two
 * of them would not allow each on its own.
 */

#include "fuzz.h"
#include "policy/policy_internal.h"

static const char *const probes[] = {
	"https://git.acme.example/scm/team/ok.git",
	"https://git.acme.example/scm/team/..;/x",
	"https://git.acme.example/scm/team/.git",
	"https://github.com/acme/etl",
	"http://127.0.0.1:8080/acme/r",
	"file:///srv/git/r.git",
	"https://evil.example/r",
	"ssh://git@github.com/acme/r",
};

static bool allows(const struct policy *p, const struct policy *also, const char *url,
		   enum policy_op op)
{
	struct policy_verdict v;
	bool allowed;

	policy_check(p, also, url, op, &v);
	MUST(v.allowed == !v.reason[0] && v.allowed == !v.sentence[0]);
	allowed = v.allowed;
	policy_verdict_release(&v);
	return allowed;
}

static void check_entry(const struct policy *p, const struct policy_entry *entry)
{
	struct git_url again = { 0 };

	MUST(!entry->url.had_user && entry->line > 0);
	MUST(git_url_parse_prefix(&again, entry->url.canonical, strlen(entry->url.canonical)) ==
	     GIT_URL_OK);
	MUST(str_eq(again.canonical, entry->url.canonical));
	/* What is listed is allowed, and the folder of an entry that ends in '/' is not by it. */
	if (!entry->below && *entry->url.path)
		MUST(allows(p, NULL, entry->url.canonical, POLICY_PUSH));
	git_url_release(&again);
}

static void check_probe(const struct policy *p, const struct policy *deny, const char *url)
{
	for (int i = POLICY_CLONE; i <= POLICY_PUSH; i++) {
		enum policy_op op = (enum policy_op)i;
		bool allowed = allows(p, NULL, url, op);

		MUST(allows(p, p, url, op) == allowed);
		MUST(!allows(p, deny, url, op) && !allows(deny, p, url, op));
		/* What may be pushed to may be fetched from. */
		if (allowed && op == POLICY_PUSH)
			MUST(allows(p, NULL, url, POLICY_FETCH));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = xmemdup(data, len);
	struct policy *p = NULL, *deny;
	struct err e = ERR_INIT;
	int rc = policy_parse(&p, text, len, "policy.ini", &e);

	MUST((rc == 0) == (p != NULL));
	if (rc) {
		MUST(rc == ERR_CONFIG && str_starts(e.text, "policy.ini:"));
		MUST(utf8_valid(e.text, strlen(e.text)));
	} else {
		MUST(p->entry_count <= POLICY_ENTRIES_MAX);
		MUST(p->restriction == POLICY_RESTRICT_NONE || p->entry_count > 0);
		deny = policy_deny_all("unreadable");
		for (size_t i = 0; i < p->entry_count; i++)
			check_entry(p, &p->entries[i]);
		for (size_t i = 0; i < ARRAY_SIZE(probes); i++)
			check_probe(p, deny, probes[i]);
		policy_free(deny);
	}
	policy_free(p);
	free(text);
	return 0;
}
