/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of an attempt that brought no answer: what happened, how much of it, and what to do.
 * Sentences name the origin, never the whole URL, and nothing of the answer as it stands.
 *
 * Not said here: what the request was about. Only its caller knows.
 */

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "http/http_transfer.h"
#include "log/escape.h"

#define CURL_TOO_LARGE 100 /* CURLE_TOO_LARGE, which is younger than what we build with */

#define CHECK          "check the network, and what stands between"

bool transfer_headers_are_too_large(int curl_code, bool sent, bool answering, bool memory_refused)
{
	return (curl_code == CURLE_OUT_OF_MEMORY || curl_code == CURL_TOO_LARGE) && sent &&
	       !answering && !memory_refused;
}

static bool headers_are_too_large(const struct transfer *t, CURLcode code)
{
	return transfer_headers_are_too_large((int)code, !t->r->answer.unsent, t->answering,
					      t->refusals != http_memory_refusals());
}

static int explain_headers(struct transfer *t, const char *origin)
{
	return err_set(&t->r->answer.error, ERR_INVALID,
		       "the headers of '%s' are larger than %zu bytes", origin,
		       t->http->limits.header_max);
}

/* "12 bytes in 61 s" of the present phase. */
static void say_pace(char *out, size_t size, const struct transfer *t)
{
	snprintf(out, size, "%llu bytes in %lld s", (unsigned long long)t->pace.useful,
		 (long long)t->pace.lasted_ms / 1000);
}

/* No byte of use for as long as the limit says. */
static int explain_stall(struct transfer *t, const char *origin)
{
	struct err *e = &t->r->answer.error;
	unsigned limit = t->http->limits.stall_s;
	char pace[64];

	say_pace(pace, sizeof(pace), t);
	if (t->answering)
		return err_set(e, ERR_RETRY,
			       "'%s' sent no more of its answer for %u s (%s so far): " CHECK,
			       origin, limit, pace);
	if (t->sent < t->to_send)
		return err_set(e, ERR_RETRY,
			       "'%s' took no more of a request for %u s (%s so far): " CHECK,
			       origin, limit, pace);
	return err_set(e, ERR_RETRY,
		       "'%s' sent no complete headers of an answer within %u s: " CHECK, origin,
		       limit);
}

static int explain_slow(struct transfer *t, const char *origin)
{
	char pace[64];

	say_pace(pace, sizeof(pace), t);
	return err_set(&t->r->answer.error, ERR_RETRY, "'%s' %s too slowly, %s: " CHECK, origin,
		       t->answering ? "sends its answer" : "takes a request", pace);
}

/* The sentence for a transfer that we ended. */
static int explain_stop(struct transfer *t, const char *origin)
{
	struct err *e = &t->r->answer.error;

	switch (t->stop) {
	case TRANSFER_TOO_LARGE:
		return err_set(e, ERR_INVALID, "the answer of '%s' is larger than %zu bytes",
			       origin, t->r->response_max);
	case TRANSFER_HEADERS_TOO_LARGE:
		return explain_headers(t, origin);
	case TRANSFER_COMPRESSED:
		return err_set(e, ERR_INVALID,
			       "the answer of '%s' is compressed, which was not asked for", origin);
	case TRANSFER_DISK:
		return err_set(e, ERR_RETRY, "no room for the answer of '%s' on the disk", origin);
	case TRANSFER_STALLED:
		return explain_stall(t, origin);
	case TRANSFER_SLOW:
		return explain_slow(t, origin);
	default:
		return err_set(e, ERR_CANCELLED, "stopped reading the answer of '%s'", origin);
	}
}

static const char *connect_reason(const struct transfer *t)
{
	long errnum = 0;

	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &errnum);
	return errnum ? strerror((int)errnum) : "no connection";
}

/* The sentence for a transfer that failed by itself. */
static int explain_failure(struct transfer *t, CURLcode code, const char *origin)
{
	cleanup_buf struct buf why = BUF_INIT(4 * sizeof(t->text));
	struct err *e = &t->r->answer.error;
	const char *text = t->text[0] ? t->text : curl_easy_strerror(code);

	escape_masked_str(&why, text);
	if (headers_are_too_large(t, code))
		return explain_headers(t, origin);
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return err_set(e, ERR_RETRY, "cannot reach '%s': could not resolve host", origin);
	case CURLE_COULDNT_CONNECT:
		return err_set(e, ERR_RETRY, "cannot reach '%s': %s", origin, connect_reason(t));
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(e, ERR_RETRY, "cannot reach '%s': no connection within %u s", origin,
			       t->http->limits.connect_s);
	case CURLE_OUT_OF_MEMORY:
		return err_set(e, ERR_RETRY, "not enough memory for a request to '%s'", origin);

	case CURLE_PEER_FAILED_VERIFICATION:
		return err_set(e, ERR_CONFIG, "cannot trust '%s': %s%s", origin, buf_str(&why),
			       strstr(text, "issuer") || strstr(text, "self")
				       ? " (ca_file names the authority to trust)"
				       : "");
	case CURLE_SSL_CACERT_BADFILE:
		return err_set(e, ERR_CONFIG, "cannot read the certificates in '%s'",
			       t->http->ca_file ? t->http->ca_file : "the system's store");
	case CURLE_SSL_CONNECT_ERROR:
		return err_set(e, ERR_RETRY, "cannot reach '%s': TLS handshake failed: %s", origin,
			       buf_str(&why));
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_FAIL_REWIND: /* a kept connection, and libcurl may not send again */
		return err_set(e, ERR_RETRY, "'%s' closed the connection without an answer",
			       origin);
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		return err_set(e, ERR_RETRY,
			       "'%s' closed the connection before its answer was complete", origin);
	default:
		return err_set(e, ERR_RETRY, "no usable answer from '%s': %s", origin,
			       buf_str(&why));
	}
}

int transfer_explain(struct transfer *t, int curl_code, const char *origin)
{
	return t->stop ? explain_stop(t, origin) : explain_failure(t, (CURLcode)curl_code, origin);
}
