/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip (RFC 1952, stored blocks of RFC 1951) and zip (APPNOTE 6.3, method 0). All numbers are
 * little-endian. No zip64: exports stay far below 4 GiB.
 */

#include "tests/emulator/archive.h"

#include <string.h>

static uint32_t crc32_of(const unsigned char *data, size_t len)
{
	static uint32_t table[256];
	uint32_t crc = ~0u;

	for (uint32_t i = 0; table[255] == 0 && i < 256; i++) {
		table[i] = i;
		for (unsigned bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xEDB88320u : 0);
	}
	for (size_t i = 0; i < len; i++)
		crc = crc >> 8 ^ table[(crc ^ data[i]) & 0xFF];
	return ~crc;
}

static void put(struct buf *out, uint64_t value, unsigned bytes)
{
	char text[8];

	for (unsigned i = 0; i < bytes; i++)
		text[i] = (char)(value >> (8 * i));
	buf_add(out, text, bytes);
}

bool archive_gzip(struct buf *out, const void *data, size_t len)
{
	static const char header[] = { 0x1f, (char)0x8b, 8, 0, 0, 0, 0, 0, 0, (char)255 };
	const char *at = data;
	size_t left = len;

	buf_add(out, header, sizeof(header));
	do {
		size_t n = left < 0xFFFF ? left : 0xFFFF;

		put(out, n == left, 1); /* the last block says so */
		put(out, n, 2);
		put(out, ~n & 0xFFFF, 2);
		buf_add(out, at, n);
		at += n;
		left -= n;
	} while (left > 0);
	put(out, crc32_of(data, len), 4);
	put(out, len & 0xFFFFFFFF, 4);
	return !out->full;
}

void archive_zip_init(struct archive_zip *zip, struct buf *out)
{
	*zip = (struct archive_zip){ .out = out, .index = BUF_INIT(out->max) };
}

/* The part that local header and directory entry share: version to name length and no extra. */
static void put_entry(struct buf *out, uint32_t crc, size_t len, size_t name_len)
{
	put(out, 20, 2);     /* version needed */
	put(out, 0x0800, 2); /* names are UTF-8 */
	put(out, 0, 2);      /* stored */
	put(out, 0, 2);      /* time: midnight */
	put(out, 0x21, 2);   /* date: 1980-01-01 */
	put(out, crc, 4);
	put(out, len, 4);
	put(out, len, 4);
	put(out, name_len, 2);
	put(out, 0, 2);
}

void archive_zip_add(struct archive_zip *zip, const char *name, const void *data, size_t len)
{
	uint32_t crc = crc32_of(data, len);
	size_t at = zip->out->len, name_len = strlen(name);

	put(zip->out, 0x04034b50, 4);
	put_entry(zip->out, crc, len, name_len);
	buf_add_str(zip->out, name);
	buf_add(zip->out, data, len);

	put(&zip->index, 0x02014b50, 4);
	put(&zip->index, 20, 2);
	put_entry(&zip->index, crc, len, name_len);
	put(&zip->index, 0, 6); /* comment, disk, internal attributes */
	put(&zip->index, 0, 4); /* external attributes */
	put(&zip->index, at, 4);
	buf_add_str(&zip->index, name);
	zip->count++;
}

bool archive_zip_finish(struct archive_zip *zip)
{
	size_t at = zip->out->len;

	if (zip->index.len > 0)
		buf_add(zip->out, zip->index.data, zip->index.len);
	put(zip->out, 0x06054b50, 4);
	put(zip->out, 0, 4);
	put(zip->out, zip->count, 2);
	put(zip->out, zip->count, 2);
	put(zip->out, zip->index.len, 4);
	put(zip->out, at, 4);
	put(zip->out, 0, 2);
	buf_release(&zip->index);
	return !zip->out->full;
}
