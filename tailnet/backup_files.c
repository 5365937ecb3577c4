#include "tailnet/backup_files.h"

#include <string.h>

const struct backup_file backup_files[] = {
	{ "keys/seal", true, 0600, "seal" },
	{ "keys/pepper", true, 0600, "pepper" },
	{ "tls/cert.pem", false, 0644, NULL },
	{ "tls/key.pem", false, 0600, NULL },
};
const size_t backup_file_count = sizeof(backup_files) / sizeof(backup_files[0]);

const struct backup_file *
backup_file_find(const char *name)
{
	for (size_t i = 0; i < backup_file_count; i++)
		if (strcmp(backup_files[i].name, name) == 0)
			return &backup_files[i];
	return NULL;
}
