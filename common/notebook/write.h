/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Shared by notebook_write() and notebook_update(). */

#include "notebook/model/model.h"

/* Adds data with a CR before every LF. */
void write_with_crlf(struct buf *out, const char *data, size_t len);

/* ERR_INVALID when out refused an addition. */
int write_check_room(const struct buf *out, struct err *e);

/* Takes away what was added behind start, after a failure. */
void write_take_back(struct buf *out, size_t start);
