/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name of a profile (empty: what the file says), a record separator, and a file of profiles. What
 * is taken stands in that profile and says the same when it is written anew; what other profiles say,
 * DEFAULT too, changes nothing; and a refusal is one of a few sentences, which quote no line.
 */

#include "fuzz.h"

#include "format/ini.h"
#include "http/http.h"
#include "workspace/profile.h"

#define FILE_NAME      "fuzz.cfg"
#define NAME_MAX_BYTES 200
#define OTHER          "zz-other" /* a profile that no text has */

struct taken {
	struct profile p;
	struct err e;
	int code;
};

static void take(struct taken *t, const char *text, size_t len, const char *name)
{
	t->e = ERR_INIT;
	t->code = profile_parse(&t->p, text, len, FILE_NAME, name, &t->e);
	MUST(t->code == ERR_OK || t->code == ERR_CONFIG);
}

static void must_equal(const struct taken *a, const struct taken *b)
{
	MUST(a->code == b->code && str_eq(a->e.text, b->e.text));
	MUST(str_eq(a->p.host, b->p.host) && str_eq(a->p.auth_type, b->p.auth_type));
	MUST(str_eq(a->p.token.text, b->p.token.text));
}

/* ---- what is taken ---- */

static void check_host(const char *host)
{
	cleanup_free char *again = http_origin(host);
	size_t scheme = strcspn(host, ":") + strlen("://");

	MUST(str_starts(host, "https://") || str_starts(host, "http://"));
	MUST(host[scheme]);
	for (const char *c = host + scheme; *c; c++)
		MUST(*c > 0x20 && *c < 0x7F && !strchr("/?#@\\%\"'", *c));
	MUST(again && str_eq(again, host));
}

static void check_values(const struct profile *p, const char *text, size_t len)
{
	check_host(p->host);
	MUST(!p->token.text == !p->token.len);
	if (p->token.text) {
		MUST(strlen(p->token.text) == p->token.len);
		MUST(memmem(text, len, p->token.text, p->token.len));
		for (size_t i = 0; i < p->token.len; i++)
			MUST((unsigned char)p->token.text[i] >= 0x20 || p->token.text[i] == '\t');
	}
	MUST(!p->auth_type || memmem(text, len, p->auth_type, strlen(p->auth_type)));
}

/* The same values in a file of their own. */
static void check_written(const struct taken *t)
{
	cleanup_buf struct buf text = BUF_INIT(FUZZ_OUT_MAX);
	struct taken again;

	buf_addf(&text, "[DEFAULT]\nhost=%s\n", t->p.host);
	if (t->p.token.text)
		buf_addf(&text, "token=`%s`\n", t->p.token.text);
	if (t->p.auth_type)
		buf_addf(&text, "auth_type=`%s`\n", t->p.auth_type);
	take(&again, buf_str(&text), text.len, NULL);
	must_equal(t, &again);
	profile_release(&again.p);
}

/* ---- what is refused ---- */

static bool is_about_a_line(const char *sentence)
{
	static const char *const sentences[] = {
		"file is larger than 1 MiB",
		"line contains a NUL byte",
		"line contains a byte order mark",
		"line contains a control character",
		"line has no key in front of '='",
		"line is longer than 8000 bytes",
		"line is neither 'key = value' nor a section nor a comment",
		"line is not valid UTF-8",
		"section has no closing ']'",
		"section has no usable name",
		"text behind the ']' of a section",
		"value starts with a comment sign",
	};
	char *end;

	if (!str_starts(sentence, FILE_NAME ":") ||
	    strtol(sentence + strlen(FILE_NAME ":"), &end, 10) < 1)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++)
		if (str_starts(end, ": ") && str_eq(end + 2, sentences[i]))
			return true;
	return false;
}

/* The name in a sentence about a profile; NULL when it is none. */
static char *name_in(const char *sentence)
{
	static const struct {
		const char *before, *after;
	} forms[] = {
		{ FILE_NAME " has no ", " profile configured" },
		{ "profile '", "' in '" FILE_NAME "' has no host" },
		{ "the host of profile '", "' in '" FILE_NAME "' is not https://HOST" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		size_t before = strlen(forms[i].before), after = strlen(forms[i].after);

		if (strlen(sentence) >= before + after && str_starts(sentence, forms[i].before) &&
		    str_ends(sentence, forms[i].after))
			return xstrndup(sentence + before, strlen(sentence) - before - after);
	}
	return NULL;
}

static void check_refused(const struct taken *t, const char *text, size_t len, const char *name)
{
	cleanup_free char *found = name_in(t->e.text);
	struct taken again;

	MUST(!t->p.host && !t->p.token.text && !t->p.auth_type);
	MUST(utf8_valid(t->e.text, strlen(t->e.text)) || !utf8_valid(name, strlen(name)));
	if (is_about_a_line(t->e.text) || strlen(t->e.text) >= ERR_TEXT_MAX - 8)
		return;
	MUST(found);
	if (*name) {
		MUST(str_eq(found, name));
		return;
	}
	/* The text chose it: it stands there, and to name it says the same. */
	MUST(str_eq(found, "DEFAULT") || memmem(text, len, found, strlen(found)));
	take(&again, text, len, found);
	must_equal(t, &again);
}

/* ---- what others say ---- */

static void check_others(const struct taken *t, const char *text, size_t len, const char *name)
{
	cleanup_buf struct buf more = BUF_INIT(FUZZ_OUT_MAX);
	struct taken again;

	if (memmem(text, len, OTHER, strlen(OTHER)) || strstr(name, OTHER))
		return;
	buf_add(&more, text, len);
	if (len && text[len - 1] != '\n')
		buf_add_char(&more, '\n');
	buf_add_str(&more, "[" OTHER "]\nhost=zz.example\ntoken=zz\nauth_type=zz\n");
	if (*name && !str_eq(name, "DEFAULT"))
		buf_add_str(&more, "[DEFAULT]\nhost=zz.example\ntoken=zz\nauth_type=zz\n");
	take(&again, buf_str(&more), more.len, name);
	must_equal(t, &again);
	profile_release(&again.p);
}

/* A text that can be read, with a line more that chooses a profile: that is taken, unless another
 * one is asked for by name. */
static void check_chosen(const struct taken *t, const char *text, size_t len, const char *name)
{
	cleanup_buf struct buf more = BUF_INIT(FUZZ_OUT_MAX);
	struct taken again;

	if (is_about_a_line(t->e.text) || memmem(text, len, OTHER, strlen(OTHER)) ||
	    strstr(name, OTHER) || str_eq(name, "__settings__"))
		return;
	buf_add(&more, text, len);
	buf_add_str(&more, "\n[__settings__]\ndefault_profile = " OTHER "\n[" OTHER
			   "]\nhost=zz.example\n");
	take(&again, buf_str(&more), more.len, name);
	if (*name)
		must_equal(t, &again);
	else
		MUST(!again.code && str_eq(again.p.host, "https://zz.example"));
	profile_release(&again.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup_free char *name = NULL, *text = NULL;
	const uint8_t *rest;
	size_t rest_len, name_len = fuzz_split(data, len, &rest, &rest_len);
	struct taken t;

	if (name_len > NAME_MAX_BYTES)
		return 0;
	name = xstrndup((const char *)data, name_len);
	text = xmemdup((const char *)rest, rest_len);
	take(&t, text, rest_len, name);
	if (t.code) {
		check_refused(&t, text, rest_len, name);
	} else {
		check_values(&t.p, text, rest_len);
		check_written(&t);
	}
	check_others(&t, text, rest_len, name);
	check_chosen(&t, text, rest_len, name);
	profile_release(&t.p);
	return 0;
}
