/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What an answer of the REST API means. Errors come as {"error_code", "message", "details"}, with a
 * code that may be a number, empty or missing, as "CODE: text", as a web page, as nothing at all,
 * and now and then with status 200. All of it becomes one struct api_error, and that one of our
 * codes and a sentence.
 *
 * The rule that must hold: ERR_ABSENT means that the server said, in a whole 404 of the type
 * application/json, with the error_code RESOURCE_DOES_NOT_EXIST, that this very kind of object does
 * not exist. Every other 404 (wrong endpoint, feature switched off, a gateway's page) is not
 * knowledge about an object.
 *
 * And nothing but a whole 200 is content: not a part (206, Content-Range), not what only the end of
 * the connection ended, not 202 or 203, not an error with a good status.
 */

#include "base/err.h"
#include "format/json.h"
#include "http/http.h"

#define API_QUOTE_MAX 201   /* bytes of remote text that a sentence quotes, and a NUL */
#define API_BODY_MAX  65536 /* bytes of an error body that are looked at */

/* What was asked for. */
enum api_answer {
	API_LOOK,    /* JSON about objects: 200 */
	API_CONTENT, /* the bytes of an object, which may be any: 200 */
	API_CHANGE,  /* that something be changed: 200, 201 or 204 */
};

struct api_error {
	enum api_answer asked;
	long status;
	char code[64];                /* error_code; "" when there is none that is a word */
	char reason[64];              /* of details[].reason; "" */
	char message[API_QUOTE_MAX];  /* escaped and cut; "" */
	char location[API_QUOTE_MAX]; /* where a 3xx points to, escaped and cut; "" */
	const char *odd;              /* NULL, or why this is no answer: "sent only a part …" */
	bool absent;                  /* says so in the one form that counts */
	bool exists;                  /* something is there already, or something of another type */
	bool wrong_type;              /* of another type */
	bool missing_parent;          /* "The parent folder (…) does not exist." */
	bool too_large;
	bool full;      /* the folder takes no more objects */
	bool timed_out; /* it took the server too long */
	bool bad_token; /* a 401, or a 403 that blames the token and not its rights */
	bool transient; /* the text says that trying again will help */
	bool web_page;  /* HTML without a server's error text in it */
	int err;        /* what it means: one of enum err_code, never ERR_OK */
};

/*
 * Whether the answer r (with result ERR_OK) to what was asked is an error; fills *out when it is.
 * A 2xx is one when it is not whole, of another status than what was asked for has, a web page,
 * or a JSON object with an error in it.
 */
bool api_error_parse(struct api_error *out, const struct http_answer *r, enum api_answer asked);

/* Whether the value of a member says something: an empty text, null, false and 0 do not. */
bool api_says_something(const struct json *member);

/* Whether a member of that name makes an object an error, if it says something. */
bool api_is_error_member(const char *name);

/* Whether a JSON object that came with a good status is an error all the same; *text (may be NULL):
 * what it says, borrowed. */
bool api_object_is_error(const struct json *object, const char **text);

/* Sets the sentence for what failed: verb is an infinitive ("export"), path the object (NULL: none).
 * Returns a->err. What bad_token is about is not explained here: only the client knows where the
 * token came from. */
int api_error_set(const struct api_error *a, const char *workspace, const char *verb,
		  const char *path, struct err *e);

/* Text from outside as a sentence may show it: escaped, redacted, at most API_QUOTE_MAX bytes. */
void api_quote(char out[static API_QUOTE_MAX], const char *text, size_t len);
