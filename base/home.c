#include "base/home.h"

#include <getopt.h>
#include <stdlib.h>

const char *
home_of(int argc, char **argv)
{
	static const struct option options[] = {
		{ "home", required_argument, NULL, 'h' },
		{ 0 },
	};
	const char *home = getenv("CAIRN_HOME");
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'h')
			return NULL;
		home = optarg;
	}
	return optind == argc ? home : NULL;
}
