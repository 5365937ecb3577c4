#include "cli/command.h"
enum err
cmd_doctor(struct cli *c)
{
	return cli_refuse(c, "doctor: not yet");
}
