/*
 * home.h: the folder of the instance, as the programs that stay are told it.
 */
#ifndef BASE_HOME_H
#define BASE_HOME_H

/* `--home DIR`, else CAIRN_HOME; NULL when neither is given or the arguments
 * are wrong: then the caller prints its usage. */
const char *home_of(int argc, char **argv);

#endif
