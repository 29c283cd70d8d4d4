/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync-emulator: a Databricks workspace on loopback, for tests, benchmarks and the quick start.
 * Here are the command line and the order of starting and stopping; nothing else.
 */

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "fs/fs.h"
#include "tests/emulator/emulator.h"
#include "tests/emulator/server.h"

static const char usage[] =
	"usage: nbsync-emulator --dir DIR [--port N] [--port-file FILE] [--token TOKEN]...\n"
	"                       [--token-file FILE]... [--user NAME] [--seed N]\n"
	"\n"
	"Serves the Databricks Workspace API on 127.0.0.1 from the content of DIR.\n"
	"  --port N        listen here; 0 (the default) takes a free port\n"
	"  --port-file F   write the port number into this file once it listens\n"
	"  --token T       let this token in; without any, every token is let in\n"
	"  --token-file F  the same, with the token in a file's first line\n"
	"  --user NAME     whose workspace it is (default: ana@acme.example)\n"
	"  --seed N        makes the order of listings and the odds of faults repeatable\n";

struct arguments {
	const char *dir;
	const char *port_file;
	const char *user;
	uint16_t port;
	uint64_t seed;
};

static bool read_number(uint64_t *out, const char *text, uint64_t max)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 && end != text && !*end && *text != '-' && *out <= max;
}

static bool add_token_file(struct tokens *tokens, const char *path)
{
	struct buf text = BUF_INIT(4096);
	struct err e = ERR_INIT;
	size_t len;

	fs_load(path, text.max, &text, &e);
	len = strcspn(buf_str(&text), "\r\n");
	if (e.code == ERR_OK && len == 0)
		err_set(&e, ERR_CONFIG, "there is no token in '%s'", path);
	if (e.code == ERR_OK) {
		text.data[len] = '\0';
		tokens_add(tokens, text.data, 0);
	} else {
		fprintf(stderr, "nbsync-emulator: %s\n", e.text);
	}
	buf_release(&text);
	return e.code == ERR_OK;
}

/* False when the command line makes no sense. */
static bool read_arguments(struct arguments *a, struct tokens *tokens, int argc, char **argv)
{
	static const struct option options[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "port", required_argument, NULL, 'p' },
		{ "port-file", required_argument, NULL, 'f' },
		{ "token", required_argument, NULL, 't' },
		{ "token-file", required_argument, NULL, 'T' },
		{ "user", required_argument, NULL, 'u' },
		{ "seed", required_argument, NULL, 's' },
		{ 0 },
	};
	uint64_t number;
	int option;

	*a = (struct arguments){ .user = "ana@acme.example", .seed = 1 };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'd')
			a->dir = optarg;
		else if (option == 'f')
			a->port_file = optarg;
		else if (option == 'u')
			a->user = optarg;
		else if (option == 't')
			tokens_add(tokens, optarg, 0);
		else if (option == 'T' && add_token_file(tokens, optarg))
			continue;
		else if (option == 'p' && read_number(&number, optarg, UINT16_MAX))
			a->port = (uint16_t)number;
		else if (option == 's' && read_number(&number, optarg, UINT64_MAX))
			a->seed = number;
		else
			return false;
	}
	return a->dir && optind == argc;
}

/* The folders that every workspace has. */
static int furnish(struct emulator *em, struct err *e)
{
	static const char *const folders[] = { "/Shared", "/Repos" };
	cleanup_free char *home = xasprintf("/Users/%s", em->user);
	int code = store_mkdirs(em->store, home, NULL, e);

	for (size_t i = 0; i < ARRAY_SIZE(folders) && code == ERR_OK; i++)
		code = store_mkdirs(em->store, folders[i], NULL, e);
	return code;
}

static int announce(const struct server *s, const char *port_file, struct err *e)
{
	char text[16];

	snprintf(text, sizeof(text), "%u\n", server_port(s));
	if (port_file && fs_store(port_file, text, strlen(text), 0644, e) != ERR_OK)
		return e->code;
	printf("listening on http://127.0.0.1:%s", text);
	fflush(stdout);
	return ERR_OK;
}

/* Signals that end the emulator, as a descriptor; one connection costs one more. */
static int prepare_process(void)
{
	struct rlimit files;
	sigset_t ends;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	return signalfd(-1, &ends, SFD_CLOEXEC);
}

static int serve(struct emulator *em, const struct arguments *a, struct err *e)
{
	cleanup_fd int signal_fd = prepare_process();
	struct server *server = NULL;
	int code = store_open(&em->store, a->dir, a->seed, e);

	if (code == ERR_OK)
		code = furnish(em, e);
	if (code == ERR_OK)
		code = server_start(&server, em, a->port, e);
	if (code == ERR_OK)
		code = announce(server, a->port_file, e);
	if (code == ERR_OK)
		code = server_run(server, signal_fd, e);
	server_stop(server);
	store_close(em->store);
	return code;
}

int main(int argc, char **argv)
{
	struct emulator em = { 0 };
	struct arguments a;
	struct err e = ERR_INIT;

	if (!read_arguments(&a, &em.tokens, argc, argv)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	em.user = a.user;
	em.rng.state = a.seed;
	knobs_init(&em.knobs);
	if (serve(&em, &a, &e) != ERR_OK)
		fprintf(stderr, "nbsync-emulator: %s\n", e.text);
	knobs_release(&em.knobs);
	faults_release(&em.faults);
	tokens_release(&em.tokens);
	request_log_release(&em.log);
	return err_exit(e.code);
}
