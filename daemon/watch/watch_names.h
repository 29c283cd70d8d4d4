/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which names in a watched directory are worth a cycle. Pure. Only a filter for noise: what is
 * ignored here is still looked at by the next full cycle.
 */

#include <stdbool.h>

enum watch_name {
	WATCH_NAME_NOISE,  /* nothing a mapping could hold */
	WATCH_NAME_PATH,   /* a directory, or a file that may be a notebook */
	WATCH_NAME_FILE,   /* any other file: noise to a mapping of notebooks alone */
	WATCH_NAME_FILTER, /* .gitignore, .nbsyncignore: changes what the whole mapping holds */
};

/*
 * name is one component. Noise are our own temporary files, .git, .ipynb_checkpoints, what editors
 * and Jupyter leave for a moment (4913, *.swp, *.swo, *.swx, *~, .#*, #*#, .~*); of folders, those of
 * names_folder_ignored(), of which none may use up a watch.
 */
enum watch_name watch_name_class(const char *name, bool directory);

/*
 * Whether a rename from one name to another moves a notebook, so that both paths are one piece of
 * news, rather than being the last step of a save (from a temporary name) or its first one (to a
 * backup name). Same extension, both worth a cycle, both of one class.
 */
bool watch_name_is_move(const char *from, const char *to, bool directory);
