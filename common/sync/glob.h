/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Patterns in gitignore's syntax, for include and exclude. Pure.
 */

#include <stdbool.h>

/*
 * Whether one of the comma-separated patterns matches path or a folder above it. path is a
 * notebook's path without its extension, because that differs from side to side. '*' and '?' stop
 * at '/', '**' does not, [a-z] and [!a-z] are sets, '\' quotes; a pattern with a '/' before its end
 * is anchored at the mapping's root, one without matches at any depth; a final '/' means folders
 * only. gitignore(5). Blank patterns match nothing; NULL is the empty list.
 */
bool glob_list_matches(const char *patterns, const char *path);
