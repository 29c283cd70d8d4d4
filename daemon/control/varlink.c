/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dispatches Varlink calls to a table of methods, and answers org.varlink.service itself. Whatever
 * the caller sends is either a reply with an error that the protocol defines or the end of the
 * connection; a method never sees anything but an object of parameters.
 */

#include "daemon/control/varlink.h"

#include <stdlib.h>
#include <string.h>

#define SERVICE "org.varlink.service"

static const char service_description[] =
	"# Describes a service and the interfaces it offers\n"
	"interface org.varlink.service\n"
	"\n"
	"method GetInfo() -> (\n"
	"  vendor: string,\n"
	"  product: string,\n"
	"  version: string,\n"
	"  url: string,\n"
	"  interfaces: []string\n"
	")\n"
	"\n"
	"method GetInterfaceDescription(interface: string) -> (description: string)\n"
	"\n"
	"error InterfaceNotFound (interface: string)\n"
	"error MethodNotFound (method: string)\n"
	"error MethodNotImplemented (method: string)\n"
	"error InvalidParameter (parameter: string)\n";

const char *varlink_invalid(struct json *out, const char *parameter)
{
	json_add_str(out, "parameter", parameter);
	return VARLINK_INVALID_PARAMETER;
}

static const char *get_info(const struct varlink_service *s, struct json *out)
{
	struct json *interfaces;

	json_add_str(out, "vendor", s->vendor);
	json_add_str(out, "product", s->product);
	json_add_str(out, "version", s->version);
	json_add_str(out, "url", s->url);
	interfaces = json_add_array(out, "interfaces");
	json_add_str(interfaces, NULL, SERVICE);
	json_add_str(interfaces, NULL, s->interface);
	return NULL;
}

static const char *get_description(const struct varlink_service *s, const struct json *parameters,
				   struct json *out)
{
	const char *interface = json_str(parameters, "interface");

	if (!interface)
		return varlink_invalid(out, "interface");
	if (str_eq(interface, SERVICE)) {
		json_add_str(out, "description", service_description);
	} else if (str_eq(interface, s->interface)) {
		json_add_str(out, "description", s->description);
	} else {
		json_add_str(out, "interface", interface);
		return SERVICE ".InterfaceNotFound";
	}
	return NULL;
}

static const char *not_found(const char *method, struct json *out)
{
	json_add_str(out, "method", method);
	return SERVICE ".MethodNotFound";
}

static const char *dispatch(const struct varlink_service *s, const char *method,
			    const struct json *parameters, struct json *out)
{
	const char *dot = strrchr(method, '.');
	cleanup_free char *interface = dot ? xstrndup(method, (size_t)(dot - method)) : NULL;

	if (str_eq(method, SERVICE ".GetInfo"))
		return get_info(s, out);
	if (str_eq(method, SERVICE ".GetInterfaceDescription"))
		return get_description(s, parameters, out);
	if (str_eq(interface, s->interface)) {
		for (size_t i = 0; i < s->method_count; i++)
			if (str_eq(dot + 1, s->methods[i].name))
				return s->methods[i].run(s->payload, parameters, out);
		return not_found(method, out);
	}
	if (str_eq(interface, SERVICE))
		return not_found(method, out);
	json_add_str(out, "interface", interface ? interface : method);
	return SERVICE ".InterfaceNotFound";
}

static int write_reply(struct buf *reply, const char *error, const struct json *out, struct err *e)
{
	cleanup_json struct json *message = json_object();
	cleanup_free char *text = NULL;

	if (error)
		json_add_str(message, "error", error);
	json_add_copy(message, "parameters", out);
	json_redact(message);
	text = json_print(message, false);
	return buf_add_str(reply, text)
		       ? ERR_OK
		       : err_set(e, ERR_INVALID, "the reply is too long to be sent");
}

int varlink_answer(const struct varlink_service *service, const char *call, size_t len,
		   struct buf *reply, struct err *e)
{
	cleanup_json struct json *message = NULL;
	cleanup_json struct json *none = json_object();
	cleanup_json struct json *out = json_object();
	const struct json *parameters;
	const char *method, *error;
	int r;

	buf_clear(reply);
	if ((r = json_parse(&message, call, len, VARLINK_MESSAGE_MAX, e)) ||
	    (r = json_need_str(message, "method", &method, e)))
		return r;
	parameters = json_get(message, "parameters");
	if (json_bool(message, "upgrade", false)) {
		json_add_str(out, "method", method);
		error = SERVICE ".MethodNotImplemented";
	} else if (parameters && !json_is_object(parameters)) {
		error = varlink_invalid(out, "parameters");
	} else {
		error = dispatch(service, method, parameters ? parameters : none, out);
	}
	return json_bool(message, "oneway", false) ? ERR_OK : write_reply(reply, error, out, e);
}
