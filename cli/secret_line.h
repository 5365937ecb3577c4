/*
 * secret_line.h: secrets that a command is given: never as an argument, which
 * others of the machine see in its list of processes.
 */
#ifndef CLI_SECRET_LINE_H
#define CLI_SECRET_LINE_H

#include "cli/command.h"

/* The first line of the file that the flag names, "-" for standard input, where
 * nothing typed is shown; NULL without the flag, "" for an empty line.
 * Refused beyond `most` bytes. */
enum err secret_line(
	struct cli *c, const char *flag, size_t most, const char **out);

#endif
