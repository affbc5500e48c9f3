/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The schema for libcyaml. All keys are optional and all values strings here:
 * what is required, and what values mean, conf_check() knows, with lines.
 */
#include "daemon/conf_raw.h"

#include <cyaml/cyaml.h>
#include <stdlib.h>

enum { STRING_MAX = 1024 };

/* clang-format off */
#define STRING_FIELD(name, type, member) \
	CYAML_FIELD_STRING_PTR(name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0, STRING_MAX)
#define LIST_FIELD(name, type, member, entry, most) \
	CYAML_FIELD_SEQUENCE_COUNT(name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, n_##member, entry, 0, most)
/* A section of the file whose keys live in struct conf_raw itself. */
#define SECTION_FIELD(name, section_fields) \
	{ .key = (name), .data_offset = 0, \
	  .value = { .type = CYAML_MAPPING, .flags = CYAML_FLAG_OPTIONAL, .data_size = sizeof(struct conf_raw), \
		  .mapping = { .fields = (section_fields) } } }
#define ITEM(section, key) STRING_FIELD(#key, struct conf_raw, items[CONF_ITEM_##section##_##key])

static const cyaml_schema_value_t string_entry = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, STRING_MAX) };

static const cyaml_schema_field_t realm_fields[] = {
	STRING_FIELD("name", struct conf_raw_realm, name),
	STRING_FIELD("role", struct conf_raw_realm, role),
	STRING_FIELD("address", struct conf_raw_realm, address),
	LIST_FIELD("interfaces", struct conf_raw_realm, interfaces, &string_entry, CONF_INTERFACES_MAX),
	LIST_FIELD("networks", struct conf_raw_realm, networks, &string_entry, CONF_PREFIXES_MAX),
	LIST_FIELD("media_hosts", struct conf_raw_realm, media_hosts, &string_entry, CONF_PREFIXES_MAX),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t realm_entry = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct conf_raw_realm, realm_fields) };

static const cyaml_schema_field_t binding_fields[] = {
	STRING_FIELD("name", struct conf_raw_binding, name),
	STRING_FIELD("host", struct conf_raw_binding, host),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t binding_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct conf_raw_binding, binding_fields)
};

static const cyaml_schema_field_t port_fields[] = {
	STRING_FIELD("port", struct conf_raw_port, port),
	STRING_FIELD("host", struct conf_raw_port, host),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t port_entry = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct conf_raw_port, port_fields) };

static const cyaml_schema_field_t inbound_fields[] = {
	LIST_FIELD("bindings", struct conf_raw, bindings, &binding_entry, CONF_BINDINGS_MAX),
	LIST_FIELD("ports", struct conf_raw, ports, &port_entry, CONF_PORTS_MAX),
	STRING_FIELD("default", struct conf_raw, default_host),
	CYAML_FIELD_END
};
static const cyaml_schema_field_t h323_fields[] = { ITEM(h323, port), ITEM(h323, h245_ports), CYAML_FIELD_END };
static const cyaml_schema_field_t media_fields[] = { ITEM(media, ports), ITEM(media, relay), CYAML_FIELD_END };
static const cyaml_schema_field_t data_fields[] = {
	ITEM(data, port), ITEM(data, calls), ITEM(data, whiteboard), ITEM(data, file), ITEM(data, share), ITEM(data, chat),
	ITEM(data, control), ITEM(data, unknown), ITEM(data, file_limit), CYAML_FIELD_END
};
static const cyaml_schema_field_t audio_control_fields[] = {
	ITEM(audio_control, calls), ITEM(audio_control, port), ITEM(audio_control, flows), ITEM(audio_control, idle),
	ITEM(audio_control, capture), CYAML_FIELD_END
};
static const cyaml_schema_field_t limits_fields[] = {
	ITEM(limits, calls), ITEM(limits, calls_per_source), ITEM(limits, setups_per_source), ITEM(limits, refused_per_source),
	ITEM(limits, tarpit), ITEM(limits, channels_per_call),
	ITEM(limits, message_bytes), ITEM(limits, arena_bytes), CYAML_FIELD_END
};
static const cyaml_schema_field_t timers_fields[] = {
	ITEM(timers, connect), ITEM(timers, setup), ITEM(timers, media_idle), ITEM(timers, media_orphan), ITEM(timers, h245),
	ITEM(timers, data_idle), ITEM(timers, t301),
	ITEM(timers, t303), ITEM(timers, t310), CYAML_FIELD_END
};
static const cyaml_schema_field_t person_fields[] = {
	STRING_FIELD("name", struct conf_raw_person, name),
	STRING_FIELD("host", struct conf_raw_person, host),
	STRING_FIELD("comment", struct conf_raw_person, comment),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t person_entry = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct conf_raw_person, person_fields) };
static const cyaml_schema_field_t password_fields[] = {
	STRING_FIELD("alias", struct conf_raw_password, alias),
	STRING_FIELD("password", struct conf_raw_password, password),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t password_entry = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct conf_raw_password, password_fields) };
static const cyaml_schema_field_t gatekeeper_fields[] = {
	ITEM(gatekeeper, serve), ITEM(gatekeeper, routed), ITEM(gatekeeper, identifier), ITEM(gatekeeper, port),
	ITEM(gatekeeper, discovery), ITEM(gatekeeper, outside), ITEM(gatekeeper, password_required), ITEM(gatekeeper, ttl),
	ITEM(gatekeeper, ttl_max), ITEM(gatekeeper, irr), ITEM(gatekeeper, bandwidth), ITEM(gatekeeper, least_bandwidth),
	ITEM(gatekeeper, registrations), ITEM(gatekeeper, registrations_per_source), ITEM(gatekeeper, requests_per_source),
	ITEM(gatekeeper, aliases), ITEM(gatekeeper, hops),
	LIST_FIELD("neighbours", struct conf_raw, neighbours, &string_entry, CONF_NEIGHBOURS_MAX),
	LIST_FIELD("nameservers", struct conf_raw, nameservers, &string_entry, CONF_NAMESERVERS_MAX),
	LIST_FIELD("domains", struct conf_raw, domains, &string_entry, CONF_DOMAINS_MAX),
	LIST_FIELD("passwords", struct conf_raw, passwords, &password_entry, CONF_PASSWORDS_MAX),
	CYAML_FIELD_END
};

#define RULE_STRING(name) STRING_FIELD(#name, struct conf_raw_rule, name)
#define RULE_LIST(name, most) LIST_FIELD(#name, struct conf_raw_rule, name, &string_entry, most)
static const cyaml_schema_field_t rule_fields[] = {
	RULE_STRING(name), RULE_STRING(action), RULE_STRING(direction), RULE_STRING(known_caller), RULE_STRING(known_called),
	RULE_STRING(calls), RULE_STRING(bandwidth), RULE_STRING(call_bandwidth), RULE_STRING(duration),
	RULE_LIST(from, CONF_REALMS_MAX), RULE_LIST(to, CONF_REALMS_MAX), RULE_LIST(sources, CONF_PREFIXES_MAX),
	RULE_LIST(destinations, CONF_PREFIXES_MAX), RULE_LIST(callers, CONF_PATTERNS_MAX), RULE_LIST(called, CONF_PATTERNS_MAX),
	RULE_LIST(media, 3),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t rule_entry = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct conf_raw_rule, rule_fields) };
static const cyaml_schema_field_t policy_fields[] = {
	ITEM(policy, allow_rest), LIST_FIELD("rules", struct conf_raw, rules, &rule_entry, CONF_RULES_MAX), CYAML_FIELD_END
};

static const cyaml_schema_field_t pool_fields[] = {
	STRING_FIELD("realm", struct conf_raw_pool, realm),
	STRING_FIELD("addresses", struct conf_raw_pool, addresses),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t pool_entry = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct conf_raw_pool, pool_fields) };
static const cyaml_schema_field_t static_fields[] = {
	STRING_FIELD("host", struct conf_raw_static, host),
	STRING_FIELD("address", struct conf_raw_static, address),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t static_entry = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct conf_raw_static, static_fields) };
static const cyaml_schema_field_t leases_fields[] = {
	ITEM(leases, ttl), ITEM(leases, quarantine), ITEM(leases, max), ITEM(leases, on_call), ITEM(leases, on_registration),
	ITEM(leases, answer),
	LIST_FIELD("pools", struct conf_raw, pools, &pool_entry, CONF_POOLS_MAX),
	LIST_FIELD("static", struct conf_raw, statics, &static_entry, CONF_STATIC_LEASES_MAX),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t outside_gatekeeper_fields[] = {
	STRING_FIELD("address", struct conf_raw_outside_gatekeeper, address),
	STRING_FIELD("port", struct conf_raw_outside_gatekeeper, port),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t outside_gatekeeper_entry = { CYAML_VALUE_MAPPING(
	CYAML_FLAG_DEFAULT, struct conf_raw_outside_gatekeeper, outside_gatekeeper_fields) };
static const cyaml_schema_field_t ras_proxy_fields[] = {
	ITEM(ras_proxy, ports),
	LIST_FIELD("gatekeepers", struct conf_raw, outside_gatekeepers, &outside_gatekeeper_entry, CONF_OUTSIDE_GATEKEEPERS_MAX),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t directory_fields[] = {
	ITEM(directory, serve), ITEM(directory, forward), ITEM(directory, servers), ITEM(directory, source_address),
	ITEM(directory, uls_udp), ITEM(directory, entries),
	ITEM(directory, entries_per_source), ITEM(directory, changes_per_source), ITEM(directory, list_max),
	ITEM(directory, ttl), ITEM(directory, ttl_max),
	LIST_FIELD("ils_ports", struct conf_raw, ils_ports, &string_entry, CONF_DIRECTORY_PORTS_MAX),
	LIST_FIELD("uls_ports", struct conf_raw, uls_ports, &string_entry, CONF_DIRECTORY_PORTS_MAX),
	LIST_FIELD("search", struct conf_raw, search, &string_entry, CONF_REALMS_MAX),
	LIST_FIELD("list", struct conf_raw, list, &string_entry, CONF_REALMS_MAX),
	LIST_FIELD("register", struct conf_raw, registers, &string_entry, CONF_REALMS_MAX),
	LIST_FIELD("inside_servers", struct conf_raw, inside_servers, &string_entry, CONF_PREFIXES_MAX),
	LIST_FIELD("people", struct conf_raw, people, &person_entry, CONF_PEOPLE_MAX),
	CYAML_FIELD_END
};
static const cyaml_schema_field_t control_fields[] = { ITEM(control, socket), CYAML_FIELD_END };
static const cyaml_schema_field_t log_fields[] = { ITEM(log, level), CYAML_FIELD_END };

static const cyaml_schema_field_t top_fields[] = {
	ITEM(top, mode),
	LIST_FIELD("realms", struct conf_raw, realms, &realm_entry, CONF_REALMS_MAX),
	SECTION_FIELD("h323", h323_fields),
	SECTION_FIELD("media", media_fields),
	SECTION_FIELD("data", data_fields),
	SECTION_FIELD("audio_control", audio_control_fields),
	SECTION_FIELD("inbound", inbound_fields),
	SECTION_FIELD("limits", limits_fields),
	SECTION_FIELD("timers", timers_fields),
	SECTION_FIELD("policy", policy_fields),
	SECTION_FIELD("leases", leases_fields),
	SECTION_FIELD("directory", directory_fields),
	SECTION_FIELD("gatekeeper", gatekeeper_fields),
	SECTION_FIELD("ras_proxy", ras_proxy_fields),
	SECTION_FIELD("control", control_fields),
	SECTION_FIELD("log", log_fields),
	ITEM(top, user),
	ITEM(top, state_dir),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t top_value = { CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct conf_raw, top_fields) };
/* clang-format on */

/* What libcyaml logs before it gives up: the reason, then where, innermost first. */
struct reason {
	char text[256];
	uint32_t line;
};

static void on_log(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
        __attribute__((format(printf, 3, 0)));

static void on_log(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
	struct reason *r = ctx;
	char text[sizeof r->text];
	if (level < CYAML_LOG_ERROR)
		return;
	vsnprintf(text, sizeof text, fmt, args);
	text[strcspn(text, "\n")] = '\0';
	const char *line = strstr(text, "(line: ");
	if (strncmp(text, "  in ", 5) == 0) {
		if (r->line == 0 && line != NULL)
			r->line = (uint32_t)strtoul(line + strlen("(line: "), NULL, 10);
	} else if (r->text[0] == '\0' && strstr(text, "Backtrace") == NULL) {
		const bool prefixed = strncmp(text, "Load: ", 6) == 0;
		snprintf(r->text, sizeof r->text, "%s", text + (prefixed ? 6 : 0));
	}
}

/* In our words, with the line of the key itself where libcyaml only knows the mapping's. */
static void shape_problem(
        struct reason *r, cyaml_err_t err, const struct conf_index *ix, struct conf_problems *problems)
{
	static const char unknown[] = "Unexpected key: ";
	char text[300];
	if (r->line == 0)
		r->line = 1;
	log_escape(text, sizeof text, slice_str(r->text[0] != '\0' ? r->text : cyaml_strerror(err)));
	if (strncmp(r->text, unknown, sizeof unknown - 1) == 0) {
		char key[64];
		log_escape(key, sizeof key, slice_str(r->text + sizeof unknown - 1));
		conf_problem_add(problems, conf_index_key_line(ix, key, r->line), "unknown key '%s'", key);
	} else if (strncmp(r->text, "Expecting SEQUENCE", 18) == 0) {
		conf_problem_add(problems, r->line, "a list is expected here");
	} else if (strncmp(r->text, "Expecting MAPPING", 17) == 0) {
		conf_problem_add(problems, r->line, "keys and values are expected here");
	} else if (strncmp(r->text, "Unexpected event", 16) == 0 ||
	           strncmp(r->text, "Expecting STRING", 16) == 0) {
		conf_problem_add(problems, r->line, "a single value is expected here");
	} else {
		conf_problem_add(problems, r->line, "%s", text);
	}
}

static cyaml_config_t make_config(struct reason *r)
{
	return (cyaml_config_t){.log_fn = on_log,
	        .log_ctx = r,
	        .mem_fn = cyaml_mem,
	        .log_level = CYAML_LOG_ERROR,
	        .flags = CYAML_CFG_NO_ALIAS};
}

int conf_raw_load(struct conf_raw **out, struct pst_slice text, const struct conf_index *ix,
        struct conf_problems *problems)
{
	struct reason r = {.line = 0};
	const cyaml_config_t config = make_config(&r);
	cyaml_data_t *data = NULL;
	const cyaml_err_t err = cyaml_load_data(text.p, text.n, &config, &top_value, &data, NULL);
	if (err == CYAML_ERR_OOM)
		return PST_E_NOMEM;
	if (err == CYAML_OK && data == NULL) {
		conf_problem_add(problems, 1, "the file is empty");
		return PST_E_BAD;
	}
	if (err != CYAML_OK) {
		shape_problem(&r, err, ix, problems);
		return PST_E_BAD;
	}
	*out = data;
	return PST_OK;
}

void conf_raw_free(struct conf_raw *raw)
{
	struct reason r = {.line = 0};
	const cyaml_config_t config = make_config(&r);
	/* a null pointer is fine, and there is nothing to do about an error */
	(void)cyaml_free(&config, &top_value, raw, 0);
}
