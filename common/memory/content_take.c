/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A side's bytes into the version that it holds. The rule that prevents echoes lives here: whatever
 * spelling a side uses, a notebook that says nothing else than what is agreed *is* the agreed version.
 *
 * A version is the whole notebook, and most sides can say only a part of it: source has no tags, a
 * workspace may forget some of what it is given. What a side does not say, and did not say when it last
 * agreed, is therefore taken from what it agreed to then (lifted, see notebook_lift()); only what it
 * says differently than then is its edit.
 *
 * It does not decide anything about sides, and never writes to one.
 */

#include <string.h>

#include "memory/content.h"
#include "memory/content_blob.h"
#include "memory/markers.h"
#include "path/path.h"

/* A notebook without cells and metadata: compared with it, all that a side says is new, and nothing that it
 * does not say was removed. */
#define SAYS_NOTHING "{\"cells\":[],\"metadata\":{},\"nbformat\":4,\"nbformat_minor\":0}"

/* What is being taken. */
struct taking {
	const struct content *c;
	struct row *row;
	enum side_id side;
	struct notebook *raw; /* borrowed; what the bytes say */
	struct oid canon;     /* of that alone */
};

/* A merge that somebody has not finished yet must not travel; unless what is agreed has such lines
 * too, because the notebook is about them. */
static int refuse_markers(const struct content *c, const struct row *row,
			  const struct content_bytes *bytes, struct err *e)
{
	cleanup_buf struct buf agreed = BUF_UNBOUNDED;
	size_t line = markers_find(buf_str(bytes->data), bytes->data->len);

	if (!line)
		return ERR_OK;
	if (!version_absent(&row->agreed) &&
	    hub_blob_get(c->hub, &row->agreed.blob, &agreed, NULL) == ERR_OK &&
	    markers_find(buf_str(&agreed), agreed.len))
		return ERR_OK;
	return err_set(e, ERR_INVALID,
		       "'%s', line %zu: conflict markers of an unfinished merge: choose what is to "
		       "stay, and take the lines '<<<<<<<', '=======' and '>>>>>>>' out",
		       bytes->file, line);
}

/* ---- against what it was ---- */

static bool is_notebook(const struct version *v)
{
	return !version_absent(v) && v->kind == VERSION_NOTEBOOK;
}

/* t->raw with what it cannot say taken from whole, which the side agreed to. said: what the side's own
 * bytes said then; NULL: all of whole. */
static int lift(const struct taking *t, const struct version *whole, const struct notebook *said,
		struct version *out, struct err *e)
{
	cleanup_notebook struct notebook *nb = NULL, *lifted = NULL;
	int r;

	if ((r = content_parse(t->c, whole, &nb, e)))
		return r;
	/* A source file of another language has nothing that could go on. */
	if (whole->format == NOTEBOOK_SOURCE && notebook_language(nb) != notebook_language(t->raw))
		return content_store(t->c, t->row, t->raw, out, e);
	if ((r = notebook_lift(&lifted, nb, said, t->raw, content_outputs(t->c), e)))
		return r;
	return content_store(t->c, t->row, lifted, out, e);
}

/* A notebook that says nothing; *out is the caller's. */
static int parse_nothing(const struct taking *t, struct notebook **out, struct err *e)
{
	int r = notebook_parse(out, SAYS_NOTHING, strlen(SAYS_NOTHING),
			       NOTEBOOK_AS(NOTEBOOK_IPYNB, notebook_language(t->raw)), e);

	if (!r)
		notebook_take_language(*out, notebook_language(t->raw));
	return r;
}

/* Lifts against a version that the side is not known to hold: known is what is agreed when the side shows
 * the notebook for the first time, or (sent) what we wrote without learning whether it arrived. *is: the
 * cells are those of known; otherwise nothing is done. What the side lacks of known, it may not be able to
 * say. What it says beyond known is an edit; but not after a write, if known is source and the side is
 * not, or if the side's bytes said less than its version before: then it was there already. */
static int lift_to(const struct taking *t, const struct version *known, bool sent, bool *is,
		   struct version *out, struct err *e)
{
	cleanup_notebook struct notebook *nb = NULL, *nothing = NULL;
	bool beyond;
	int r;

	*is = false;
	if (!is_notebook(known))
		return ERR_OK;
	if ((r = content_parse(t->c, known, &nb, e)))
		return r;
	if (!notebook_equal(nb, t->raw))
		return ERR_OK;
	*is = true;
	beyond = known->format == NOTEBOOK_SOURCE && notebook_format(t->raw) != NOTEBOOK_SOURCE;
	if (sent && (beyond || row_base_raw(t->row, t->side)))
		return lift(t, known, t->raw, out, e);
	r = parse_nothing(t, &nothing, e);
	return r ? r : lift(t, known, nothing, out, e);
}

/* What the side holds right after we wrote row->given: it may lack some of that (a workspace forgets), but
 * what it says differently is somebody's edit. *is: the cells are those that were written. */
static int lift_given(const struct taking *t, bool *is, struct version *out, struct err *e)
{
	const struct content_given *given = t->row->given;
	cleanup_notebook struct notebook *nb = NULL, *nothing = NULL, *kept = NULL;
	struct taking answer = *t;
	struct notebook_name name;
	int r;

	if (!notebook_name_parse(&name, given->file))
		return err_set(e, ERR_BUG, "'%s' is not a notebook's name", given->file);
	r = notebook_parse(&nb, buf_str(&given->data), given->data.len,
			   NOTEBOOK_AS(name.format, name.language), e);
	notebook_name_release(&name);
	if (r)
		return r;
	*is = notebook_equal(nb, t->raw);
	if (!*is || (r = parse_nothing(t, &nothing, e)) ||
	    (r = notebook_lift(&kept, nb, nothing, t->raw, content_outputs(t->c), e)))
		return r;
	answer.raw = kept;
	return lift(&answer, &t->row->agreed, row_base_raw(t->row, t->side) ? nb : NULL, out, e);
}

static int lift_from(const struct taking *t, const struct version *base, struct version *out,
		     struct err *e)
{
	const struct version *base_raw = t->side == SIDE_COUNT ? NULL
							       : row_base_raw(t->row, t->side);
	cleanup_notebook struct notebook *said = NULL;
	int r;

	if (t->side != SIDE_COUNT && t->c->cells_only[t->side])
		return lift(t, base, t->raw, out, e);
	if (!base_raw) {
		/* Both say all there is. */
		if (base->format == NOTEBOOK_SOURCE && notebook_format(t->raw) == NOTEBOOK_SOURCE)
			return content_store(t->c, t->row, t->raw, out, e);
		return lift(t, base, NULL, out, e);
	}
	if ((r = content_parse(t->c, base_raw, &said, e)))
		return r;
	return lift(t, base, said, out, e);
}

static int find_version(const struct taking *t, struct version *out, struct err *e)
{
	const struct version *base = t->side == SIDE_COUNT ? &t->row->agreed
							   : &t->row->base[t->side];
	bool is = false;
	int r = ERR_OK;

	if (t->side == SIDE_WORKSPACE && t->row->given)
		r = lift_given(t, &is, out, e);
	else if (t->side == SIDE_WORKSPACE && t->row->sent)
		r = lift_to(t, t->row->sent, true, &is, out, e);
	if (r || is)
		return r;
	if (is_notebook(base))
		return lift_from(t, base, out, e);
	r = lift_to(t, &t->row->agreed, false, &is, out, e);
	return r || is ? r : content_store(t->c, t->row, t->raw, out, e);
}

/* ---- what is known already: the agreed version, or what the side held before ---- */

/* Whether the bytes say just what v is. */
static bool says(const struct taking *t, const struct version *v)
{
	return is_notebook(v) && oid_equal(&t->canon, &v->canon);
}

static int judge(const struct taking *t, const struct oid *raw, struct version *out, struct err *e)
{
	const struct entry *held = t->side == SIDE_COUNT ? NULL : &t->row->side[t->side];
	int r;

	if ((r = content_resolve(t->c, &t->row->agreed, e)))
		return r;
	if (says(t, &t->row->agreed)) {
		*out = t->row->agreed;
		return ERR_OK;
	}
	if (held && held->state == ENTRY_PRESENT && !t->row->given &&
	    (held->version.partial ? oid_equal(&held->raw, raw) : says(t, &held->version))) {
		*out = held->version;
		return ERR_OK;
	}
	if ((r = find_version(t, out, e)))
		return r;
	if (version_same(out, &t->row->agreed))
		*out = t->row->agreed;
	out->partial = !oid_equal(&t->canon, &out->canon);
	return ERR_OK;
}

/* What a look at a workspace leaves out is recorded before something takes its place, not because
 * somebody looked. */
static bool is_left_out(enum side_id side, enum notebook_format format)
{
	return side == SIDE_WORKSPACE && format == NOTEBOOK_IPYNB;
}

static int put_raw(const struct taking *t, const struct buf *data, struct oid *raw, struct err *e)
{
	size_t max = (size_t)t->c->mapping->max_notebook;
	cleanup_buf struct buf plain = BUF_UNBOUNDED;
	int r;

	if (!is_left_out(t->side, notebook_format(t->raw)))
		return hub_blob_put(t->c->hub, buf_str(data), data->len, raw, e);
	if ((r = content_write_plain(t->c, t->raw, &plain, e)))
		return r;
	if (plain.len > max)
		return err_set(e, ERR_INVALID, "'%s' has %zu bytes, more than max_notebook (%zu)",
			       t->row->path, plain.len, max);
	return hub_blob_put(t->c->hub, buf_str(&plain), plain.len, raw, e);
}

/* A file that is no notebook is its bytes. */
static int put_file(const struct content *c, const struct buf *data, struct version *out,
		    struct oid *raw, struct err *e)
{
	int r = hub_blob_put(c->hub, buf_str(data), data->len, raw, e);

	*out = (struct version){ .kind = VERSION_FILE, .blob = *raw };
	return r;
}

int content_compare_whole(const struct content *c, const struct entry *entry, const void *data,
			  size_t len, enum content_look *out, struct err *e)
{
	cleanup_notebook struct notebook *nb = NULL, *looked_at = NULL;
	cleanup_buf struct buf plain = BUF_UNBOUNDED;
	struct oid id;
	bool same;
	int r;

	*out = CONTENT_OTHER;
	if ((r = notebook_parse(&nb, data, len, NOTEBOOK_AS(NOTEBOOK_IPYNB, NOTEBOOK_PYTHON), e)) ||
	    (r = content_write_plain(c, nb, &plain, e)))
		return r;
	hub_hash(buf_str(&plain), plain.len, &id);
	same = oid_equal(&id, &entry->raw);
	if (!same && (r = content_parse_raw(c, entry, &looked_at, e)))
		return r;
	if (same || notebook_agree(nb, looked_at, content_outputs(c)))
		*out = notebook_is_rich(nb, NOTEBOOK_OUTPUTS_KEEP) ? CONTENT_MORE : CONTENT_ALL;
	return ERR_OK;
}

int content_take(const struct content *c, struct row *row, const struct content_bytes *bytes,
		 struct version *out, struct oid *raw, struct err *e)
{
	struct notebook_limits limits = { 0 };
	struct taking t = { .c = c, .row = row, .side = bytes->side };
	cleanup_notebook struct notebook *nb = NULL;
	struct notebook_name name;
	int r;

	if (row_names_file(row, bytes->file))
		return put_file(c, bytes->data, out, raw, e);
	if (!notebook_name_parse(&name, bytes->file))
		return err_set(e, ERR_BUG, "'%s' is not a notebook's name", bytes->file);
	/* Before parsing: a half merged .ipynb does not parse, and that error would not name the markers. */
	r = refuse_markers(c, row, bytes, e);
	/* Outputs are not what max_notebook is about. */
	if (t.side != SIDE_COUNT && !is_left_out(t.side, name.format))
		limits.bytes = (size_t)c->mapping->max_notebook;
	if (!r)
		r = notebook_parse(&nb, buf_str(bytes->data), bytes->data->len,
				   &(struct notebook_reading){ .format = name.format,
							       .language = name.language,
							       .limits = &limits },
				   e);
	notebook_name_release(&name);
	t.raw = nb;
	if (r || (r = put_raw(&t, bytes->data, raw, e)))
		return r;
	content_canon(c, nb, &t.canon);
	return judge(&t, raw, out, e);
}

int content_relift(const struct content *c, struct row *row, enum side_id side,
		   const struct row *from, struct err *e)
{
	const struct version *base_raw = row_base_raw(from, side);
	struct entry *entry = &row->side[side];
	cleanup_notebook struct notebook *nb = NULL, *said = NULL;
	struct taking t = { .c = c, .row = row, .side = side };
	struct version v;
	int r;

	if (!is_notebook(&entry->version) || !is_notebook(&from->base[side]))
		return ERR_OK;
	if ((r = content_parse_raw(c, entry, &nb, e)) ||
	    (base_raw && (r = content_parse(c, base_raw, &said, e))))
		return r;
	t.raw = nb;
	content_canon(c, nb, &t.canon);
	if ((r = lift(&t, &from->base[side], said, &v, e)))
		return r;
	v.partial = !oid_equal(&t.canon, &v.canon);
	entry->version = v;
	return ERR_OK;
}
