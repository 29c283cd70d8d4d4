/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language of a Jupyter notebook: what its metadata says in the places where Databricks,
 * Jupyter's kernels and the notebooks of other clouds put it. The first place with a name that is
 * in the table decides; a name that is not there makes the notebook one of a foreign language,
 * unless a later place knows better. Names of kernels count only when no place names a language,
 * because kernels can be given any name. Never looks at the cells.
 */

#include "notebook/ipynb/cell.h"

#include <string.h>
#include <strings.h>

/*
 * Case does not count. Sources: IPython (language_info of "python3": "python", with its lexer
 * "ipython3"); sparkmagic, also of EMR and HDInsight (sparkmagic/kernels: language_info "pyspark",
 * "scala", "sparkR", the folders are the kernels' names); aws-glue-sessions (language_info
 * "Python_Glue_Session", kernels "glue_pyspark" and "glue_spark"); Synapse and Fabric (kernels
 * "synapse_...", languages as they write them in notebooks); IRkernel (kernel "ir").
 */
static const struct {
	const char *name;
	enum notebook_language language;
} names[] = {
	{ "python", NOTEBOOK_PYTHON },          /* Databricks, IPython, Synapse ("Python") */
	{ "ipython", NOTEBOOK_PYTHON },         /* old IPython; the mode of its editor */
	{ "ipython2", NOTEBOOK_PYTHON },        /* IPython's lexer under Python 2 */
	{ "ipython3", NOTEBOOK_PYTHON },        /* IPython's lexer */
	{ "pyspark", NOTEBOOK_PYTHON },         /* sparkmagic: language_info */
	{ "pyspark3", NOTEBOOK_PYTHON },        /* sparkmagic on HDInsight: language_info */
	{ "pysparkkernel", NOTEBOOK_PYTHON },   /* sparkmagic, EMR: kernel */
	{ "pyspark3kernel", NOTEBOOK_PYTHON },  /* sparkmagic: kernel */
	{ "glue_pyspark", NOTEBOOK_PYTHON },    /* aws-glue-sessions: kernel */
	{ "synapse_pyspark", NOTEBOOK_PYTHON }, /* Synapse, Fabric: kernel */
	{ "sql", NOTEBOOK_SQL },                /* Databricks, Synapse */
	{ "sparksql", NOTEBOOK_SQL },           /* Synapse, Fabric: language */
	{ "sqlkernel", NOTEBOOK_SQL },          /* sparkmagic: kernel */
	{ "synapse_sql", NOTEBOOK_SQL },        /* Fabric: kernel */
	{ "synapse_sparksql", NOTEBOOK_SQL },   /* Synapse: group of a cell's language */
	{ "scala", NOTEBOOK_SCALA },            /* Databricks, sparkmagic, Almond */
	{ "spark", NOTEBOOK_SCALA },            /* sparkmagic's Livy sessions, Synapse's %%spark */
	{ "sparkkernel", NOTEBOOK_SCALA },      /* sparkmagic, EMR: kernel */
	{ "glue_spark", NOTEBOOK_SCALA },       /* aws-glue-sessions: kernel */
	{ "synapse_spark", NOTEBOOK_SCALA },    /* Synapse, Fabric: kernel */
	{ "spylon-kernel", NOTEBOOK_SCALA },    /* spylon: kernel */
	{ "r", NOTEBOOK_R },                    /* Databricks, IRkernel ("R") */
	{ "ir", NOTEBOOK_R },                   /* IRkernel: kernel */
	{ "sparkr", NOTEBOOK_R },               /* sparkmagic: language_info ("sparkR") */
	{ "sparkrkernel", NOTEBOOK_R },         /* sparkmagic, EMR: kernel */
	{ "synapse_sparkr", NOTEBOOK_R },       /* Synapse, Fabric: kernel */
};

/* Names that go on behind these are of the same language: "python3", "Python_Glue_Session",
 * "python38-azureml"; "scala212" (Almond). */
static const struct {
	const char *start;
	enum notebook_language language;
} families[] = { { "python", NOTEBOOK_PYTHON }, { "scala", NOTEBOOK_SCALA } };

/* What says nothing: an editor without a kernel; the "language" that sparkmagic's and Glue's
 * kernels give because their base class requires one. */
static bool says_nothing(const char *name)
{
	return !*name || strcasecmp(name, "plaintext") == 0 || strcasecmp(name, "no-op") == 0;
}

static bool find_name(const char *name, enum notebook_language *out)
{
	/* SageMaker appends an image to a kernel's name: "glue_pyspark__SAGEMAKER_INTERNAL__...";
	 * its kernels of Glue and sparkmagic stand in conda environments of these names */
	static const char *const environments[] = { "conda-env-sm_glue_is-",
						    "conda-env-sm_sparkmagic-" };
	const char *end = strstr(name, "__SAGEMAKER_INTERNAL__");
	size_t len;

	for (size_t i = 0; i < ARRAY_SIZE(environments); i++)
		if (str_starts(name, environments[i])) {
			name += strlen(environments[i]);
			break;
		}
	len = end && end > name ? (size_t)(end - name) : strlen(name);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i].name) == len && strncasecmp(names[i].name, name, len) == 0) {
			*out = names[i].language;
			return true;
		}
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (strncasecmp(name, families[i].start, strlen(families[i].start)) == 0) {
			*out = families[i].language;
			return true;
		}
	return false;
}

/* The string at metadata[object][key], or NULL. */
static char *nested_string(struct span metadata, const char *object, const char *key)
{
	struct span inner, value;

	if (!metadata.at || !jscan_find(metadata, object, &inner) || *inner.at != '{' ||
	    !jscan_find(inner, key, &value))
		return NULL;
	return ipynb_string(value);
}

bool ipynb_language(struct span metadata, enum notebook_language *out)
{
	static const char *const languages[][2] = { { IPYNB_NOTEBOOK_KEY, "language" },
						    { "language_info", "name" },
						    { "kernelspec", "language" } };
	static const char *const kernels[][2] = { { "kernelspec", "name" },
						  { "kernel_info", "name" },
						  { "language_info", "pygments_lexer" } };
	bool foreign = false;

	*out = NOTEBOOK_PYTHON;
	for (size_t i = 0; i < ARRAY_SIZE(languages); i++) {
		cleanup_free char *name = nested_string(metadata, languages[i][0], languages[i][1]);

		if (name && find_name(name, out))
			return true;
		if (name && !says_nothing(name))
			foreign = true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kernels) && !foreign; i++) {
		cleanup_free char *name = nested_string(metadata, kernels[i][0], kernels[i][1]);

		if (name && find_name(name, out))
			return true;
	}
	return !foreign;
}
