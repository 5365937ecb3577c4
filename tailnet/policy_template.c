#include "tailnet/policy_template.h"

#include <string.h>

#define OWN_DEVICES                                            \
	"\t\t// Machines of one person reach each other.\n"    \
	"\t\t{\"src\": [\"autogroup:member\"], \"dst\": "      \
	"[\"autogroup:self\"], \"ip\": [\"*\"]},\n"            \
	"\t\t// Exit nodes carry everybody to the internet.\n" \
	"\t\t{\"src\": [\"autogroup:member\"], \"dst\": "      \
	"[\"autogroup:internet\"], \"ip\": [\"*\"]},\n"

const struct policy_template policy_templates[] = {
	{ "own-devices", "Everyone reaches their own machines",
		"// Everyone reaches their own machines, and nobody else's.\n"
		"{\n"
		"\t\"grants\": [\n" OWN_DEVICES "\t],\n"
		"}\n",
		true },
	{ "open", "Everything reaches everything",
		"// Every machine reaches every other, on all ports.\n"
		"{\n"
		"\t\"grants\": [\n"
		"\t\t{\"src\": [\"*\"], \"dst\": [\"*\"], \"ip\": [\"*\"]},\n"
		"\t],\n"
		"}\n",
		true },
	{ "closed", "Nothing until I write rules",
		"// No machine reaches any other until a grant says so.\n"
		"{\n"
		"\t\"grants\": [],\n"
		"}\n",
		true },
	{ "tagged", "Own machines, and servers with a tag",
		"// Everyone reaches their own machines and the web servers.\n"
		"{\n"
		"\t// Who may give a machine the tag. It belongs to nobody "
		"then.\n"
		"\t\"tagOwners\": {\n"
		"\t\t\"tag:server\": [\"autogroup:admin\"],\n"
		"\t},\n"
		"\t\"grants\": [\n" OWN_DEVICES
		"\t\t// Everybody reaches the servers by https, and admins by "
		"all ports.\n"
		"\t\t{\"src\": [\"autogroup:member\"], \"dst\": "
		"[\"tag:server\"], \"ip\": [\"tcp:443\"]},\n"
		"\t\t{\"src\": [\"autogroup:admin\"], \"dst\": "
		"[\"tag:server\"], \"ip\": [\"*\"]},\n"
		"\t],\n"
		"}\n",
		false },
};
const size_t policy_template_count =
	sizeof(policy_templates) / sizeof(policy_templates[0]);

const struct policy_template *
policy_template(const char *name)
{
	for (size_t i = 0; i < policy_template_count; i++)
		if (strcmp(policy_templates[i].name, name) == 0)
			return &policy_templates[i];
	return NULL;
}
