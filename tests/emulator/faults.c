/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules and the choice among them. Pure bookkeeping: closing, resetting and dripping are only noted
 * in the request here, server.c does them. What an action does is in fault_action.c.
 */

#include "tests/emulator/faults.h"

#include <stdlib.h>
#include <string.h>

#include "tests/emulator/fault_action.h"
#include "tests/emulator/json_out.h"
#include "tests/emulator/request.h"

static void rule_release(struct fault_rule *rule)
{
	free(rule->endpoint);
	free(rule->path);
	free(rule->method);
	fault_action_unref(rule->action);
}

void faults_release(struct faults *f)
{
	for (size_t i = 0; i < f->count; i++)
		rule_release(&f->rules[i]);
	free(f->rules);
	*f = (struct faults){ .next_id = f->next_id };
}

/* A misspelt member would make a rule that strikes everything, and a test that proves nothing. */
static int check_members(const struct json *v, struct err *e)
{
	static const char *const known[] = { "endpoint", "path",  "method",
					     "skip",     "count", "percent" };

	if (!json_is_object(v))
		return err_set(e, ERR_INVALID, "a rule is an object");
	for (const struct json *m = json_first(v); m; m = json_next(m)) {
		bool found = fault_action_member(json_key(m));

		for (size_t i = 0; i < ARRAY_SIZE(known) && !found; i++)
			found = str_eq(known[i], json_key(m));
		if (!found)
			return err_set(e, ERR_INVALID, "a rule has no member '%s'", json_key(m));
	}
	return ERR_OK;
}

int faults_add(struct faults *f, const struct json *v, int64_t *id, struct err *e)
{
	struct fault_action *action;
	int code = check_members(v, e);

	if (code == ERR_OK)
		code = fault_action_parse(&action, v, e);
	if (code != ERR_OK)
		return code;
	*id = ++f->next_id;
	f->rules = array_grow(f->rules, f->count, &f->cap, sizeof(*f->rules));
	f->rules[f->count++] = (struct fault_rule){
		.id = *id,
		.endpoint = xstrdup(json_str(v, "endpoint")),
		.path = xstrdup(json_str(v, "path")),
		.method = xstrdup(json_str(v, "method")),
		.skip = json_int(v, "skip", 0),
		.count = json_int(v, "count", -1),
		.percent = json_int(v, "percent", 100),
		.action = action,
	};
	return ERR_OK;
}

static bool rule_matches(struct fault_rule *rule, struct rng *rng, const struct request *r)
{
	if (rule->count == 0 || (rule->method && !str_eq(rule->method, r->method)) ||
	    (rule->endpoint && !strstr(r->url, rule->endpoint)) ||
	    (rule->path && !strstr(r->path.path ? r->path.path : "", rule->path)) ||
	    !rng_chance(rng, rule->percent))
		return false;
	if (rule->skip > 0) {
		rule->skip--;
		return false;
	}
	if (rule->count > 0)
		rule->count--;
	rule->hits++;
	return true;
}

void faults_strike(struct faults *f, struct rng *rng, struct request *r)
{
	for (size_t i = 0; i < f->count; i++) {
		struct fault_rule *rule = &f->rules[i];

		if (!rule_matches(rule, rng, r))
			continue;
		r->delay_ms += rule->action->delay_ms;
		fault_action_unref(r->fault);
		r->fault = rule->action;
		r->fault->references++;
		if (r->fault->kind != FAULT_DELAY)
			return;
	}
}

static void print_rule(const struct fault_rule *rule, struct buf *out)
{
	json_out_open(out, NULL, '{');
	json_out_int(out, "id", rule->id);
	json_out_str(out, "action", fault_action_name(rule->action));
	if (rule->endpoint)
		json_out_str(out, "endpoint", rule->endpoint);
	if (rule->path)
		json_out_str(out, "path", rule->path);
	if (rule->method)
		json_out_str(out, "method", rule->method);
	json_out_int(out, "skip", rule->skip);
	json_out_int(out, "count", rule->count);
	json_out_int(out, "percent", rule->percent);
	json_out_int(out, "hits", rule->hits);
	json_out_close(out, '}');
}

void faults_print(const struct faults *f, struct buf *out)
{
	json_out_open(out, NULL, '{');
	json_out_open(out, "rules", '[');
	for (size_t i = 0; i < f->count; i++)
		print_rule(&f->rules[i], out);
	json_out_close(out, ']');
	fault_action_print_help(out);
	json_out_close(out, '}');
}
